"""The record of each transfer, read from the log, and the report of categories for the supervisory authority.

Implements docs/protocol/transfer.md §3; rules L19, L20. Source: Directive (EU) 2016/680 Art. 37(2) (categories of transfers
are told to the supervisory authority), 37(3) and 38(3) (date, time, recipient, justification and data are documented).
The log is the record: its entry names the message, the digest of its header and the ground; the header, which no party can
change without breaking that digest, says the rest. A message without its entry, or another than its entry says, shows.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from comity.core.agreement.standing import AgreementStanding
from comity.core.cases.consent import OVERRIDE_NOTICE
from comity.core.cases.statistics import Period
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.codes.marks import Role
from comity.core.codes.transfer import DEROGATIONS, TransferGround
from comity.core.envelope.fields import read_document
from comity.core.envelope.header import Header
from comity.core.envelope.limits import MANIFEST_BYTES, MANIFEST_DEPTH
from comity.core.evidence.event import Bilateral, read_leaf, scope_key
from comity.core.instant import Instant, write_instant
from comity.errors import InputError, PeerError, Refused
from comity.services.agreements.standing import standing
from comity.services.context import Actor, ActorKind, Node
from comity.storage.evidence import entries
from comity.storage.exchange import transfers as rows
from comity.storage.exchange.transfers import TransferRow
from comity.storage.models.exchange import Direction

WATCHERS = (Role.DATA_PROTECTION_OFFICER, Role.HEAD_OF_DESK, Role.AUDITOR)
LIMIT = 20_000
_LOGGED = {"out": "message.sent", "in": "message.accepted"}


@dataclass(frozen=True, slots=True)
class Record:
    """One transfer; nothing in it describes a person.

    Args:
        authority: competent authority that received it, as the agreement names it.
        reference: of the ground: decision, instrument or assessment. filing: at the supervisory authority.
        justification: clause under which it was permitted. decision: digest of the named person's decision.
        proven: whether the log says the same: this message, this header, this ground.
    """

    at: Instant
    message: str
    thread: str
    direction: str
    partner: str
    regime: str
    act: str
    agreement: str
    code: str
    authority: str
    purpose: str
    categories: tuple[str, ...]
    subjects: tuple[str, ...]
    ground: str
    reference: str
    filing: str | None
    justification: str
    decision: str | None
    proven: bool

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {
            **found,
            "at": write_instant(self.at),
            "categories": list(self.categories),
            "subjects": list(self.subjects),
        }


def transfer_records(
    node: Node,
    actor: Actor,
    period: Period,
    *,
    agreement: str | None = None,
    direction: Direction | None = None,
) -> list[Record]:
    """Return the records of the actor's regimes in a period, oldest first; at most `LIMIT`.

    Args:
        agreement: hash; None: all. direction: what we sent, or what we received; None: both.

    Raises:
        InputError: ``transfer.period``.
        Refused: ``actor.role``.
    """
    return _records(node, _regimes(node, actor), period, agreement, direction)


def _records(
    node: Node,
    regimes: Sequence[str],
    period: Period,
    agreement: str | None,
    direction: Direction | None = None,
) -> list[Record]:
    if period.before <= period.first:
        raise InputError("transfer.period")
    found = rows.transfers(
        node.alias,
        regimes,
        first=period.first,
        before=period.before,
        agreement=agreement,
        direction=None if direction is None else direction.value,
        limit=LIMIT,
    )
    logged = _logged(node, {(row.partner, row.regime) for row in found})
    standings = {name: standing(node, name) for name in {row.agreement for row in found}}
    return [_record(node, row, standings[row.agreement], logged) for row in found]


def report(node: Node, actor: Actor, period: Period, *, agreement: str | None = None) -> dict[str, Any]:
    """Return the report of categories for the supervisory authority, as a JSON value.

    Raises:
        InputError: ``transfer.period``.
        Refused: ``actor.role``.
    """
    return report_of(node, [Regime(each) for each in _regimes(node, actor)], period, agreement=agreement)


def report_of(
    node: Node, under: Sequence[Regime], period: Period, *, agreement: str | None = None
) -> dict[str, Any]:
    """Return the report on these regimes, for a caller whose right was checked.

    Raises:
        InputError: ``transfer.period``.
    """
    regimes = [each.value for each in under]
    found = _records(node, regimes, period, agreement)
    return {
        "service": node.service,
        "from": write_instant(period.first),
        "before": write_instant(period.before),
        "as_of": write_instant(node.clock()),
        "transfers": len(found),
        "unproven": [each.message for each in found if not each.proven],
        "categories": _summed(found),
        "derogations": _derogations(node, found),
        "emergencies": _emergencies(node, regimes, period),
    }


def _summed(found: Iterable[Record]) -> list[dict[str, Any]]:
    groups: dict[tuple[str, ...], list[Record]] = {}
    for each in found:
        key = (each.direction, each.partner, each.code, each.ground, each.purpose)
        groups.setdefault(key, []).append(each)
    return [
        {
            "direction": key[0],
            "partner": key[1],
            "agreement": key[2],
            "ground": key[3],
            "purpose": key[4],
            "authority": group[0].authority,
            "reference": group[0].reference,
            "filing": group[0].filing,
            "transfers": len(group),
            "acts": dict(sorted(Counter(each.act for each in group).items())),
            "categories": sorted({one for each in group for one in each.categories}),
            "subjects": sorted({one for each in group for one in each.subjects}),
            "first": write_instant(group[0].at),
            "last": write_instant(group[-1].at),
        }
        for key, group in sorted(groups.items())
    ]


def _derogations(node: Node, found: Sequence[Record]) -> list[dict[str, Any]]:
    """Return the counter of each derogation that this service has used in the period, as it stands now."""
    used = {
        (each.agreement, each.code, each.partner, each.ground)
        for each in found
        if each.direction == Direction.OUT and TransferGround(each.ground) in DEROGATIONS
    }
    now, counters = node.clock(), []
    for agreement, code, partner, ground in sorted(used):
        there = standing(node, agreement)
        profile = None if there is None else there.agreement.profile(node.service)
        stated = None if profile is None else profile.derogation
        if stated is None or stated.cap is None:
            continue
        made = rows.made_on(
            node.alias,
            Direction.OUT.value,
            partner,
            agreement,
            ground,
            after=now - stated.cap.within,
        )
        counters.append(
            {
                "agreement": code,
                "ground": ground,
                "made": made,
                "cap": stated.cap.transfers,
                "within_days": stated.cap.within.days,
            }
        )
    return counters


def _emergencies(node: Node, regimes: Sequence[str], period: Period) -> list[dict[str, Any]]:
    found = rows.of_kind(node.alias, regimes, [OVERRIDE_NOTICE], first=period.first, before=period.before)
    return [
        {
            "at": write_instant(row.sent_at),
            "direction": row.direction,
            "owner": row.partner if row.direction == Direction.OUT else node.service,
            "by": node.service if row.direction == Direction.OUT else row.partner,
            "thread": row.thread,
            "state": row.state,
        }
        for row in found
    ]


def _regimes(node: Node, actor: Actor) -> list[str]:
    if actor.kind is ActorKind.OPERATOR:
        return [regime.value for regime in node.config.regimes]
    found = [
        regime for regime in node.config.regimes if any((regime, role) in actor.roles for role in WATCHERS)
    ]
    if not found:
        raise Refused("actor.role", regime=next(iter(node.config.regimes), Regime.POLICE).value)
    return [regime.value for regime in found]


def _logged(node: Node, lanes: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """Return digest of the header and ground of every transfer in the logs with these partners, by kind and message."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for partner, regime in lanes:
        scope = scope_key(Bilateral(ServiceId(partner), Regime(regime)))
        for octets in entries.leaves(node.alias, scope):
            if b'"ground":' not in octets or b'"kind":"message.' not in octets:
                continue
            leaf = read_leaf(octets)
            facts = leaf.facts
            if "message" in facts and "header" in facts and "ground" in facts:
                found[leaf.kind, str(facts["message"])] = (str(facts["header"]), str(facts["ground"]))
    return found


