"""Forms of administration: a new officer, roles, a new service account. What they mean, the services decide."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.services.context import Node
from comity.services.people.service_accounts import MAX_DAYS, Scope
from comity.storage.models.people import LANGUAGES
from comity.web import labels

USUAL_DAYS = 90
_NAME = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "dir": "ltr"}

SCOPES = {
    Scope.PROBE: _("probe"),
    Scope.REQUEST: _("request information"),
    Scope.READ_CASES: _("read the inbox and cases"),
    Scope.READ_REGISTER: _("read how imports stand"),
    Scope.SEARCH_REGISTER: _("look for a person in the register"),
    Scope.READ_AGREEMENTS: _("read agreements"),
    Scope.READ_EVIDENCE: _("read the cover of the evidence"),
    Scope.READ_METRICS: _("read the figures of the node"),
    Scope.OVERSEE: _("replay exchanges and take bundles of them"),
}


def role_words(text: str) -> str:
    """Return the words for a role written ``regime:role``."""
    regime, _colon, role = text.partition(":")
    return f"{labels.label(Role(role))} ({labels.label(Regime(regime))})"


class RolesForm(forms.Form):
    """The roles of an officer, each under one regime."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"), required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )

    def __init__(self, node: Node, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [f"{regime.value}:{role.value}" for regime in node.config.regimes for role in Role]
        self.fields["roles"].choices = [(each, role_words(each)) for each in offered]  # type: ignore[attr-defined]  # fields are typed as plain ones


class OfficerForm(RolesForm):
    """A new officer: a user name, a language, roles; no name and no e-mail address."""

    name = forms.CharField(
        label=_("User name"),
        help_text=_(
            "3 to 64 lower-case letters, digits, points, hyphens or underscores; not the name of the person."
        ),
        max_length=64,
        widget=forms.TextInput(attrs=_NAME),
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    field_order = ("name", "language", "roles")


class SystemForm(forms.Form):
    """A new service account: one regime, what it may do, how long."""

    name = forms.CharField(
        label=_("Name of the system"),
        help_text=_("Lower-case letters, digits and hyphens."),
        max_length=62,
        widget=forms.TextInput(attrs=_NAME),
    )
    regime = forms.ChoiceField(label=_("Regime"))
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=list(SCOPES.items()), widget=forms.CheckboxSelectMultiple
    )
    days = forms.IntegerField(
        label=_("Days until it ends"), min_value=1, max_value=MAX_DAYS, initial=USUAL_DAYS
    )

    def __init__(self, node: Node, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["regime"].choices = labels.choices(node.config.regimes)  # type: ignore[attr-defined]  # fields are typed as plain ones
