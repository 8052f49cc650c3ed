"""The form of a hit report (Regulation (EU) 2018/1862 Art. 37(1))."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.core.cases.hit.report import OPTIONAL, HitReportBody, Measure, Outcome
from comity.core.cases.messages import MAX_LINE
from comity.core.codes.checks import Check
from comity.web import spoken
from comity.web.answers.assertions import SUFFIX, mark_where_written, question
from comity.web.answers.language import language_field
from comity.web.hits.words import SHORT

MAX_TEXT = 2000
_LINE = {"autocomplete": "off", "dir": "auto"}
_TEXT = {**_LINE, "rows": "3"}


class HitForm(forms.Form):
    """What was found and done; of each text that is written, whether it is a fact or an assessment."""

    message = forms.ChoiceField(label=_("On what did you act?"))
    outcome = forms.ChoiceField(
        label=_("Result"),
        choices=[(each.value, spoken.OUTCOMES_OF_HITS[each]) for each in Outcome],
        widget=forms.RadioSelect,
    )
    at = forms.DateTimeField(
        label=_("When it happened"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "dir": "ltr"}),
    )
    measures = forms.MultipleChoiceField(
        label=_("What was done"),
        choices=[(each.value, spoken.MEASURES[each]) for each in Measure],
        widget=forms.CheckboxSelectMultiple,
    )
    subject = forms.CharField(
        label=_("Our own entry of the person, if there is one"),
        help_text=_("It does not leave; the ledger of disclosures names it."),
        required=False,
        max_length=32,
        widget=forms.TextInput(attrs={**_LINE, "dir": "ltr"}),
    )
    conditions = forms.CharField(
        label=_("Conditions on use"), required=False, max_length=MAX_TEXT, widget=forms.Textarea(attrs=_TEXT)
    )

    language = language_field()

    check = forms.ChoiceField(
        label=_("Check made"),
        choices=[("", _("none")), *((each.value, SHORT[each]) for each in Check)],
        required=False,
    )
    aware = forms.ChoiceField(
        label=_("Did the person learn that somebody asked for it?"),
        choices=[("", "–"), ("no", _("no, the person does not know")), ("yes", _("yes, the person knows"))],
        required=False,
    )

    def __init__(
        self, messages: Iterable[tuple[str, str]], *args: Any, checks: Sequence[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.checked = bool(checks)
        self.fields["message"].choices = list(messages)  # type: ignore[attr-defined]  # fields are typed as plain ones
        for name in HitReportBody.STATEMENTS:
            label, needed, line = str(spoken.REPORTED[name]), name not in OPTIONAL, name == "place"
            self.fields[name] = forms.CharField(
                label=label,
                required=needed,
                max_length=MAX_LINE if line else MAX_TEXT,
                widget=forms.TextInput(attrs=_LINE) if line else forms.Textarea(attrs=_TEXT),
            )
            self.fields[name + SUFFIX] = question(label, required=needed)
        if not self.checked:
            for name in ("check", "aware", "deviation", "deviation" + SUFFIX):
                del self.fields[name]
        first = ("message", "outcome", "at", "measures", "check", "aware")
        self.order_fields((*first, *self._texts(), "conditions", "subject", "language"))

    @staticmethod
    def _texts() -> list[str]:
        return [each for name in HitReportBody.STATEMENTS for each in (name, name + SUFFIX)]

    def clean(self) -> dict[str, Any]:
        """Refuse a measure beside "no measure", and a text that is not marked."""
        cleaned = super().clean() or {}
        measures = cleaned.get("measures") or []
        if Measure.NONE.value in measures and len(measures) > 1:
            self.add_error("measures", _("No measure stands alone."))
        if cleaned.get("check") and not cleaned.get("aware"):
            self.add_error("aware", _("Say whether the person learned of it."))
        mark_where_written(self, [name for name in OPTIONAL if name in self.fields])
        return cleaned