def _record(
    node: Node,
    row: TransferRow,
    there: AgreementStanding | None,
    logged: dict[tuple[str, str], tuple[str, str]],
) -> Record:
    header = _header(row)
    said = logged.get((_LOGGED[row.direction], row.message))
    digest = hashlib.sha256(row.header).hexdigest()
    ways = (node.service, row.partner) if row.direction == Direction.OUT else (row.partner, node.service)
    sender, recipient = [None if there is None else there.agreement.profile(each) for each in ways]
    stated = next((each for each in (sender.grounds if sender else ()) if each.ground == row.ground), None)
    return Record(
        at=row.sent_at if header is None else header.sent_at,
        message=row.message,
        thread=row.thread,
        direction=row.direction,
        partner=row.partner,
        regime=row.regime,
        act="" if header is None else header.act.value,
        agreement=row.agreement,
        code="" if there is None else there.agreement.code,
        authority=ways[1] if recipient is None else recipient.authority,
        purpose=_value(row.purpose if header is None else header.purpose),
        categories=() if header is None else tuple(each.value for each in header.data),
        subjects=() if header is None else tuple(each.value for each in header.subjects),
        ground=row.ground,
        reference="" if stated is None else stated.reference,
        filing=None if stated is None else stated.filing,
        justification=_value(row.clause if header is None else header.clause),
        decision=None if header is None else header.decision,
        proven=said == (digest, row.ground) and header is not None,
    )


def _value(named: str | None) -> str:
    return "" if named is None else str(named)


def _header(row: TransferRow) -> Header | None:
    """Return the header of a transfer; None when what is stored is none any more, which the record then shows."""
    try:
        return read_document(
            Header, row.header, code="envelope.manifest", limit=MANIFEST_BYTES, depth=MANIFEST_DEPTH
        )
    except PeerError:
        return None
