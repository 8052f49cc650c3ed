"""A partner rewrites, hides or cuts off old entries of its log in ways that scenario S11 (`demo/scenario`) does not play.

Two nodes, real envelopes and calls. Detected by the other node at the next checkpoint, and offline, by a third party
who has files and neither node: from the countersigned states in the forger's own export, in the other party's export,
and in the bundle of the very thread.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from tests.cases.cast import DPO, SALMA, ask, deliver
from tests.federation.world import BE, MA, World, make_card, node_keys
from tests.oversight.test_replay import WHY, codes, covered, desks

from comity.core.codes.exchange import Regime
from comity.core.evidence.event import Bilateral
from comity.core.evidence.export import check_against, open_export
from comity.core.evidence.trust import Anchors
from comity.core.oversight.bundle import open_bundle
from comity.demo.scenario.rewriting import Change, altered, cut_off, hidden, rewrite
from comity.errors import InputError
from comity.services.agreements.standing import find_agreement
from comity.services.cases.answer import answer
from comity.services.evidence.alarms import open_alarms
from comity.services.evidence.checkpoint import exchange_checkpoints
from comity.services.evidence.export import export_lines
from comity.services.evidence.sequence import open_log
from comity.services.evidence.unshown import watch_shown
from comity.services.evidence.verify import verify
from comity.services.oversight.look import bundle, replay
from comity.services.oversight.packed import pack

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
WITH_BE = Bilateral(BE, Regime.POLICE)
KNOWN = Anchors(cards=tuple(make_card(service, node_keys(service))[1] for service in (BE, MA)))


@pytest.fixture
def exchanged() -> tuple[World, str]:
    """A request and its answer, countersigned by both, weeks ago."""
    world, agreement = desks()
    thread = ask(world, agreement)
    deliver(world)
    answer(world.ma, SALMA, thread)
    deliver(world)
    covered(world)
    world.clock.forward(days=20)
    return world, thread


def exported(world: World, service: str, folder: Path) -> Path:
    """Write what a service hands to an auditor."""
    node = world.nodes[BE if service == BE else MA]
    path = folder / f"{service}.export"
    path.write_bytes(b"".join(export_lines(node)))
    return path


def command(*words: object) -> tuple[int, str]:
    """Run the offline verifier in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-m", "comity.cli", "evidence", *map(str, words), "--json"],
        capture_output=True,
        check=False,
        text=True,
    )
    return ran.returncode, ran.stdout + ran.stderr


def lines(path: Path) -> Iterable[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def test_as_long_as_nobody_lies_everything_holds(exchanged: tuple[World, str], tmp_path: Path) -> None:
    world, thread = exchanged
    for node in (world.be, world.ma):
        assert codes(replay(node, DPO, thread, WHY)) == []
    ours, theirs = exported(world, BE, tmp_path), exported(world, MA, tmp_path)
    status, told = command("verify-export", theirs, "--against", ours)
    assert status == 0, told
    assert json.loads(told)["compared"] == 1


@pytest.mark.parametrize(
    ("change", "forget", "alarm"),
    [
        (altered, True, "evidence.fork"),
        (hidden, False, "evidence.fork"),
        (cut_off, True, "evidence.shrunk"),
    ],
)
class TestThePartnerRewrites:
    def test_the_other_node_sees_it_at_the_next_checkpoint(
        self, exchanged: tuple[World, str], change: Change, alarm: str, forget: bool
    ) -> None:
        world, _ = exchanged
        log = open_log(world.ma, WITH_BE)
        rewrite(world.ma, log, change, forget=forget)
        if alarm == "evidence.fork":
            # Life goes on at the forger's, so that its log is as long as before, and longer.
            go_on(world)
        exchange_checkpoints(world.ma, world.network.channels)
        found = {one.code: one for one in open_alarms(world.be) if one.origin == log.origin}
        if forget and change is not cut_off:
            # It shows its log as if for the first time, is told what Belgium knows, and stops by its own software.
            assert [one.code for one in open_alarms(world.ma)] == ["evidence.behind"]
            assert found == {}
            # With other software it goes on, and never shows its log again.
            assert watch_shown(world.be) == 0
            go_on(world)
            world.clock.forward(minutes=16)
            go_on(world)
            assert watch_shown(world.be) == 1
            [unshown] = open_alarms(world.be)
            assert (unshown.code, unshown.origin) == ("evidence.unshown", log.origin)
            return
        proof = found[alarm].proof
        assert proof.count(log.origin) >= 2, "both states, each under the forger's own signature"

    def test_an_auditor_sees_it_offline(
        self, exchanged: tuple[World, str], change: Change, alarm: str, forget: bool, tmp_path: Path
    ) -> None:
        world, _ = exchanged
        ours = exported(world, BE, tmp_path)
        rewrite(world.ma, open_log(world.ma, WITH_BE), change, forget=forget)
        theirs = exported(world, MA, tmp_path)
        # It is sound in itself, for it holds no countersigned state any more; Belgium's export convicts it.
        assert {log.covered for log in open_export(lines(theirs), KNOWN).logs} == {0}
        with pytest.raises(InputError, match=r"^evidence\.(root|contradicted)"):
            check_against(open_export(lines(theirs), KNOWN), open_export(lines(ours), KNOWN))
        status, told = command("verify-export", theirs, "--against", ours)
        assert status == 1
        assert "evidence." in told

    def test_the_forgers_own_bundle_no_longer_proves_the_thread(
        self, exchanged: tuple[World, str], change: Change, alarm: str, forget: bool, tmp_path: Path
    ) -> None:
        world, thread = exchanged
        ours = exported(world, BE, tmp_path)
        rewrite(world.ma, open_log(world.ma, WITH_BE), change, forget=forget)
        files = bundle(world.ma, DPO, thread, WHY)
        judged = open_bundle(files, KNOWN)
        assert not all(step.covered_at for step in judged.steps), "nobody has countersigned what it tells now"
        path = tmp_path / "bundle.zip"
        path.write_bytes(pack(files))
        status, told = command("verify-bundle", path, "--against", ours)
        assert status == 1
        assert "bundle." in told
        # The honest side's bundle of the same thread proves it still.
        honest = open_bundle(bundle(world.be, DPO, thread, WHY), KNOWN)
        assert codes(honest) == []
        assert all(step.covered_at for step in honest.steps)


def go_on(world: World) -> None:
    """Let a further request pass."""
    ask(world, find_agreement(world.be, "BE-MA-2025"))
    deliver(world)


def test_a_partner_that_shows_its_log_or_is_away_is_not_suspected(exchanged: tuple[World, str]) -> None:
    world, _ = exchanged
    for _ in range(3):
        go_on(world)
        world.clock.forward(minutes=10)
        covered(world)
    go_on(world)
    world.clock.forward(days=3)
    assert [watch_shown(node) for node in (world.be, world.ma)] == [0, 0]


def test_the_forger_cannot_even_fool_its_own_verifier(exchanged: tuple[World, str]) -> None:
    """Whoever alters an entry and nothing else is found by `comity evidence verify`, which names the entry."""
    from comity.storage.models.evidence import EvidenceEntry

    world, _ = exchanged
    log = open_log(world.ma, WITH_BE)
    row = EvidenceEntry.objects.using("ma").get(log=log, number=2)
    row.leaf = bytes(row.leaf).replace(b'"at":"2026', b'"at":"2025', 1)
    row.save(using="ma")
    [finding] = verify(world.ma).findings
    assert (finding.code, finding.entry) == ("evidence.damaged-entry", 2)
