"""Forms of correction, restriction, negative answers and consent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.core.cases.consent import Use
from comity.core.cases.protection import GROUNDS, ProtectionGround
from comity.core.cases.thread import NegativeResult
from comity.core.codes.exchange import Act, Purpose
from comity.web import labels, spoken
from comity.web.answers.language import language_field

MAX_TEXT = 2000
TEXT = {"rows": "3", "dir": "auto", "autocomplete": "off"}
RESTRICT_SENT, LIFT_SENT = "restrict-sent", "lift-sent"
RESTRICT_RECEIVED, LIFT_RECEIVED = "restrict-received", "lift-received"


def _grounds(act: Act) -> list[tuple[str, Any]]:
    return [(each.value, spoken.GROUNDS[each]) for each in ProtectionGround if each in GROUNDS[act]]


class GroundForm(forms.Form):
    """Why something is corrected or recalled, from the list of the act."""

    ground = forms.ChoiceField(label=_("Ground that the partner is told"), widget=forms.RadioSelect)

    def __init__(self, act: Act, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ground"].choices = _grounds(act)  # type: ignore[attr-defined]  # fields are typed as plain ones


class RestrictionForm(GroundForm):
    """What is restricted or given free, and why."""

    act = forms.ChoiceField(
        label=_("What is to be done?"),
        widget=forms.RadioSelect,
        choices=[
            (RESTRICT_SENT, _("Restrict what we sent, at the partner's too")),
            (LIFT_SENT, _("End our restriction of what we sent")),
            (RESTRICT_RECEIVED, _("Restrict here what the partner sent")),
            (LIFT_RECEIVED, _("End our restriction of what the partner sent")),
        ],
    )
    field_order = ("act", "ground")


class NegativeForm(forms.Form):
    """What the search found: nothing, of either kind."""

    result = forms.ChoiceField(
        label=_("Result of the search"),
        widget=forms.RadioSelect,
        choices=[(each.value, spoken.NEGATIVES[each]) for each in NegativeResult],
    )


class ConsentForm(forms.Form):
    """A further use of one message of the partner, for which its consent is asked."""

    message = forms.ChoiceField(label=_("What do you want to use?"))
    use = forms.ChoiceField(label=_("What for?"), choices=[(each.value, spoken.USES[each]) for each in Use])
    purpose = forms.ChoiceField(label=_("Purpose"))
    recipient = forms.CharField(
        label=_("Service that would receive it"),
        help_text=_("Only for passing on."),
        required=False,
        max_length=48,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off"}),
    )
    reasons = forms.CharField(label=_("Why?"), max_length=MAX_TEXT, widget=forms.Textarea(attrs=TEXT))
    language = language_field()

    def __init__(self, messages: Iterable[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["message"].choices = list(messages)  # type: ignore[attr-defined]  # fields are typed as plain ones
        self.fields["purpose"].choices = labels.choices(Purpose)  # type: ignore[attr-defined]  # as above
