"""Forms of the follow-up; each knows the entry that it makes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.core.plan.followup import EntryKind, MeasureState
from comity.web import isolation, spoken
from comity.web.answers.language import language_field

_LINE = {"dir": "auto", "autocomplete": "off"}
_DAY = {"type": "date", "dir": "ltr"}


class EntryForm(forms.Form):
    """One kind of entry."""

    kind: EntryKind

    def said(self) -> dict[str, Any]:
        """Return the members of the entry."""
        return {
            "entry": self.kind.value,
            **{name: _plain(value) for name, value in self.cleaned_data.items()},
        }


class StateForm(EntryForm):
    """How one of our own measures stands."""

    kind = EntryKind.STATE
    prefix = "state"
    measure = forms.ChoiceField(label=_("Measure"))
    state = forms.ChoiceField(
        label=_("State"), choices=[(s.value, spoken.MEASURE_STATES[s]) for s in MeasureState]
    )
    text = forms.CharField(
        label=_("A word on it"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": "2", **_LINE}),
    )
    language = language_field()

    def __init__(self, measures: Iterable[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["measure"].choices = list(measures)  # type: ignore[attr-defined]  # fields are typed as plain ones


class DecisionForm(EntryForm):
    """A decision of a working visit."""

    kind = EntryKind.DECISION
    prefix = "decision"
    text = forms.CharField(
        label=_("Decision"), max_length=2_000, widget=forms.Textarea(attrs={"rows": "3", **_LINE})
    )
    language = language_field()
    owner = forms.ChoiceField(label=_("Carried out by"))
    due = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    measure = forms.ChoiceField(label=_("Measure"), required=False)

    def __init__(
        self, parties: Iterable[str], measures: Iterable[tuple[str, str]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["owner"].choices = [(party, isolation.isolated_text(party)) for party in parties]
        fields["measure"].choices = [("", _("none")), *measures]


class ContactForm(EntryForm):
    """A point of contact of our own."""

    kind = EntryKind.APPOINTED
    prefix = "contact"
    function = forms.CharField(label=_("Function"), max_length=200, widget=forms.TextInput(attrs=_LINE))
    name = forms.CharField(label=_("Name"), max_length=200, widget=forms.TextInput(attrs=_LINE))
    reach = forms.CharField(
        label=_("Reached by"), max_length=200, widget=forms.TextInput(attrs={**_LINE, "dir": "ltr"})
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
