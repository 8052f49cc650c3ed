"""S11: a partner rewrites or hides an old entry of its log: found by the other node, and by an auditor who has only files.

Source: docs/protocol/evidence.md §6, §9, §10. The forger has its database and its keys, and makes everything anew but what
its partner countersigned.
"""

from __future__ import annotations

from dataclasses import dataclass

from comity.core.codes.exchange import Regime
from comity.core.evidence.event import Bilateral
from comity.core.evidence.export import ExportReport, check_against, open_export
from comity.core.evidence.trust import Anchors
from comity.core.oversight.bundle import open_bundle
from comity.demo.scenario.asking import asked
from comity.demo.scenario.databases import BE, MA
from comity.demo.scenario.people import AUDITOR, DPO, SALMA
from comity.demo.scenario.rewriting import altered, hidden, rewrite
from comity.demo.scenario.scene import Scene
from comity.demo.scenario.world import World
from comity.services.cases.answer import answer
from comity.services.context import Node
from comity.services.evidence import keyring
from comity.services.evidence.alarms import open_alarms
from comity.services.evidence.checkpoint import exchange_checkpoints
from comity.services.evidence.export import export_lines
from comity.services.evidence.sequence import open_log
from comity.services.evidence.unshown import watch_shown
from comity.services.evidence.verify import verify
from comity.services.oversight.look import bundle, replay

WHY = "yearly audit, file 12"


@dataclass(frozen=True, slots=True)
class Auditor:
    """Somebody with files and no node: both cards, and what a service hands over."""

    cards: tuple[bytes, ...]

    def opened(self, node: Node) -> ExportReport:
        """Verify the export of a service.

        Raises:
            InputError: ``evidence.*``.
        """
        return open_export(list(export_lines(node)), Anchors(cards=self.cards))

    def compared(self, node: Node, other: Node) -> int:
        """Compare the export of a service with what the other one countersigned, and return how many states there were."""
        return check_against(self.opened(node), self.opened(other))


def play(scene: Scene) -> None:
    """Exchange, countersign, let time pass; then forge, twice, and look at the other node and at the files."""
    world = scene.world
    uid = world.hold(world.ma)
    scene.day("Belgium asks, Morocco answers; each countersigns the other's log.")
    thread = asked(world)
    world.work()
    answer(world.ma, SALMA, thread, uid)
    world.work()
    world.show_logs()
    auditor = Auditor(tuple(keyring.trusted_cards(world.be)))
    _honest(scene, auditor, thread)
    world.forward(days=20)
    _hides(scene, auditor, thread)
    _alters(scene, auditor)


def _honest(scene: Scene, auditor: Auditor, thread: str) -> None:
    world = scene.world
    scene.shows(
        not any(verify(node).findings for node in world.nodes.values()), "both logs verify, entry by entry"
    )
    scene.shows(
        auditor.compared(world.ma, world.be) == 1 and auditor.compared(world.be, world.ma) == 1,
        "an auditor with the files of both finds that they tell the same story",
    )
    for node in world.nodes.values():
        scene.shows(
            replay(node, AUDITOR, thread, WHY).findings == (),
            f"replayed from the log of {node.service}, the thread follows from the agreement of its day",
        )


def _hides(scene: Scene, auditor: Auditor, thread: str) -> None:
    world = scene.world
    log = open_log(world.ma, Bilateral(BE, Regime.POLICE))
    scene.day(
        "Three weeks later Morocco lets the request never have come, and throws away all that contradicts it."
    )
    rewrite(world.ma, log, hidden, forget=True)
    scene.shows(verify(world.ma).findings == (), "by itself its log verifies again: it is a careful forger")
    scene.refused(
        "evidence.contradicted",
        lambda: auditor.compared(world.ma, world.be),
        "the auditor: Belgium's files hold a state that Morocco had signed, and that its log no longer has",
    )
    forged = open_bundle(bundle(world.ma, DPO, thread, WHY), Anchors(cards=auditor.cards))
    scene.shows(
        not all(step.covered_at for step in forged.steps),
        "Morocco's bundle of the thread shows steps that nobody has countersigned",
    )
    honest = open_bundle(bundle(world.be, DPO, thread, WHY), Anchors(cards=auditor.cards))
    scene.shows(
        honest.findings == () and all(step.covered_at for step in honest.steps),
        "Belgium's bundle of the same thread proves it still",
    )
    exchange_checkpoints(world.ma, world.network.channels)
    scene.shows(
        _alarms(world.ma) == {"evidence.behind": log.origin},
        "Morocco's node shows its log, is told what Belgium has of it, and stops with an alarm",
    )
    scene.shows(
        _alarms(world.be) == {"evidence.shrunk": log.origin},
        "Belgium's node sees it in the same moment, with an alarm that holds both states",
    )
    scene.refused(
        "evidence.behind",
        lambda: answer(world.ma, SALMA, _again(world), world.hold(world.ma)),
        "Morocco's node sends nothing more",
    )
    world.forward(minutes=16)
    _again(world)
    watch_shown(world.be)
    scene.shows(
        _alarms(world.be) == {"evidence.shrunk": log.origin, "evidence.unshown": log.origin},
        "and if it went on with other software, showing nothing: Belgium's alarm comes after a quarter of an hour",
    )


def _alters(scene: Scene, auditor: Auditor) -> None:
    world = scene.world
    log = open_log(world.be, Bilateral(MA, Regime.POLICE))
    scene.day("It is no better at home: Belgium makes of its old request a mere piece of information.")
    rewrite(world.be, log, altered)
    scene.refused(
        "evidence.root",
        lambda: auditor.opened(world.be),
        "the auditor: its own files hold what Morocco countersigned",
    )
    exchange_checkpoints(world.be, world.network.channels)
    alarms = [one for one in open_alarms(world.ma) if one.origin == log.origin]
    alarm = scene.one(alarms, "Morocco's node raises one alarm on Belgium's log")
    scene.shows(alarm.code == "evidence.fork", "Belgium shows its log, and Morocco's node finds the fork")
    scene.shows(
        alarm.proof.count(log.origin) >= 2, "with the proof: both states, each under Belgium's own signature"
    )


def _again(world: World) -> str:
    """Let a further request pass."""
    thread = asked(world, case="BE-2026-118")
    world.work()
    return thread


def _alarms(node: Node) -> dict[str, str]:
    return {one.code: one.origin for one in open_alarms(node)}
