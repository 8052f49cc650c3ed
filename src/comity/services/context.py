"""The node and the person on whose behalf a service acts: the two things every service function is given.

No service touches the settings, the clock, randomness or the default database: all come from the `Node`, so that a
test runs several nodes in one process.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from comity.config import Config
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.codes.marks import Role
from comity.core.crypto.agent import KeyAgent
from comity.core.faults import named
from comity.core.instant import Instant, floor_ms
from comity.errors import Refused


def wall_clock() -> Instant:
    """Return the machine's time, in UTC, to the millisecond."""
    return floor_ms(datetime.now(UTC))


@dataclass(frozen=True)
class Node:
    """One node: who it is, where its database and its keys are, what time it is, and how it waits (seconds)."""

    service: ServiceId
    alias: str
    config: Config
    keys: KeyAgent
    clock: Callable[[], Instant] = wall_clock
    random: Callable[[int], bytes] = secrets.token_bytes
    ticks: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class ActorKind(StrEnum):
    """Who acts."""

    OFFICER = "officer"
    OPERATOR = "operator"
    SERVICE_ACCOUNT = "service-account"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """A named person, a service account, the operator at the console, or the node itself (never a person).

    Args:
        name: user name; for the operator ``os:<login>``; for the node ``system``.
    """

    name: str
    kind: ActorKind
    roles: frozenset[tuple[Regime, Role]] = field(default_factory=frozenset)

    def require(self, regime: Regime, *roles: Role) -> None:
        """Refuse unless the actor holds one of the roles in the regime; the operator at the console is let through.

        Raises:
            Refused: ``actor.role``.
        """
        if self.kind is ActorKind.OPERATOR:
            return
        if not any((regime, role) in self.roles for role in roles):
            raise Refused("actor.role", regime=regime.value, needs=named(sorted(roles)))


SYSTEM = Actor(name="system", kind=ActorKind.SYSTEM)
