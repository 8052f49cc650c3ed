"""What one exchange costs at most, in statements and in commits: the part of its price that no processor makes cheaper.

A batch costs the same whatever it holds. Whoever adds a statement to the way of every batch changes a number here.
"""

from __future__ import annotations

import pytest
from tests.federation.costs import Cost, counted
from tests.federation.world import OFFICER, World, make_world

from comity.core.codes.exchange import Act
from comity.services.context import Node
from comity.services.exchange.deliver import BATCH_MESSAGES, ROUNDS, deliver_due
from comity.services.exchange.handlers import Message, handler
from comity.services.exchange.submit import submit_many

pytestmark = pytest.mark.django_db(transaction=True, databases=["be", "ma", "third"])

SUBMIT, DELIVER, RECEIVE, LOCK = 7, 12, 7, 1
"""Statements for one batch; the recipient needs one more on PostgreSQL, the lock."""

FOLLOWING = 10
"""Statements of the sender for each further batch under the same claim."""


@handler("test.silent", frozenset(Act))
def silent(node: Node, message: Message) -> None:
    """Do nothing: what a handler costs is its own."""


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


def exchange(world: World, messages: int) -> tuple[Cost, Cost, Cost]:
    """Send messages, the lane and the log being there already; return the costs of submitting, delivering, receiving."""
    for count in (1, messages):
        outgoing = [world.outgoing(kind="test.silent") for _ in range(count)]
        with counted("be") as submitted:
            submit_many(world.be, outgoing, OFFICER)
        with counted("be") as delivered, counted("ma") as received:
            assert deliver_due(world.be, world.network.channels) == count
    return submitted, delivered, received


@pytest.mark.parametrize("messages", [1, BATCH_MESSAGES])
def test_a_batch_costs_the_same_whatever_it_holds(world: World, messages: int) -> None:
    submitted, delivered, received = exchange(world, messages)
    lock = LOCK if any("advisory" in one for one in received.statements) else 0
    assert submitted.queries <= SUBMIT, submitted.statements
    assert delivered.queries <= DELIVER, delivered.statements
    assert received.queries <= RECEIVE + lock, received.statements
    # The submission; the batch with its claim; the effect with its receipt; the receipt with the end of the claim.
    assert (submitted.commits, delivered.commits, received.commits) == (1, 2, 1)


def test_batches_in_a_row_share_their_transactions(world: World) -> None:
    batches = 4
    submitted, delivered, received = exchange(world, batches * BATCH_MESSAGES)
    assert batches <= ROUNDS
    assert submitted.queries <= SUBMIT, submitted.statements
    assert delivered.queries <= DELIVER + (batches - 1) * FOLLOWING, delivered.statements
    assert received.queries <= batches * (RECEIVE + LOCK), received.statements
    assert (submitted.commits, delivered.commits, received.commits) == (1, batches + 1, batches)
