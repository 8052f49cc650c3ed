"""The search form of the register: one line, why, and how strictly. No field is completed by the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.core.codes.exchange import Regime
from comity.core.codes.handling import HandlingCode, SubCode, Tlp
from comity.core.codes.marks import DEFAULT_EVALUATION
from comity.core.register.links.model import LinkKind
from comity.core.register.subject import MAX_REMARK
from comity.services.register.accountable import MIN_REASON
from comity.web import labels
from comity.web.agreements.permitted import Ground, grouped
from comity.web.answers.assertions import question
from comity.web.register.evaluations import INFORMATION, SOURCES, choices

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MAX_WORDS = 400
MAX_REASON = 1000
_OFF = {
    "autocomplete": "off",
    "autocapitalize": "off",
    "autocorrect": "off",
    "spellcheck": "false",
    "dir": "auto",
}

LIKE, EXACT = "like", "exact"
MANNERS = [(LIKE, _("in any spelling and script")), (EXACT, _("exact words only"))]


def _identifier(label: _StrPromise) -> forms.CharField:
    """Return a field for the identifier of an entry."""
    return forms.CharField(label=label, max_length=32, widget=forms.TextInput(attrs={**_OFF, "dir": "ltr"}))


def _reason(label: _StrPromise) -> forms.CharField:
    """Return a field for a reason that is sealed for oversight."""
    return forms.CharField(
        label=label,
        help_text=_("Sealed for oversight. No names in it."),
        min_length=MIN_REASON,
        max_length=MAX_REASON,
        widget=forms.TextInput(attrs=_OFF),
    )


class RegimeForm(forms.Form):
    """Asks for the regime, of who works under more than one."""

    def __init__(self, regimes: list[Regime], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(regimes) > 1:
            self.fields["regime"] = forms.ChoiceField(label=_("Regime"), choices=labels.choices(regimes))
        self._regimes = regimes

    @property
    def regime(self) -> Regime:
        """Regime that is meant."""
        return Regime(self.cleaned_data["regime"]) if "regime" in self.fields else self._regimes[0]


class SearchForm(RegimeForm):
    """Whom one looks for, and why."""

    words = forms.CharField(
        label=_("The person"),
        help_text=_("A name, a date of birth, a place, or the number of a document; separated by commas."),
        max_length=MAX_WORDS,
        widget=forms.TextInput(attrs=_OFF),
    )
    manner = forms.ChoiceField(
        label=_("How to search"), choices=MANNERS, initial=LIKE, required=False, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("Why this person"),
        help_text=_("Kept for oversight with the search."),
        max_length=MAX_REASON,
        widget=forms.TextInput(attrs=_OFF),
    )

    @property
    def exact(self) -> bool:
        """Whether only exact words count."""
        return str(self.cleaned_data["manner"]) == EXACT


class ReviewForm(forms.Form):
    """Until when an entry is kept, and why it is still needed."""

    until = forms.DateField(
        label=_("Keep until"), widget=forms.DateInput(attrs={"type": "date", "dir": "ltr"})
    )
    reason = _reason(_("Why it is still needed"))


class LookForm(forms.Form):
    """Which entry is looked at, and why."""

    uid = _identifier(_("Identifier of the entry"))
    reason = _reason(_("Why this entry"))


class NumbersForm(forms.Form):
    """Under which clause numbers are compared, and why."""

    ground = forms.ChoiceField(label=_("Purpose and agreement"))
    reason = _reason(_("Why these numbers"))

    def __init__(self, grounds: list[Ground], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grounds = grounds
        self.fields["ground"].choices = grouped(grounds)  # type: ignore[attr-defined]  # fields are typed as plain ones


class EdgeForm(forms.Form):
    """Of which comparison one number is shown, and why."""

    overlap = forms.CharField(max_length=32, widget=forms.HiddenInput())
    reason = _reason(_("Why one number must be shown"))


class LinkForm(forms.Form):
    """With what an entry is linked, how, and on what that rests."""

    other = _identifier(_("Identifier of the other entry"))
    kind = forms.ChoiceField(
        label=_("What they have to do with each other"),
        choices=[("", "–"), *((each.value, labels.LINKS[each]) for each in LinkKind)],
    )
    basis = forms.CharField(
        label=_("What it rests on"), max_length=MAX_REMARK, widget=forms.Textarea(attrs={**_OFF, "rows": "3"})
    )
    basis_is = question(basis.label)
    handling = forms.ChoiceField(
        label=_("Handling"), choices=[(each.value, labels.HANDLINGS[each]) for each in HandlingCode]
    )
    sub_codes = forms.MultipleChoiceField(
        label=_("What H3 restricts"),
        help_text=_("At least one with H3; none with the other codes."),
        choices=[(each.value, labels.SUB_CODES[each]) for each in SubCode],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    tlp = forms.ChoiceField(
        label=_("Colour (TLP)"),
        choices=[("", "–"), *((each.value, f"TLP:{each.value}") for each in Tlp)],
        required=False,
    )
    source = forms.ChoiceField(
        label=_("Reliability of the source"),
        choices=lambda: choices(SOURCES),
        initial=DEFAULT_EVALUATION[0],
    )
    information = forms.ChoiceField(
        label=_("Accuracy of the information"),
        choices=lambda: choices(INFORMATION),
        initial=DEFAULT_EVALUATION[1],
    )
