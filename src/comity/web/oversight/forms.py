"""Forms of oversight: what is looked at, and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.core.cases.statistics import Period, days
from comity.core.codes.exchange import Regime
from comity.services.oversight.sample import MOST
from comity.services.register.accountable import MAX_REASON, MIN_REASON
from comity.web import labels

_DAY = {"type": "date", "dir": "ltr"}


class Reasoned(forms.Form):
    """Why somebody who oversees looks."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Kept for three years and shown to everybody who oversees."),
        min_length=MIN_REASON,
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": "2", "dir": "auto", "autocomplete": "off"}),
    )


class LookForm(Reasoned):
    """A thread or a search, and why it is looked at."""

    subject = forms.RegexField(
        label=_("Case or search"),
        help_text=_("The identifier, as it stands in the case, the log or the list of searches."),
        regex=r"^\s*[A-Za-z0-9][A-Za-z0-9._-]{0,63}\s*$",
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("subject", "reason")


class SampleForm(Reasoned):
    """How many searches of which days are drawn, and why."""

    prefix = "sample"
    regime = forms.ChoiceField(label=_("Regime"))
    first = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    last = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    count = forms.IntegerField(label=_("How many searches"), min_value=1, max_value=MOST)
    field_order = ("regime", "first", "last", "count", "reason")

    def __init__(self, regimes: Iterable[Regime], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["regime"].choices = labels.choices(regimes)  # type: ignore[attr-defined]  # fields are typed as plain ones

    @property
    def period(self) -> Period:
        """From the beginning of the first day to the end of the last (UTC)."""
        found = self.cleaned_data
        return days(found["first"], found["last"], found["last"])
