"""The form before true grounds are shown: which regime, why, of which days."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.core.cases.statistics import Period, days
from comity.web.register.forms import MAX_REASON, RegimeForm

_DAY = {"type": "date", "dir": "ltr"}


class GroundsForm(RegimeForm):
    """Why they are read."""

    reason = forms.CharField(
        label=_("Why do you read them?"),
        help_text=_("Kept for oversight: who reads true grounds is itself overseen."),
        max_length=MAX_REASON,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    first = forms.DateField(
        label=_("First day"), required=False, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d")
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day must not be before the first."))
        return given

    @property
    def period(self) -> Period | None:
        """The days that were chosen; None: all that is kept."""
        first, last = self.cleaned_data["first"], self.cleaned_data["last"]
        return days(first, last, (first or last)) if first or last else None
