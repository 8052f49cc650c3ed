"""A suspension counts for the next message and the next call on every path; so does the end of a key.

What still flows is listed here by name: whoever adds a kind of message or of call that passes to a suspended partner changes
this list, and says why.
"""

from __future__ import annotations

from collections import Counter

import pytest
from tests.federation.world import BE, MA, THIRD, World, make_card, make_world, node_keys, set_state

from comity.core.codes.exchange import ALWAYS_PERMITTED, Act, Regime, ServiceId
from comity.core.crypto.agent import TokenType
from comity.core.envelope.call import CallDocument, digest_of, pack_call, read_call
from comity.core.envelope.header import message_id
from comity.errors import ComityError, Refused
from comity.services import calls, wiring
from comity.services.exchange import handlers
from comity.services.health import NODE_TROUBLE
from comity.services.partners.directory import signing_keys
from comity.storage import partners
from comity.transport.channel import Channel
from comity.worker.loop import PartnerTask
from comity.worker.tasks import tasks

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
STOPPED = ("suspended", "revoked")
OWN = "comity."

CALLS_THAT_FLOW = {
    "call-back",
    "case-clocks",
    "checkpoint",
    "checkpoint-last",
    "identifications-overdue",
    "receipts",
}
"""Evidence, receipts and clocks: what both sides need to agree on what has happened."""

MESSAGES_THAT_FLOW = {
    "acknowledgement",
    "agreement-stop",
    "breach-notice",
    "consent-withdrawal",
    "erase",
    "extension",
    "lateness",
    "override-notice",
    "recall",
    "rectification",
    "restriction",
    "rights-search",
    "rights-searched",
    "statistics",
    "statistics-finding",
}
"""What only protects: recalls, erasures, corrections, restrictions, stops, notices, rights of persons, clocks, figures."""


@pytest.fixture
def world(db: None) -> World:
    wiring.connect()
    made = make_world(endpoints=lambda node: lambda path, body: calls.answer_call(node, body))
    for service, node in made.nodes.items():
        partners.add_own_card(node.alias, 1, make_card(service, node_keys(service))[1], made.clock())
    return made


def own_calls() -> dict[str, bool]:
    """Return the calls that the product answers, each with whether a suspended partner may make it."""
    found = calls._handlers
    return {name: one.protective for name, one in found.items() if one.function.__module__.startswith(OWN)}


def called(world: World, name: str) -> bytes:
    now = world.clock()
    document = CallDocument(
        id=message_id(now, world.be.random(10)),
        name=name,
        sender=BE,
        recipient=MA,
        regime=Regime.POLICE,
        at=now,
        body={},
        attachment=digest_of(b""),
    )
    return pack_call(world.be.keys.sign(Regime.POLICE, TokenType.CALL, [document.octets()])[0], b"")


def test_the_calls_that_still_flow_are_these() -> None:
    wiring.connect()
    assert {name for name, protective in own_calls().items() if protective} == CALLS_THAT_FLOW


def test_the_messages_that_still_flow_are_these() -> None:
    wiring.connect()
    found = {
        kind
        for kind, one in handlers._handlers.items()
        if one.function.__module__.startswith(OWN) and one.acts & ALWAYS_PERMITTED
    }
    assert found == MESSAGES_THAT_FLOW


@pytest.mark.parametrize("state", STOPPED)
def test_every_other_call_of_a_stopped_partner_is_refused(world: World, state: str) -> None:
    others = sorted(name for name, protective in own_calls().items() if not protective)
    assert len(others) > 4
    for name in others:
        set_state(world.ma, BE, "confirmed")
        try:
            calls.answer_call(world.ma, called(world, name))
        except ComityError as error:
            raise AssertionError(f"{name} is refused to a partner in good standing: {error.code}") from error
        set_state(world.ma, BE, state)
        with pytest.raises(Refused, match=rf"partner\.{state}"):
            calls.answer_call(world.ma, called(world, name))


@pytest.mark.parametrize("state", STOPPED)
def test_no_call_that_protects_nobody_is_made_to_a_stopped_partner(world: World, state: str) -> None:
    set_state(world.be, MA, state)
    for name, protective in own_calls().items():
        if not protective:
            with pytest.raises(Refused, match=rf"partner\.{state}"):
                calls.call(world.be, world.network.channels, MA, Regime.POLICE, name, {})
    assert not world.network.seen


@pytest.mark.parametrize("state", STOPPED)
def test_no_task_of_the_worker_speaks_to_a_stopped_partner_but_for_evidence(world: World, state: str) -> None:
    made: Counter[str] = Counter()

    def channels(partner: ServiceId) -> Channel:
        found = world.network.channels(partner)

        class Seen:
            def post(self, path: str, body: bytes) -> bytes:
                made[read_call(body).claimed.name if path == calls.PATH else path] += 1
                return found.post(path, body)

            def get(self, path: str) -> bytes:
                made[path] += 1
                return found.get(path)

        return Seen()

    set_state(world.be, MA, state)
    for task in tasks(world.be):
        try:
            if isinstance(task, PartnerTask):
                task.run(world.be, channels, MA)
            else:
                task.run(world.be, channels)
        except (ComityError, *NODE_TROUBLE):
            continue  # as the worker does; within the transaction of a test the log of the database cannot be folded
    assert set(made) <= CALLS_THAT_FLOW


def test_a_key_ends_at_its_instant_on_every_path(world: World) -> None:
    """The end of a key stands in the card; each use asks for the keys that hold now."""
    assert signing_keys(world.ma, BE, Regime.POLICE, world.clock())
    calls.answer_call(world.ma, called(world, "replica"))
    world.clock.forward(days=800)
    assert not signing_keys(world.ma, BE, Regime.POLICE, world.clock())
    with pytest.raises(ComityError, match=r"signature\.unknown-key"):
        calls.answer_call(world.ma, called(world, "replica"))


def test_what_flows_is_no_way_around(world: World) -> None:
    """No act that is always permitted carries a request, an answer, an index or words of a case."""
    carrying = {Act.REQUEST, Act.REPLY, Act.REFUSE, Act.INFORM, Act.PUBLISH_INDEX, Act.ATTACH, Act.CLARIFY}
    assert not carrying & ALWAYS_PERMITTED
    assert THIRD not in world.nodes
