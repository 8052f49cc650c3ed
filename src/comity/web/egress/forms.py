"""The form before true grounds are shown: which regime, and why."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.core.codes.exchange import Regime
from comity.web import labels

MAX_REASON = 1000


class GroundsForm(forms.Form):
    """Why they are read."""

    reason = forms.CharField(
        label=_("Why do you read them?"),
        help_text=_("Kept for oversight: who reads true grounds is itself overseen."),
        max_length=MAX_REASON,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )

    def __init__(self, regimes: list[Regime], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(regimes) > 1:
            self.fields["regime"] = forms.ChoiceField(label=_("Regime"), choices=labels.choices(regimes))
        self._regimes = regimes

    @property
    def regime(self) -> Regime:
        """Regime whose true grounds are read."""
        return Regime(self.cleaned_data["regime"]) if "regime" in self.fields else self._regimes[0]
