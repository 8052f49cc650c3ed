"""Forms of persons concerned: a request, a partner that is asked, a decision, an entry of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.core.cases.messages import MAX_LINE, MAX_TEXT
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import DataCategory
from comity.core.instant import Instant
from comity.core.probe.query import COLUMNS
from comity.core.rights.codes import Origin, Outcome, RestrictionReason, RightsKind
from comity.core.rights.letter import MAX_REASONING
from comity.services.register.accountable import MAX_REASON
from comity.services.rights.answering import LeftOut
from comity.web import labels
from comity.web.persons.words import KINDS, ORIGINS, OUTCOMES, REASONS
from comity.web.probe.forms import ProbeForm

_AREA = {"rows": "3", "dir": "auto", "autocomplete": "off"}
_LINE = {"dir": "auto", "autocomplete": "off"}
_CODE = {"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}
_STAYS = [("", _("told with the entry")), *((each.value, REASONS[each]) for each in RestrictionReason)]


class RequestForm(forms.Form):
    """What a person asks, and who it is."""

    regime = forms.ChoiceField(label=_("Regime"))
    kind = forms.ChoiceField(
        label=_("What does the person ask for?"), choices=[(each.value, KINDS[each]) for each in RightsKind]
    )
    origin = forms.ChoiceField(
        label=_("How did it come?"),
        choices=[(each.value, ORIGINS[each]) for each in (Origin.PERSON, Origin.AUTHORITY)],
    )
    received = forms.DateField(
        label=_("Received on (UTC)"), widget=forms.DateInput(attrs={"type": "date", "dir": "ltr"})
    )
    contact = forms.CharField(
        label=_("How the answer reaches the person"),
        max_length=MAX_LINE,
        widget=forms.TextInput(attrs=_LINE),
    )
    words = forms.CharField(
        label=_("In the person's words"),
        required=False,
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs=_AREA),
    )
    wish = forms.BooleanField(
        label=_("The person asks in writing that partners be asked too"),
        help_text=_("The person's name is then passed on to them."),
        required=False,
    )

    def __init__(self, regimes: Iterable[Regime], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["regime"].choices = labels.choices(regimes)  # type: ignore[attr-defined]  # fields are typed as plain ones
        for column in COLUMNS:
            self.fields[column] = ProbeForm.column(column)

    @property
    def asked(self) -> list[forms.BoundField]:
        """Fields that say what is asked."""
        return [self[name] for name in ("regime", "kind", "origin", "received", "contact", "words", "wish")]

    @property
    def person(self) -> list[forms.BoundField]:
        """Fields that describe the person."""
        return [self[column] for column in COLUMNS]

    def described(self) -> dict[str, str]:
        """Return what was typed of the person, by the register's column names."""
        return {column: self.cleaned_data[column] for column in COLUMNS if self.cleaned_data[column]}

    def received_at(self, now: Instant) -> Instant:
        """Return when it was received; of today, now."""
        found = datetime.combine(self.cleaned_data["received"], time(0), UTC)
        return now if found.date() == now.date() else found


class PartnerForm(forms.Form):
    """Which partner is asked to search too, under which agreement."""

    agreement = forms.ChoiceField(label=_("Partner and agreement"))

    def __init__(self, agreements: Iterable[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agreement"].choices = list(agreements)  # type: ignore[attr-defined]  # fields are typed as plain ones


class DecisionForm(forms.Form):
    """What is told, what concerns somebody else, why the rest is left out."""

    outcome = forms.ChoiceField(
        label=_("What is decided?"),
        widget=forms.RadioSelect,
        choices=[(each.value, OUTCOMES[each]) for each in Outcome],
    )
    told = forms.MultipleChoiceField(
        label=_("Told, or done"), required=False, widget=forms.CheckboxSelectMultiple
    )
    others = forms.MultipleChoiceField(
        label=_("Concerns somebody else"), required=False, widget=forms.CheckboxSelectMultiple
    )
    reasons = forms.MultipleChoiceField(
        label=_("Why the rest is left out"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(each.value, REASONS[each]) for each in RestrictionReason],
    )
    reasoning = forms.CharField(
        label=_("The reasons in words"),
        help_text=_("Kept here, never sent."),
        required=False,
        max_length=MAX_REASONING,
        widget=forms.Textarea(attrs=_AREA),
    )

    def __init__(
        self,
        findings: Iterable[tuple[str, str]],
        held: Mapping[str, Iterable[str]],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Ask about findings.

        Args:
            findings: key and words of each. held: key of an entry to the fields that it holds.
        """
        super().__init__(*args, **kwargs)
        found = list(findings)
        for name in ("told", "others"):
            self.fields[name].choices = found  # type: ignore[attr-defined]  # fields are typed as plain ones
        self._single: dict[str, tuple[str, DataCategory]] = {}
        for key, words in found:
            for field in map(DataCategory, held.get(key, ())):
                self._single[f"field-{len(self._single)}"] = (key, field)
                self.fields[f"field-{len(self._single) - 1}"] = forms.ChoiceField(
                    label=f"{labels.label(field)} – {words}", required=False, choices=_STAYS
                )

    @property
    def single(self) -> list[forms.BoundField]:
        """Fields of entries that may stay out, each by itself."""
        return [self[name] for name in self._single]

    def left_out(self) -> tuple[LeftOut, ...]:
        """Return the single fields that stay out, each with its reason."""
        given = {name: self.cleaned_data[name] for name in self._single}
        return tuple(
            LeftOut(*self._single[name], RestrictionReason(reason))
            for name, reason in given.items()
            if reason
        )


class LedgerForm(forms.Form):
    """An entry of the register."""

    regime = forms.ChoiceField(label=_("Regime"))
    subject = forms.RegexField(
        label=_("Identifier of the entry"), regex=r"^\s*[0-9a-f]{32}\s*$", widget=forms.TextInput(attrs=_CODE)
    )
    reason = forms.CharField(
        label=_("Why this person"),
        max_length=MAX_REASON,
        widget=forms.TextInput(attrs=_LINE),
    )

    def __init__(self, regimes: Iterable[Regime], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["regime"].choices = labels.choices(regimes)  # type: ignore[attr-defined]  # fields are typed as plain ones
