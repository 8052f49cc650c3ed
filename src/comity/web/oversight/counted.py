"""Comparisons of numbers for those who oversee: what was sent is made anew and compared (docs/protocol/overlap.md §8)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from comity.errors import ComityError
from comity.services.overlap.audit import audit, auditable
from comity.web.access import OVERSEERS, Visit, page
from comity.web.oversight.forms import Reasoned
from comity.web.refusals import refusal, status_of


class AuditForm(Reasoned):
    """Which comparison is made anew, why, and what the partner states to have received."""

    overlap = forms.ChoiceField(label=_("Comparison"))
    received = forms.RegexField(
        label=_("Digest of the partner"),
        help_text=_("As its entry overlap.answered states it; empty to compare with our own log only."),
        regex=r"^\s*[A-Za-z0-9_=:/+-]{1,128}\s*$",
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("overlap", "received", "reason")

    def __init__(self, rows: list[dict[str, Any]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["overlap"].choices = [(each["overlap"], each["overlap"]) for each in rows if each["kept"]]  # type: ignore[attr-defined]  # fields are typed as plain ones


@page(*OVERSEERS, methods=("GET", "POST"))
def counted(visit: Visit) -> HttpResponse:
    """List our comparisons; on demand make anew what one has sent."""
    rows, status = auditable(visit.node, visit.actor), 200
    posted = visit.request.POST if visit.request.method == "POST" else None
    form = AuditForm(rows, posted)
    context: dict[str, Any] = {"form": form, "rows": rows, "possible": any(each["kept"] for each in rows)}
    if posted is not None:
        status = 400
        if form.is_valid():
            given = form.cleaned_data
            try:
                found = audit(
                    visit.node,
                    visit.actor,
                    given["overlap"],
                    given["reason"],
                    received=given["received"].strip(),
                )
                context["found"], status = found, 200
            except ComityError as error:
                context["refusal"], status = refusal(error), status_of(error)
    return render(visit.request, "oversight/counted.html", context, status=status)
