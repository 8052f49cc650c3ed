"""Who may serve the persons concerned, and the requests that they made."""

from __future__ import annotations

import re

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.errors import InputError, Refused
from comity.services.context import Actor, ActorKind, Node
from comity.storage.models.rights import RightsRequest
from comity.storage.rights import requests as rows

KEEPERS = (Role.DATA_PROTECTION_OFFICER, Role.HEAD_OF_DESK)
"""May write a request down and see that it exists and when it is due."""

_NUMBER = re.compile(r"^[0-9a-f]{4,32}$")


def require_keeper(actor: Actor, regime: Regime) -> None:
    """Refuse unless a named person who may keep the register of requests acts.

    Raises:
        Refused: ``actor.person``, ``actor.role``.
    """
    _require_person(actor)
    actor.require(regime, *KEEPERS)


def require_officer(actor: Actor, regime: Regime) -> None:
    """Refuse unless the data-protection officer acts: no operator, no program.

    Raises:
        Refused: ``actor.person``, ``actor.role``.
    """
    _require_person(actor)
    actor.require(regime, Role.DATA_PROTECTION_OFFICER)


def regimes_of(node: Node, actor: Actor) -> list[Regime]:
    """Return the regimes whose requests the actor may see to exist.

    Raises:
        Refused: ``actor.person``, ``actor.role``.
    """
    _require_person(actor)
    found = [each for each in node.config.regimes if any((each, role) in actor.roles for role in KEEPERS)]
    if not found:
        raise Refused("actor.role", regime=node.config.regimes[0].value)
    return found


def known_request(node: Node, actor: Actor, number: str) -> RightsRequest:
    """Return a request that the data-protection officer may open.

    Args:
        number: or its beginning, at least four digits.

    Raises:
        InputError: ``rights.unknown``, also for a request of another regime.
        Refused: ``actor.person``, ``actor.role``.
    """
    regimes = regimes_of(node, actor)
    found = rows.numbers_named(node.alias, number) if _NUMBER.fullmatch(number) else []
    row = rows.request(node.alias, found[0]) if len(found) == 1 else None
    if row is None or Regime(row.regime) not in regimes:
        raise InputError("rights.unknown")
    require_officer(actor, Regime(row.regime))
    return row


def _require_person(actor: Actor) -> None:
    if actor.kind is not ActorKind.OFFICER:
        raise Refused("actor.person")
