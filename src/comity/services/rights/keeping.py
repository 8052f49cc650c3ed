"""What becomes of requests with time: overdue ones are an alarm, answered ones are erased after three years.

Implements docs/protocol/rights.md §7. Source: LED Art. 5, 12(3), 15(4). That somebody asked, when and how long it took stays
in the log; who asked, what was found, decided and answered goes with the salts of its entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from comity.core.codes.exchange import Regime
from comity.core.evidence.event import Bilateral, Event, Internal
from comity.core.instant import write_instant
from comity.services import erasures
from comity.services.context import Node
from comity.services.evidence.alarms import raise_alarm
from comity.services.evidence.erase import destroy_salt
from comity.services.evidence.record import record
from comity.services.rights import ledger
from comity.storage.models.rights import RightsRequest
from comity.storage.protection import passages
from comity.storage.rights import disclosures
from comity.storage.rights import requests as rows
from comity.storage.transaction import atomic

OVERDUE = "rights.overdue"
KEPT = timedelta(days=1095)
BATCH = 100


def watch_requests(node: Node) -> int:
    """Raise an alarm for each request that is due and not answered; how many are. For the worker."""
    found = rows.overdue(node.alias, node.clock(), BATCH)
    for row in found:
        scope = Bilateral(node.service, Regime(row.regime))
        raise_alarm(node, OVERDUE, f"rights/{row.number}", scope, write_instant(row.due_at))
    return len(found)


def erase_requests(node: Node) -> int:
    """Erase the words of requests answered three years ago, and the ledger of that time; how many. For the worker."""
    before = node.clock() - KEPT
    due = rows.to_erase(node.alias, before, BATCH)
    for row in due:
        with atomic(node.alias):
            erasures.journal(node, "rights-request", [row.number])
            _gone(node, row)
    with atomic(node.alias):
        now = node.clock()
        gone = disclosures.erase_before(node.alias, now - ledger.KEPT)
        if gone:
            record(node, Internal(), Event("rights.ledger-erased", now, {"disclosures": gone}))
    return len(due) + gone


@erasures.replays("rights-request")
def erase_requests_again(node: Node, numbers: Sequence[str]) -> None:
    """Erase requests that a restored backup brought back."""
    for number in numbers:
        row = rows.request(node.alias, number)
        if row is not None and row.erased_at is None:
            _gone(node, row)


def _gone(node: Node, row: RightsRequest) -> None:
    now = node.clock()
    rows.change_request(node.alias, row, content=None, search=None, decision=None, letter=None, erased_at=now)
    # What the person told of itself stands in the signed messages between the services too.
    sent = [(each.partner, each.message) for each in rows.asked(node.alias, row.number)]
    for partner, message in [*sent, *([(row.partner, row.message)] if row.message else [])]:
        passages.forget_content(node.alias, partner, [message])
        destroy_salt(node, message)
    destroy_salt(node, row.number)
    facts: dict[str, str | int] = {"request": row.number, "ground": "retention"}
    record(node, Internal(), Event("rights.erased", now, facts))
