"""The form before true grounds are shown: which regime, and why."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.web.register.forms import MAX_REASON, RegimeForm


class GroundsForm(RegimeForm):
    """Why they are read."""

    reason = forms.CharField(
        label=_("Why do you read them?"),
        help_text=_("Kept for oversight: who reads true grounds is itself overseen."),
        max_length=MAX_REASON,
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
