"""Security keys (Web Authentication) as second factors: an officer adds several, named, and removes them again.

The library checks a ceremony; here stands what surrounds it: how many, under which name, that one second factor always
remains, and that no copy of a key is used (W3C Web Authentication Level 3, §6.1.1 and §7.2 step 22). The name an
officer gives is sealed, since it may name the person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comity.config import Config
from comity.errors import InputError, Refused
from comity.services.context import Actor, Node
from comity.services.people import factor
from comity.services.people.accounts import note
from comity.services.people.actors import Officer, actor_of
from comity.storage import people
from comity.storage.transaction import atomic

MAX_KEYS = 10
"""Keys that one officer may hold."""

MAX_NAME = 64
"""Letters of a key's name."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key whose registration was checked: its name, the credential (JSON of the specification, §5.1), its counter."""

    name: str
    credential: Mapping[str, Any]
    counter: int


@dataclass(frozen=True, slots=True)
class KeyView:
    """A security key as its owner sees it."""

    number: int
    name: str
    added_at: datetime
    used_at: datetime | None


def require_address(config: Config, host: str) -> None:
    """Refuse unless a browser that came by this host can use security keys here.

    Args:
        host: host of the request, without port.

    Raises:
        Refused: ``officer.key-address``, with the address at which keys work, if there is one.
    """
    if config.relying_party is None:
        raise Refused("officer.key-address")
    if host != config.relying_party:
        raise Refused("officer.key-address", origin=config.desk_origin)


def own_keys(node: Node, account: Officer) -> list[KeyView]:
    """Return the security keys of an officer, the oldest first."""
    return [
        KeyView(int(key.pk), factor.open_secret(node, key.data["name"]), key.created_at, key.last_used_at)
        for key in people.security_keys(node.alias, account)
    ]


def has_key(node: Node, account: Officer) -> bool:
    """Say whether the officer holds a security key."""
    return bool(people.security_keys(node.alias, account))


def add_key(node: Node, actor: Actor, account: Officer, key: NewKey, then: Callable[[], object]) -> None:
    """Store a new security key in one transaction with its evidence.

    Args:
        then: what else belongs to it: the first recovery codes.

    Raises:
        Refused: ``officer.key-limit``, ``officer.key-known`` (somebody registered it already).
    """
    content = {
        "name": factor.seal_secret(node, key.name),
        "credential": key.credential,
        "counter": key.counter,
        "host": node.config.relying_party,
    }
    with atomic(node.alias):
        people.lock_officer(node.alias, account.username)
        if len(people.security_keys(node.alias, account)) >= MAX_KEYS:
            raise Refused("officer.key-limit", limit=MAX_KEYS)
        registered = (each.data["credential"]["id"] for each in people.every_security_key(node.alias))
        if key.credential["id"] in registered:
            raise Refused("officer.key-known")
        people.add_security_key(node.alias, account, content, node.clock())
        then()
        note(node, "officer.security-key-added", account, actor)


def remove_key(node: Node, actor: Actor, account: Officer, number: int) -> None:
    """Delete one of an officer's own security keys.

    Raises:
        InputError: ``officer.key-unknown``.
        Refused: ``officer.last-second-factor``: an administrator resets the last one.
    """
    with atomic(node.alias):
        people.lock_officer(node.alias, account.username)
        key = people.locked_security_key(node.alias, account, number)
        if key is None:
            raise InputError("officer.key-unknown")
        others = len(people.security_keys(node.alias, account)) - 1
        if not others and people.totp_secret(node.alias, account) is None:
            raise Refused("officer.last-second-factor")
        people.drop_security_key(node.alias, key)
        note(node, "officer.security-key-removed", account, actor, key=number)


def count_use(node: Node, account: Officer, number: int, counter: int) -> None:
    """Remember the signature counter of a key that has just signed.

    A counter that did not grow, on a key that counts, means that two keys hold the same secret: the use is refused,
    and an entry of its own says so.

    Raises:
        InputError: ``officer.key-unknown``.
        Refused: ``officer.key-copied``.
    """
    with atomic(node.alias):
        key = people.locked_security_key(node.alias, account, number)
        if key is None:
            raise InputError("officer.key-unknown")
        last = int(key.data["counter"])
        copied = counter <= last and (counter, last) != (0, 0)
        if copied:
            note(node, "officer.security-key-copied", account, actor_of(account), key=number)
        elif counter:
            key.data["counter"] = counter
            people.save_security_key(node.alias, key)
    if copied:
        raise Refused("officer.key-copied")


def keys_of_other_addresses(node: Node) -> int:
    """Return how many registered keys are bound to another host than the desk has now, and so no longer work."""
    here = node.config.relying_party
    return sum(key.data.get("host") != here for key in people.every_security_key(node.alias))
