"""Service accounts: national systems that use the REST interface. They ask and prepare; only people release."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.crypto.encoding import to_text
from comity.core.evidence.event import Event, Internal
from comity.core.faults import named
from comity.core.instant import Instant
from comity.errors import InputError, Refused
from comity.services.context import Actor, ActorKind, Node
from comity.services.custody import withdrawn
from comity.services.evidence.record import record
from comity.services.people import actors
from comity.storage import people
from comity.storage.models.people import ServiceAccount
from comity.storage.transaction import atomic

TOKEN_PREFIX = "comity_"  # noqa: S105  what tokens look like, not one
TOKEN_BYTES = 32
ACTOR_PREFIX = "account:"
"""What the names of actors that are service accounts begin with; no officer's name holds a colon."""

MAX_DAYS = 366
_NAME = re.compile(r"^[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?$")


class Scope(StrEnum):
    """What a service account may be allowed to do."""

    PROBE = "probe"
    REQUEST = "request"
    READ_CASES = "read-cases"
    READ_REGISTER = "read-register"
    SEARCH_REGISTER = "search-register"
    READ_AGREEMENTS = "read-agreements"
    READ_EVIDENCE = "read-evidence"
    READ_METRICS = "read-metrics"
    OVERSEE = "oversee"


@dataclass(frozen=True, slots=True)
class Bearer:
    """A verified service account: the actor it is, its one regime, its scopes."""

    actor: Actor
    regime: Regime
    scopes: frozenset[Scope]

    def require(self, scope: Scope) -> None:
        """Refuse unless the account has the scope.

        Raises:
            Refused: ``service-account.scope``.
        """
        if scope not in self.scopes:
            raise Refused("service-account.scope", scope=scope.value)


@dataclass(frozen=True, slots=True)
class ServiceAccountView:
    """What administration shows of a service account."""

    name: str
    regime: str
    scopes: tuple[str, ...]
    expires_at: Instant
    state: str


def parse_scopes(texts: Iterable[str]) -> frozenset[Scope]:
    """Read scopes.

    Raises:
        InputError: ``service-account.scopes`` for an unknown one, or none.
    """
    try:
        found = frozenset(Scope(text) for text in texts)
    except ValueError:
        raise InputError("service-account.scopes", allowed=named(Scope)) from None
    if not found:
        raise InputError("service-account.scopes", allowed=named(Scope))
    return found


def create(node: Node, actor: Actor, name: str, regime: Regime, scopes: frozenset[Scope], days: int) -> str:
    """Create a service account and return its token, which is shown once and stored nowhere.

    Args:
        days: life of the token, 1 to 366.

    Raises:
        Refused: ``actor.role``.
        InputError: ``service-account.name``, ``service-account.exists``, ``service-account.days``,
            ``service-account.regime``.
    """
    actors.require_administrator(actor)
    if not _NAME.fullmatch(name):
        raise InputError("service-account.name")
    if not 1 <= days <= MAX_DAYS:
        raise InputError("service-account.days", limit=MAX_DAYS)
    if regime not in node.config.regimes:
        raise InputError("service-account.regime", allowed=named(node.config.regimes))
    token = TOKEN_PREFIX + to_text(node.random(TOKEN_BYTES))
    now = node.clock()
    account = ServiceAccount(
        name=name,
        digest=_digest(token),
        regime=regime.value,
        scopes=" ".join(sorted(scope.value for scope in scopes)),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    with atomic(node.alias):
        if people.account_named(node.alias, name) is not None:
            raise InputError("service-account.exists")
        people.save_account(node.alias, account)
        _note(node, "service-account.created", account, actor)
    return token


def revoke(node: Node, actor: Actor, name: str) -> None:
    """End a service account at once, and for good.

    Raises:
        Refused: ``actor.role``.
        InputError: ``service-account.absent``.
    """
    actors.require_administrator(actor)
    with atomic(node.alias):
        account = people.account_named(node.alias, name)
        if account is None:
            raise InputError("service-account.absent")
        if account.disabled_at is None:
            withdrawn.journal_account(node, withdrawn.ENDED, name)
            account.disabled_at = node.clock()
            people.save_account(node.alias, account)
            _note(node, "service-account.revoked", account, actor)


def shown(node: Node, name: str) -> ServiceAccountView:
    """Return one service account as administration shows it.

    Raises:
        InputError: ``service-account.absent``.
    """
    found = next((each for each in listed(node) if each.name == name), None)
    if found is None:
        raise InputError("service-account.absent")
    return found


def verify_token(node: Node, token: str) -> Bearer:
    """Return the account of a bearer token.

    The token holds 256 random bits, so that looking its digest up by equality gives nothing away.

    Raises:
        Refused: ``service-account.unknown``, ``service-account.revoked``, ``service-account.expired``.
    """
    return _bearer(node, people.account_of_digest(node.alias, _digest(token)))


def bearer_named(node: Node, actor_name: str) -> Bearer:
    """Return the account that acts under a name, as it may act now; for what is done for it when it is not there.

    Args:
        node: this node.
        actor_name: ``account:`` and the name of the account.

    Raises:
        Refused: as `verify_token`.
    """
    name = actor_name.removeprefix(ACTOR_PREFIX)
    return _bearer(node, people.account_named(node.alias, name) if name != actor_name else None)


def _bearer(node: Node, account: ServiceAccount | None) -> Bearer:
    if account is None:
        raise Refused("service-account.unknown")
    if account.disabled_at is not None:
        raise Refused("service-account.revoked")
    if node.clock() >= account.expires_at:
        raise Refused("service-account.expired")
    regime = Regime(account.regime)
    scopes = frozenset(Scope(text) for text in account.scopes.split())
    # Only an account made to oversee looks into exchanges; it still reads no case without the scope for it.
    held = {Role.OFFICER} | ({Role.AUDITOR} if Scope.OVERSEE in scopes else set())
    roles = frozenset((regime, role) for role in held)
    actor = Actor(name=ACTOR_PREFIX + account.name, kind=ActorKind.SERVICE_ACCOUNT, roles=roles)
    return Bearer(actor=actor, regime=regime, scopes=scopes)


def listed(node: Node) -> list[ServiceAccountView]:
    """Return every service account as administration shows it."""
    now = node.clock()
    return [
        ServiceAccountView(
            name=account.name,
            regime=account.regime,
            scopes=tuple(account.scopes.split()),
            expires_at=account.expires_at,
            state="revoked" if account.disabled_at else "expired" if now >= account.expires_at else "active",
        )
        for account in people.all_accounts(node.alias)
    ]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _note(node: Node, kind: str, account: ServiceAccount, actor: Actor) -> None:
    committed = canonical.encode({"account": account.name, "by": actor.name, "scopes": account.scopes})
    facts: dict[str, str | int] = {"account": int(account.pk), "regime": account.regime}
    record(node, Internal(), Event(kind=kind, at=node.clock(), facts=facts, committed=committed))
