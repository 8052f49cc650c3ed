"""Owe the partners concerned their notice of a breach, and chase it until their nodes have taken it.

Implements docs/protocol/rights.md §6. Source: LED Art. 30(6). The notice only protects: neither the state of an agreement nor
that of a partner stops it; if its message expires or is refused, another carries it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from comity.core.codes.exchange import Act, Regime, ServiceId
from comity.core.codes.languages import UNKNOWN
from comity.core.evidence.event import Bilateral, Event
from comity.core.instant import Instant
from comity.core.rights.codes import BreachNature
from comity.core.rights.messages import BREACH_NOTICE, BreachNoticeBody
from comity.errors import ComityError
from comity.services.context import SYSTEM, Node
from comity.services.evidence.record import record
from comity.services.exchange.receipts import on_receipt
from comity.services.exchange.submit import Outgoing, submit
from comity.storage.models.rights import Breach, BreachNotice
from comity.storage.rights import breaches as rows
from comity.storage.transaction import atomic

REPEAT = timedelta(hours=1)
BATCH = 50
MAX_THREADS = 500


def owe_notices(node: Node, row: Breach, searches: Mapping[str, int]) -> None:
    """Write down what each partner concerned is owed, in the running transaction.

    Args:
        searches: made at each partner and concerned; one with which nothing else is concerned is owed a notice too.
    """
    content = row.content or {}
    threads: dict[str, list[str]] = {partner: [] for partner, count in searches.items() if count}
    for partner, thread in content["threads"]:
        threads.setdefault(partner, []).append(thread)
    now = node.clock()
    for partner, named in sorted(threads.items()):
        body = BreachNoticeBody(
            breach=row.number,
            nature=BreachNature(row.nature),
            aware_at=row.aware_at,
            opened_at=row.opened_at,
            cases=len(named),
            searches=searches.get(partner, 0),
            persons=rows.count_persons(node.alias, row.regime, named),
            threads=tuple(named[:MAX_THREADS]),
            consequences=content["consequences"],
            measures=content["measures"],
            contact=content["contact"],
            language=content.get("language", UNKNOWN),
        )
        notice = BreachNotice(
            number=row.number, partner=partner, opened_at=now, next_at=now, body=body.json_body()
        )
        rows.add_notice(node.alias, notice)
        facts: dict[str, str | int] = {"breach": row.number, "cases": len(named)}
        scope = Bilateral(ServiceId(partner), Regime(row.regime))
        record(node, scope, Event("breach.notice-owed", now, facts))


def send_due(node: Node) -> int:
    """Send the notices that no partner has taken and whose time has come; how many. For the worker."""
    sent = 0
    for notice in rows.notices_due(node.alias, node.clock(), BATCH):
        try:
            _send(node, notice)
        except ComityError as error:
            with atomic(node.alias):
                later = node.clock() + REPEAT
                rows.change_notice(node.alias, notice, code=error.code, next_at=later)
            continue
        sent += 1
    return sent


@on_receipt(BREACH_NOTICE)
def notice_receipted(node: Node, message: str, received_at: Instant | None, code: str | None) -> None:
    """Settle the notice that a message carried, or let it be sent again."""
    notice = rows.carried_by(node.alias, message)
    if notice is None or notice.received_at is not None:
        return
    now = node.clock()
    if code is not None or received_at is None:
        again = now if received_at is None else now + REPEAT
        rows.change_notice(node.alias, notice, code=code or "message.expired", next_at=again)
        return
    rows.change_notice(node.alias, notice, received_at=received_at, next_at=None, code="", body=None)


def _send(node: Node, notice: BreachNotice) -> str:
    row = rows.breach(node.alias, notice.number, "")
    regime = node.config.regimes[0] if row is None else Regime(row.regime)

    def within(message: str) -> None:
        rows.change_notice(
            node.alias, notice, message=message, attempts=notice.attempts + 1, next_at=None, code=""
        )

    outgoing = Outgoing(
        partner=ServiceId(notice.partner),
        regime=regime,
        kind=BREACH_NOTICE,
        act=Act.NOTIFY,
        body=notice.body or {},
    )
    return submit(node, outgoing, SYSTEM, within=within)
