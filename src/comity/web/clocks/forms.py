"""Forms about time: a notice of delay, the period of statistics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.core.cases.delay import MAX_REASON
from comity.core.cases.statistics import Period, days
from comity.core.codes.marks import DelayGround
from comity.web import labels
from comity.web.answers.language import language_field

_DAY = {"type": "date", "dir": "ltr"}


class ReasonForm(forms.Form):
    """Why an answer takes longer."""

    ground = forms.ChoiceField(label=_("Ground"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("What stands in the way"),
        help_text=_("The partner reads this. Nothing about the person concerned."),
        max_length=MAX_REASON,
        widget=forms.Textarea(attrs={"rows": "3", "dir": "auto", "autocomplete": "off"}),
    )
    language = language_field()

    def __init__(self, grounds: Iterable[DelayGround], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ground"].choices = labels.choices(grounds)  # type: ignore[attr-defined]  # fields are typed as plain ones

    @property
    def chosen(self) -> DelayGround:
        """The ground that was chosen."""
        return DelayGround(self.cleaned_data["ground"])


class ExtensionForm(ReasonForm):
    """How much more time, and why."""

    days = forms.IntegerField(label=_("Days more"), min_value=0, max_value=366, required=False)
    hours = forms.IntegerField(label=_("Hours more"), min_value=0, max_value=23, required=False)
    field_order = ("days", "hours", "ground", "reason", "language")

    def __init__(self, grounds: Iterable[DelayGround], working: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(grounds, *args, **kwargs)
        if working:
            del self.fields["hours"]
            self.fields["days"].label = _("Working days more")

    def clean(self) -> dict[str, Any]:
        """Refuse an extension by nothing."""
        cleaned = super().clean() or {}
        if not self.errors and not self.span:
            raise forms.ValidationError(_("Say how much more time is needed."))
        return cleaned

    @property
    def span(self) -> timedelta:
        """The time that was asked for."""
        found = self.cleaned_data
        return timedelta(days=found.get("days") or 0, hours=found.get("hours") or 0)


class PeriodForm(forms.Form):
    """An agreement, a first and a last day."""

    agreement = forms.ChoiceField(label=_("Agreement"))
    first = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))
    last = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs=_DAY, format="%Y-%m-%d"))

    def __init__(self, agreements: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agreement"].choices = agreements  # type: ignore[attr-defined]  # fields are typed as plain ones

    @property
    def period(self) -> Period:
        """From the beginning of the first day to the end of the last (UTC)."""
        first, last = self.cleaned_data["first"], self.cleaned_data["last"]
        return days(first, last, last)
