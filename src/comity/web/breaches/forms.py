"""Forms of breaches: a new one, and the notice to the authority."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.core.cases.messages import MAX_LINE, MAX_TEXT
from comity.core.codes.exchange import Regime
from comity.core.rights.codes import BreachNature
from comity.web import labels
from comity.web.answers.language import language_field
from comity.web.persons.words import NATURES

_AREA = {"rows": "3", "dir": "auto", "autocomplete": "off"}
_LINE = {"dir": "auto", "autocomplete": "off"}
_DAY = {"type": "date", "dir": "ltr"}
_TIME = {"type": "datetime-local", "dir": "ltr"}


class BreachForm(forms.Form):
    """What is known of a breach."""

    regime = forms.ChoiceField(label=_("Regime"))
    nature = forms.ChoiceField(
        label=_("What happened to the data?"), choices=[(each.value, NATURES[each]) for each in BreachNature]
    )
    aware = forms.DateTimeField(
        label=_("Known to the service since"),
        help_text=_("The 72 hours run from here."),
        widget=forms.DateTimeInput(attrs=_TIME),
    )
    first = forms.DateField(label=_("First day concerned (UTC)"), widget=forms.DateInput(attrs=_DAY))
    last = forms.DateField(label=_("Last day concerned (UTC)"), widget=forms.DateInput(attrs=_DAY))
    happened = forms.CharField(
        label=_("What happened"),
        help_text=_("For the authority only."),
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs=_AREA),
    )
    consequences = forms.CharField(
        label=_("Likely consequences"), max_length=MAX_TEXT, widget=forms.Textarea(attrs=_AREA)
    )
    measures = forms.CharField(
        label=_("Measures taken or proposed"), max_length=MAX_TEXT, widget=forms.Textarea(attrs=_AREA)
    )
    contact = forms.CharField(
        label=_("Where authority and partners can ask"),
        max_length=MAX_LINE,
        widget=forms.TextInput(attrs=_LINE),
    )
    language = language_field()
    register = forms.BooleanField(label=_("The whole register is concerned"), required=False)

    def __init__(self, regimes: Iterable[Regime], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["regime"].choices = labels.choices(regimes)  # type: ignore[attr-defined]  # fields are typed as plain ones


class ToldForm(forms.Form):
    """When the authority was told, and how it refers to it."""

    at = forms.DateTimeField(label=_("The authority was told at"), widget=forms.DateTimeInput(attrs=_TIME))
    reference = forms.CharField(
        label=_("Reference of the authority"), max_length=MAX_LINE, widget=forms.TextInput(attrs=_LINE)
    )
    late = forms.CharField(
        label=_("Why it took more than 72 hours"),
        help_text=_("Only if it did."),
        required=False,
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs=_AREA),
    )
