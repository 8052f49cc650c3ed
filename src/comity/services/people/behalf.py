"""Who something is done for later: the same person or system, with the roles of now."""

from __future__ import annotations

from comity.services.context import Actor, ActorKind, Node
from comity.services.people.actors import named_actor
from comity.services.people.service_accounts import ACTOR_PREFIX, Scope, bearer_named


def acting_for(node: Node, name: str, scope: Scope) -> Actor:
    """Return whoever a name means, with the roles of now: an account that was closed does nothing any more.

    Args:
        name: as an `Actor` bears it. scope: what a case system must be allowed to do.

    Raises:
        InputError: ``officer.unknown``.
        Refused: ``officer.disabled``, ``service-account.*``.
    """
    if name.startswith("os:"):
        return Actor(name=name, kind=ActorKind.OPERATOR)
    if name.startswith(ACTOR_PREFIX):
        bearer = bearer_named(node, name)
        bearer.require(scope)
        return bearer.actor
    return named_actor(node, name)
