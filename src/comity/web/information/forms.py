"""Forms of information: to whom and why, and which of a partner's words are passed on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.core.cases.messages import MAX_LINE
from comity.core.codes.marks import SILENT_COMPLETENESS, Completeness
from comity.web import labels
from comity.web.agreements.permitted import Ground, grouped
from comity.web.answers.assertions import question
from comity.web.answers.language import language_field

MAX_TEXT = 2000
_LINE = {"autocomplete": "off", "dir": "auto"}
_TEXT = {**_LINE, "rows": "4"}


def cites_field() -> forms.CharField:
    """Return the field of the case with the partner to which something belongs."""
    return forms.CharField(
        label=_("Belongs to the case with the partner"),
        help_text=_("Its number (3f9a-07c2), if there is one; both services then see them together."),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )


class WrittenForm(forms.Form):
    """Under which agreement, and in our own words what it is about and why it may be of use."""

    ground = forms.ChoiceField(label=_("Purpose and agreement"))
    matter = forms.CharField(
        label=_("What it is about"),
        help_text=_("One line, without a person's name."),
        max_length=MAX_LINE,
        widget=forms.TextInput(attrs=_LINE),
    )
    matter_is = question(matter.label)
    reasons = forms.CharField(
        label=_("Why it may be of use to the partner"),
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs=_TEXT),
    )
    reasons_is = question(reasons.label)
    language = language_field()

    def __init__(self, found: list[Ground], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ground"].choices = grouped(found)  # type: ignore[attr-defined]  # fields are typed as plain ones


class InformationForm(WrittenForm):
    """Information that nobody asked for (Directive (EU) 2023/977 Art. 7)."""

    as_of = forms.DateField(
        label=_("As of"),
        help_text=_("The day of which you speak; empty: not stated. Of a person, the entry says it."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "dir": "ltr"}),
    )
    completeness = forms.ChoiceField(
        label=_("Completeness"),
        choices=[(each.value, labels.COMPLETENESS[each]) for each in Completeness],
        initial=SILENT_COMPLETENESS,
        required=False,
    )
    conditions = forms.CharField(
        label=_("Conditions on use"), required=False, max_length=MAX_TEXT, widget=forms.Textarea(attrs=_TEXT)
    )
    case = forms.CharField(
        label=_("Reference of your case"),
        help_text=_("The partner reads it. If the case ends without a conviction, this is erased with it."),
        required=False,
        max_length=MAX_LINE,
        widget=forms.TextInput(attrs=_LINE),
    )
    cites = cites_field()


class PassOnForm(WrittenForm):
    """A message of the partner that goes to another service, with its owner's consent."""

    message = forms.ChoiceField(label=_("What do you want to pass on?"))
    field_order = ("message", "ground", "matter", "matter_is", "reasons", "reasons_is", "language")

    def __init__(
        self, messages: Iterable[tuple[str, str]], found: list[Ground], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(found, *args, **kwargs)
        self.fields["message"].choices = list(messages)  # type: ignore[attr-defined]  # fields are typed as plain ones
