"""What every page of the desk shows: the service, the pages that the officer may open, the languages."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.services.partners.directory import PartnerState, all_partners
from comity.services.people.actors import actor_of
from comity.services.serving import current_node
from comity.storage.models.people import LANGUAGES, Officer
from comity.web import access


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of the main navigation, with its single-letter shortcut; `regime`: only for who works under that."""

    name: str
    words: Promise
    key: str
    roles: tuple[Role, ...]
    regime: Regime | None = None

    def is_for(self, held: Collection[tuple[Regime, Role]]) -> bool:
        """Whether somebody with these roles may open it."""
        return any(role in self.roles and self.regime in (None, regime) for regime, role in held)


ENTRIES = (
    Entry("inbox", _("Inbox"), "i", access.CASE_READERS),
    Entry("probe", _("Probe"), "p", access.ASKERS),
    Entry("register", _("Register"), "s", access.ASKERS),
    Entry("agreements", _("Agreements"), "a", access.EVERYONE),
    Entry("identifications", _("Identifications"), "d", access.CASE_READERS, Regime.RETURN_IDENTIFICATION),
    Entry("plans", _("Plans"), "l", access.PROOF_READERS),
    Entry("statistics", _("Statistics"), "t", access.PROOF_READERS),
    Entry("outstanding", _("Outstanding"), "o", access.WATCHERS),
    Entry("transfers", _("Transfers"), "x", access.REPORTERS),
    Entry("not-sent", _("Not sent"), "n", access.ASKERS),
    Entry("true-grounds", _("True grounds"), "g", access.OVERSEERS),
    Entry("messages", _("Messages"), "m", access.STATERS),
    Entry("evidence", _("Evidence"), "e", access.PROOF_READERS),
    Entry("oversight", _("Oversight"), "v", access.OVERSEERS),
    Entry("persons", _("Persons"), "c", access.REQUEST_KEEPERS),
    Entry("breaches", _("Breaches"), "b", access.BREACH_OPENERS),
    Entry("people", _("Accounts"), "u", access.ADMINISTRATORS),
)


def desk(request: HttpRequest) -> dict[str, Any]:
    """Return the frame of the page."""
    node = current_node()
    frame: dict[str, Any] = {
        "service": node.service,
        "demo": node.config.demo,
        "languages": LANGUAGES,
        "here": request.path if request.method == "GET" else reverse("inbox"),
        "pages": [],
        "roles": [],
        "suspended": [],
    }
    user = getattr(request, "user", None)
    if isinstance(user, Officer) and user.is_active:
        roles = actor_of(user).roles
        frame["roles"] = sorted(roles)
        frame["suspended"] = [
            each.service for each in all_partners(node) if each.state is PartnerState.SUSPENDED
        ]
        frame["pages"] = [
            {
                "url": reverse(entry.name),
                "words": entry.words,
                "key": entry.key,
                "current": request.path.startswith(reverse(entry.name)) and _is_here(request, entry),
            }
            for entry in ENTRIES
            if entry.is_for(roles)
        ]
    return {"desk": frame}


def _is_here(request: HttpRequest, entry: Entry) -> bool:
    return entry.name != "inbox" or request.path == reverse("inbox")
