"""Forms of transfers: a period, a change of status, an emergency, a court."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from comity.core.agreement.model import Agreement
from comity.core.agreement.profile import ChangeEffect, ChangeKind
from comity.core.cases.messages import MAX_LINE, MAX_TEXT
from comity.core.codes.transfer import Assurance, OverrideGround, TransferGround, Treaty
from comity.services.transfers.emergency import MIN_REASON
from comity.services.transfers.status import MAX_REASON
from comity.web.answers.assertions import question
from comity.web.answers.language import language_field
from comity.web.clocks.forms import PeriodForm
from comity.web.transfers.words import ASSURANCES, CHANGES, EFFECTS, EMERGENCIES, GROUNDS, TREATIES

_AREA = {"rows": "3", "dir": "auto", "autocomplete": "off"}
_LINE = {"dir": "auto", "autocomplete": "off"}
_TABLES = {ChangeKind.ASSURANCE: ASSURANCES, ChangeKind.TREATY: TREATIES, ChangeKind.GROUND: GROUNDS}
_CODES = {ChangeKind.ASSURANCE: Assurance, ChangeKind.TREATY: Treaty, ChangeKind.GROUND: TransferGround}


class ReportForm(PeriodForm):
    """A first and a last day, for all agreements."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__([], *args, **kwargs)
        del self.fields["agreement"]


class ChangeForm(forms.Form):
    """An assurance, a treaty or a ground of a party that has ended or holds again."""

    country = forms.ChoiceField(label=_("Country"))
    status = forms.ChoiceField(label=_("What has changed?"))
    effect = forms.ChoiceField(
        label=_("How?"),
        widget=forms.RadioSelect,
        choices=[(each.value, EFFECTS[each]) for each in ChangeEffect],
    )
    since = forms.DateField(
        label=_("Since which day (UTC)"),
        help_text=_("Empty: from now on."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "dir": "ltr"}),
    )
    reason = forms.CharField(
        label=_("Why?"),
        help_text=_("Kept here, never sent."),
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs=_AREA),
    )

    def __init__(self, agreement: Agreement, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        states = sorted(agreement.transfers or {})
        self.fields["country"].choices = [(each, each) for each in states]  # type: ignore[attr-defined]  # fields are typed as plain ones
        self.fields["status"].choices = [  # type: ignore[attr-defined]  # as above
            (CHANGES[kind], [(f"{kind.value}:{each.value}", words) for each, words in _of(kind, agreement)])
            for kind in ChangeKind
        ]

    @property
    def changed(self) -> tuple[ChangeKind, str]:
        """Whose status has changed."""
        kind, _colon, name = self.cleaned_data["status"].partition(":")
        return ChangeKind(kind), name


def emergency_ground() -> forms.ChoiceField:
    """Return the field that asks for the ground of an emergency: one of the closed list, none chosen at first."""
    return forms.ChoiceField(
        label=_("Nothing less than this"),
        widget=forms.RadioSelect,
        choices=[(each.value, EMERGENCIES[each]) for each in OverrideGround],
    )


def emergency_reason(who_reads: Any, least: int) -> forms.CharField:
    """Return the field that asks for the objective reason of an emergency."""
    return forms.CharField(
        label=_("Objective reason why it cannot wait"),
        help_text=who_reads,
        min_length=least,
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs=_AREA),
    )


class UseForm(forms.Form):
    """One message of the partner that is to be used further."""

    message = forms.ChoiceField(label=_("What do you want to use?"))

    def __init__(self, messages: Iterable[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["message"].choices = list(messages)  # type: ignore[attr-defined]  # fields are typed as plain ones


class EmergencyForm(UseForm):
    """Who must have it, and why it cannot wait."""

    recipient = forms.ChoiceField(label=_("Who must have it?"))
    ground = emergency_ground()
    matter = forms.CharField(
        label=_("What it is about, in one line without a name"),
        max_length=MAX_LINE,
        widget=forms.TextInput(attrs=_LINE),
    )
    matter_is = question(matter.label)
    reason = emergency_reason(_("The recipient and the service that gave it both read this."), MIN_REASON)
    reason_is = question(reason.label)
    language = language_field()

    def __init__(
        self,
        recipients: Iterable[tuple[str, str]],
        messages: Iterable[tuple[str, str]],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(messages, *args, **kwargs)
        self.fields["recipient"].choices = list(recipients)  # type: ignore[attr-defined]  # fields are typed as plain ones

    def clean(self) -> dict[str, Any]:
        """Refuse where nobody else may be told at all."""
        if not self.fields["recipient"].choices:  # type: ignore[attr-defined]  # as above
            raise ValidationError(_("No agreement in force permits to inform anybody else for this purpose."))
        return super().clean() or {}


class CourtForm(UseForm):
    """Which court gets it, in which proceedings."""

    court = forms.CharField(label=_("Court"), max_length=MAX_LINE, widget=forms.TextInput(attrs=_LINE))
    proceedings = forms.CharField(
        label=_("Reference of the proceedings"), max_length=MAX_LINE, widget=forms.TextInput(attrs=_LINE)
    )


def _of(kind: ChangeKind, agreement: Agreement) -> list[tuple[Any, Any]]:
    """Return what can change of a kind, with its words: of grounds, those that the agreement states."""
    stated = {each.ground for profile in (agreement.transfers or {}).values() for each in profile.grounds}
    return [
        (each, _TABLES[kind][each])  # type: ignore[index]  # one table for each kind
        for each in _CODES[kind]
        if kind is not ChangeKind.GROUND or each in stated
    ]
