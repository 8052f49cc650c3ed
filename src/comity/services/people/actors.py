"""From an account to the actor that services are given."""

from __future__ import annotations

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.errors import InputError, Refused
from comity.services.context import Actor, ActorKind, Node
from comity.storage import people
from comity.storage.models.people import Officer

__all__ = [
    "Officer",
    "actor_of",
    "locked_officer",
    "named_actor",
    "officer",
    "require_administrator",
    "shown_roles",
]


def actor_of(account: Officer) -> Actor:
    """Return the actor of a signed-in officer, with the roles it has at this moment.

    Raises:
        Refused: ``officer.disabled``.
    """
    if not account.is_active:
        raise Refused("officer.disabled")
    return Actor(name=account.username, kind=ActorKind.OFFICER, roles=people.roles_of(account))


def named_actor(node: Node, name: str) -> Actor:
    """Return the actor of that user name.

    Raises:
        InputError: ``officer.unknown``.
        Refused: ``officer.disabled``.
    """
    return actor_of(officer(node, name))


def officer(node: Node, name: str) -> Officer:
    """Return the account of that user name.

    Raises:
        InputError: ``officer.unknown``.
    """
    found = people.officer_named(node.alias, name)
    if found is None:
        raise InputError("officer.unknown")
    return found


def locked_officer(node: Node, name: str) -> Officer:
    """Return the account of that user name, locked to the end of the transaction.

    Raises:
        InputError: ``officer.unknown``.
    """
    found = people.lock_officer(node.alias, name)
    if found is None:
        raise InputError("officer.unknown")
    return found


def require_administrator(actor: Actor) -> None:
    """Refuse unless the actor is the operator or an administrator of any regime.

    Raises:
        Refused: ``actor.role``.
    """
    if actor.kind is ActorKind.OPERATOR:
        return
    if not any(role is Role.ADMINISTRATOR for _, role in actor.roles):
        raise Refused("actor.role", role=Role.ADMINISTRATOR.value)


def shown_roles(roles: frozenset[tuple[Regime, Role]]) -> list[str]:
    """Return roles as ``regime:role``, sorted."""
    return sorted(f"{regime.value}:{role.value}" for regime, role in roles)
