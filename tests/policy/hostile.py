"""A partner whose own node asks neither the law nor the agreement: it signs what it likes, and ours decides alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.cases.cast import SALMA, deliver
from tests.federation.world import BE, World
from tests.policy.scene import code_of
from tests.told import marked

from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory
from comity.core.instant import Instant
from comity.core.policy.decide import Decision, Permit, ProposedAct
from comity.services.context import Node
from comity.services.exchange.deliver import deliver_due
from comity.services.exchange.submit import Outgoing, submit
from comity.services.exchange.trust import Decider

CLAUSE = "terrorism.request"


@contextmanager
def lawless() -> Iterator[None]:
    """Let the nodes of this process submit without the statutory prohibitions."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("comity.core.policy.decide.prohibited", lambda act, agreement, clause: ())
        yield


class _Unbound(Decider):
    """Permits everything."""

    def decide(self, act: ProposedAct, agreement: str | None, at: Instant) -> Decision:
        return Permit(act.clause)


@contextmanager
def unbound() -> Iterator[None]:
    """Let the nodes of this process submit whatever they are given; how they receive is as ever."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("comity.services.exchange.submit.Decider", _Unbound)
        patched.setattr("comity.services.exchange.submit.form_grounds", lambda regime, kind: ())
        yield


def sent_unbound(world: World, node: Node, outgoing: Outgoing) -> tuple[str, str | None]:
    """Let a node send without asking anything; return how it ended at its partner's."""
    with unbound():
        message = submit(node, outgoing, SALMA)
    for _ in range(2):
        world.clock.forward(seconds=1)
        for each in world.nodes.values():
            deliver_due(each, world.network.channels)
    return code_of(node, message)


def telling(agreement: str, body: dict[str, Any] | None = None, **header: Any) -> Outgoing:
    """Return information on a suspect from the Moroccan node, lawful unless body or header are changed."""
    content = {
        "matter": "a driver on his way",
        "reasons": "he booked a passage to Ostend",
        "subject": {"fields": {"names": []}},
        "handling": "H1",
        "evaluation": "B2",
        "subject_category": "suspect",
        **(body or {}),
    }
    content = marked(content)
    claims: dict[str, Any] = {
        "act": Act.INFORM,
        "data": frozenset({DataCategory.NAMES}),
        "subjects": frozenset({SubjectCategory.SUSPECT}),
        "handling": Handling.H1,
        "decision": "0" * 64,
        "agreement": agreement,
        "clause": CLAUSE,
        "purpose": Purpose.TERRORISM,
        **header,
    }
    return Outgoing(BE, Regime.POLICE, "information", body=content, **claims)


def sent_lawless(world: World, outgoing: Outgoing) -> tuple[str, str | None]:
    """Let the Moroccan node send without asking the law; return how it ended at the Belgian one."""
    with lawless():
        message = submit(world.ma, outgoing, SALMA)
    deliver(world)
    return code_of(world.ma, message)
