"""What the worker does besides delivering, and how often."""

from __future__ import annotations

from comity.services.breaches.owed import send_due
from comity.services.breaches.shown import watch_breaches
from comity.services.calls import forget_calls
from comity.services.cases import erase as cases
from comity.services.clocks.compare import compare_clocks
from comity.services.clocks.core_data import record_core
from comity.services.clocks.remind import remind
from comity.services.clocks.statistics import answer_statements
from comity.services.clocks.watch import record_missed
from comity.services.context import Node
from comity.services.egress.blocked import drop_old_blocked
from comity.services.erasures import keep
from comity.services.evidence.checkpoint import exchange_with
from comity.services.evidence.sequence import leaf, sequence
from comity.services.evidence.unshown import watch_shown
from comity.services.exchange.kept import drop_kept
from comity.services.health import fold_log
from comity.services.identification.attach import send_parts
from comity.services.identification.overdue import compare_overdue
from comity.services.overlap.upkeep import erase_overlaps, withdraw_offers
from comity.services.partners.refresh import refresh_confirmed
from comity.services.partners.rotate import announce_card, tend_keys
from comity.services.people.desk import drop_old_drafts
from comity.services.people.statements import erase_statements
from comity.services.probe.batch.run import give_up
from comity.services.probe.standing.run import run_due
from comity.services.probe.upkeep import (
    destroy_keys,
    erase_references,
    erase_searches,
    fetch_due,
    forget_answers,
    publish_due,
    sweep_replicas,
)
from comity.services.protection.consent import withdraw_due
from comity.services.protection.follow import follow_register, note_earlier
from comity.services.protection.owe import chase_due
from comity.services.register import erase as register
from comity.services.register.finding import snapshot
from comity.services.rights.keeping import erase_requests, watch_requests
from comity.services.rights.partners import confirm_due
from comity.services.watch.approve import end_waiting
from comity.services.watch.noticed import watch_due
from comity.services.watch.ratios import watch_ratios
from comity.services.watch.together import watch_together
from comity.worker.loop import PartnerTask, Task

INDEXED_AT_ONCE = 20_000
"""Subjects that one round takes into the index of the register."""


def _keep_index(node: Node) -> int:
    return sum(snapshot.keep(node, regime, INDEXED_AT_ONCE) for regime in node.config.regimes)


def tasks(node: Node) -> tuple[Task | PartnerTask, ...]:
    """Return the tasks of a node."""
    return (
        Task("number-evidence", 2.0, lambda n, _: sequence(n)),
        PartnerTask("countersign", float(node.config.checkpoint_seconds), exchange_with),
        Task("internal-leaf", 5.0, lambda n, _: leaf(n)),
        Task("watch-shown-logs", 60.0, lambda n, _: watch_shown(n)),
        Task("rotate-keys", 10.0, lambda n, _: tend_keys(n)),
        Task("announce-card", 10.0, lambda n, _: announce_card(n)),
        PartnerTask("refresh-cards", 30.0, refresh_confirmed),
        Task("publish-indexes", 30.0, publish_due),
        Task("fetch-indexes", 5.0, fetch_due),
        Task("forget-probe-answers", 60.0, forget_answers),
        Task("destroy-probe-keys", 600.0, destroy_keys),
        Task("sweep-replicas", 600.0, sweep_replicas),
        Task("standing-searches", 60.0, run_due),
        Task("give-up-batches", 3600.0, give_up),
        Task("erase-searches", 600.0, erase_searches),
        Task("erase-references", 600.0, erase_references),
        Task("withdraw-offers", 20.0, lambda n, _: withdraw_offers(n)),
        Task("erase-overlaps", 600.0, lambda n, _: erase_overlaps(n)),
        Task("watch-searches", 60.0, watch_due),
        Task("watch-searches-together", 3600.0, watch_together),
        Task("watch-follow-ups", 3600.0, watch_ratios),
        Task("end-waiting-follow-ups", 600.0, end_waiting),
        Task("keep-register-index", 20.0, lambda n, _: _keep_index(n)),
        Task("erase-expired", 60.0, lambda n, _: register.erase_due(n)),
        Task("erase-register-searches", 600.0, lambda n, _: register.erase_searches(n)),
        Task("erase-statements", 600.0, lambda n, _: erase_statements(n)),
        Task("record-missed-deadlines", 20.0, lambda n, _: record_missed(n)),
        Task("record-missed-core-data", 60.0, lambda n, _: record_core(n)),
        Task("remind", 30.0, lambda n, _: remind(n)),
        Task("compare-clocks", 300.0, compare_clocks),
        Task("send-file-parts", 2.0, lambda n, _: send_parts(n)),
        Task("compare-overdue-identifications", 300.0, compare_overdue),
        Task("answer-statistics", 30.0, lambda n, _: answer_statements(n)),
        Task("erase-cases", 60.0, lambda n, _: cases.erase_due(n)),
        Task("keep-journal", 3600.0, lambda n, _: keep(n)),
        Task("follow-register", 10.0, lambda n, _: follow_register(n)),
        Task("note-earlier-words", 10.0, lambda n, _: note_earlier(n)),
        Task("withdraw-consents", 10.0, lambda n, _: withdraw_due(n)),
        Task("chase-notices", 5.0, lambda n, _: chase_due(n)),
        Task("send-breach-notices", 5.0, lambda n, _: send_due(n)),
        Task("watch-breaches", 60.0, lambda n, _: watch_breaches(n)),
        Task("confirm-rights-searches", 60.0, lambda n, _: confirm_due(n)),
        Task("watch-rights", 300.0, lambda n, _: watch_requests(n)),
        Task("erase-rights", 600.0, lambda n, _: erase_requests(n)),
        Task("drop-drafts", 3600.0, lambda n, _: drop_old_drafts(n)),
        Task("drop-blocked-drafts", 3600.0, lambda n, _: drop_old_blocked(n)),
        Task("drop-kept-parts", 60.0, lambda n, _: drop_kept(n)),
        Task("fold-log", 60.0, lambda n, _: fold_log(n)),
        Task("forget-calls", 300.0, lambda n, _: forget_calls(n)),
    )
