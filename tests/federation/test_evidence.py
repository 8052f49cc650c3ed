"""Evidence between two nodes over their real calls: countersigned after an exchange, and stopped after a rollback."""

from __future__ import annotations

from typing import Any

import pytest
from tests.federation.world import BE, MA, OFFICER, World, make_card, node_keys

from comity.core.codes.exchange import Act, Regime
from comity.core.evidence.event import Bilateral
from comity.core.evidence.export import check_against, open_export
from comity.errors import NodeError
from comity.services.calls import answer_call
from comity.services.evidence import alarms, handlers
from comity.services.evidence.checkpoint import exchange_checkpoints
from comity.services.evidence.export import export_lines
from comity.services.evidence.sequence import open_log
from comity.services.exchange.deliver import deliver_due
from comity.services.exchange.receive import receive_batch
from comity.services.exchange.submit import submit, submit_many
from comity.storage import partners
from comity.storage.evidence import checkpoints, entries
from comity.storage.models.evidence import EvidenceEntry, EvidenceLog, EvidenceTile

DATABASES = ["be", "ma", "third"]
pytestmark = pytest.mark.django_db(databases=DATABASES)
WITH_MA, WITH_BE = Bilateral(MA, Regime.POLICE), Bilateral(BE, Regime.POLICE)


@pytest.fixture
def joined(world: World) -> World:
    """Return the world with calls as well as batches, and each node's own card on file."""
    assert handlers.on_checkpoint
    for service, node in world.nodes.items():
        partners.add_own_card(node.alias, 1, make_card(service, node_keys(service))[1], world.clock())

        def endpoint(path: str, body: bytes, node: Any = node) -> bytes:
            return answer_call(node, body) if path.endswith("call") else receive_batch(node, body)

        world.network.endpoints[service] = endpoint
    return world


def _exchange(world: World, count: int) -> None:
    submit_many(world.be, [world.outgoing({"n": number}) for number in range(count)], OFFICER)
    assert deliver_due(world.be, world.network.channels) == count


def test_both_logs_are_countersigned_and_agree(joined: World) -> None:
    _exchange(joined, 7)
    for node in (joined.be, joined.ma):
        assert exchange_checkpoints(node, joined.network.channels) == 1
        assert exchange_checkpoints(node, joined.network.channels) == 0
    ours, theirs = (open_export(export_lines(node)) for node in (joined.be, joined.ma))
    for report, other in ((ours, theirs), (theirs, ours)):
        (log,) = report.logs
        assert log.covered == log.size > 7
        assert check_against(report, other) == 1


def test_a_suspended_partner_still_countersigns(joined: World) -> None:
    from tests.federation.world import set_state

    _exchange(joined, 1)
    set_state(joined.be, MA, "suspended")
    set_state(joined.ma, BE, "suspended")
    assert exchange_checkpoints(joined.be, joined.network.channels) == 1


def test_a_node_that_was_rolled_back_sends_nothing_but_protection(joined: World) -> None:
    _exchange(joined, 5)
    exchange_checkpoints(joined.be, joined.network.channels)
    log = open_log(joined.be, WITH_MA)
    EvidenceEntry.objects.using("be").filter(log=log).delete()
    EvidenceTile.objects.using("be").filter(log=log).delete()
    checkpoints.EvidenceCheckpoint.objects.using("be").filter(log=log).delete()
    EvidenceLog.objects.using("be").filter(pk=log.pk).update(size=0, covered=0, checkpoints=0)
    entries.doubt_all("be")
    assert exchange_checkpoints(joined.be, joined.network.channels) == 0
    assert [one.code for one in alarms.open_alarms(joined.be)] == ["evidence.behind"]
    with pytest.raises(NodeError, match=r"evidence\.behind"):
        submit(joined.be, joined.outgoing({"n": 1}), OFFICER)
    submit(joined.be, joined.outgoing({"n": 1}, act=Act.RECALL, agreement=None, purpose=None), OFFICER)
