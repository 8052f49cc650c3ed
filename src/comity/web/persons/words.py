"""The words for requests of persons, findings, decisions and breaches, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from comity.core.rights.codes import (
    BreachNature,
    Origin,
    Outcome,
    RestrictionReason,
    RightsKind,
    SearchPlace,
)

Words = Promise | str

KINDS: dict[RightsKind, Words] = {
    RightsKind.ACCESS: _("access to what is held"),
    RightsKind.RECTIFICATION: _("correction of what is wrong"),
    RightsKind.RESTRICTION: _("restriction of its use"),
}
ORIGINS: dict[Origin, Words] = {
    Origin.PERSON: _("from the person"),
    Origin.AUTHORITY: _("through the supervisory authority"),
    Origin.PARTNER: _("from a partner"),
}
REQUEST_STATES: dict[str, Words] = {
    "open": _("to be searched"),
    "searched": _("to be decided"),
    "decided": _("decided"),
    "answered": _("answered"),
    "erased": _("erased"),
}
PLACES: dict[SearchPlace, Words] = {
    SearchPlace.REGISTER: _("the register"),
    SearchPlace.CASES: _("requests and replies"),
    SearchPlace.MESSAGES: _("other messages"),
    SearchPlace.NOTES: _("notes and decisions"),
    SearchPlace.SEARCHES: _("searches of the register"),
    SearchPlace.JUSTIFICATIONS: _("searches at partners"),
}
OUTCOMES: dict[Outcome, Words] = {
    Outcome.FULL: _("everything found is told, or was done"),
    Outcome.PARTIAL: _("a part is told, or was done"),
    Outcome.NEITHER: _("nothing is told: neither confirm nor deny"),
}
REASONS: dict[RestrictionReason, Words] = {
    RestrictionReason.INQUIRY: _("it would obstruct an inquiry or procedure"),
    RestrictionReason.PREVENTION: _("it would prejudice preventing or prosecuting offences"),
    RestrictionReason.PUBLIC_SECURITY: _("to protect public security"),
    RestrictionReason.NATIONAL_SECURITY: _("to protect national security"),
    RestrictionReason.OTHERS: _("to protect the rights and freedoms of others"),
}
NATURES: dict[BreachNature, Words] = {
    BreachNature.CONFIDENTIALITY: _("seen by people whom they do not concern"),
    BreachNature.INTEGRITY: _("altered without right"),
    BreachNature.AVAILABILITY: _("lost or out of reach"),
}
NAMED: dict[str, Mapping[Any, Words]] = {
    "rights-kind": KINDS,
    "rights-origin": ORIGINS,
    "rights-state": REQUEST_STATES,
    "search-place": PLACES,
    "outcome": OUTCOMES,
    "restriction-reason": REASONS,
    "breach-nature": NATURES,
}
"""Tables by the name that templates use."""
