"""Gathers the dossier of one exchange from what this node holds. Implements docs/protocol/oversight.md §2.

Reads only. Whoever calls has checked the role and records the look (`comity.services.oversight.look`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable

from comity.core.agreement.profile import ChangeEffect, ChangeKind, StatedGround
from comity.core.agreement.standing import StopKind
from comity.core.codes.assertions import assertions_in
from comity.core.codes.exchange import Purpose, PurposeGroup, Regime, ServiceId
from comity.core.codes.marks import Assertion
from comity.core.crypto.encoding import to_text
from comity.core.envelope.batch import payload_of
from comity.core.evidence import tree
from comity.core.evidence.event import Bilateral, scope_key
from comity.core.oversight.dossier import (
    FORMAT,
    Dossier,
    ShownAgreement,
    ShownBatch,
    ShownChange,
    ShownEntry,
    ShownMessage,
    ShownSearch,
    ShownSignature,
    ShownStop,
    ShownTurn,
    Way,
)
from comity.core.policy.transfer import derogation_of
from comity.services.agreements.standing import standing
from comity.services.clocks.course import course
from comity.services.context import Node
from comity.services.evidence import keyring
from comity.services.evidence.sequence import reader
from comity.services.partners.directory import stored_card
from comity.storage import agreements, cases, probe
from comity.storage.evidence import found
from comity.storage.evidence.found import FoundEntry
from comity.storage.exchange import status
from comity.storage.exchange.transfers import made_before
from comity.storage.models.agreements import StoredAgreement
from comity.storage.models.evidence import EvidenceLog
from comity.storage.models.exchange import Direction, ExchangedMessage
from comity.storage.models.probe import ProbeAnswered, ProbeAsked


def gather_thread(node: Node, partner: ServiceId, regime: Regime, thread: str) -> Dossier:
    """Return the dossier of a thread with a partner."""
    rows = [
        row
        for row in status.thread(node.alias, thread)
        if row.partner == partner and row.regime == regime.value
    ]
    batches = {row.batch for row in rows if row.batch is not None}
    cited = sorted({row.agreement for row in rows if row.agreement is not None})
    derogations = _derogations(node, partner, cited)
    shown, entries = (
        _agreements(node, cited),
        _entries_of(node, partner, regime, rows, thread, batches, cited),
    )
    return _dossier(node, partner, regime, thread, shown, entries).model_copy(
        update={
            "messages": tuple(_message(row, _derogated(node, row, derogations)) for row in rows),
            "batches": tuple(
                ShownBatch(
                    batch=each.batch,
                    way=Way.OUT if each.sent else Way.IN,
                    manifest=None if each.manifest is None else to_text(each.manifest),
                    receipt=each.receipt.decode("ascii") if each.sent else to_text(each.receipt),
                )
                for each in status.receipts(node.alias, partner, batches)
            ),
            "turns": _turns(node, partner, thread),
        }
    )


def gather_search(node: Node, row: ProbeAsked | ProbeAnswered) -> Dossier:
    """Return the dossier of a search, asked or answered."""
    partner, regime = ServiceId(row.partner), Regime(row.regime)
    asked = isinstance(row, ProbeAsked)
    names = [f'"search":"{row.rid}"'.encode(), *_stops_named([row.agreement])]
    entries = found.entries_naming(node.alias, scope_key(Bilateral(partner, regime)), names)
    search = ShownSearch(
        way=Way.OUT if asked else Way.IN,
        agreement=row.agreement,
        group=PurposeGroup(row.group),
        purpose=Purpose(row.purpose) if isinstance(row, ProbeAsked) else None,
        at=row.asked_at if isinstance(row, ProbeAsked) else row.at,
        today=row.today,
        in_case=row.in_case,
        state=str(row.state) if isinstance(row, ProbeAsked) else "answered",
        code=row.code if isinstance(row, ProbeAsked) else "",
        commitment=row.commitment,
    )
    shown = _agreements(node, [row.agreement])
    return _dossier(node, partner, regime, row.rid, shown, entries).model_copy(update={"search": search})


def find_search(node: Node, rid: str, regimes: Collection[Regime]) -> ProbeAsked | ProbeAnswered | None:
    """Return a search of these regimes that this node asked or answered; another is not read."""
    return probe.overseen(node.alias, rid, sorted(regimes))


def find_messages(node: Node, thread: str, regimes: Collection[Regime]) -> list[ExchangedMessage]:
    """Return the messages of a thread of these regimes; others are neither read nor opened."""
    return status.thread(node.alias, thread, sorted(regimes))


def _dossier(
    node: Node,
    partner: ServiceId,
    regime: Regime,
    subject: str,
    shown: tuple[ShownAgreement, ...],
    entries: Iterable[FoundEntry],
) -> Dossier:
    every = list(entries)
    notes, proven = _proven(node, every)
    return Dossier(
        format=FORMAT,
        service=node.service,
        partner=partner,
        regime=regime,
        subject=subject,
        made_at=node.clock(),
        cards=tuple(to_text(card) for card in _cards(node, partner)),
        agreements=shown,
        checkpoints=notes,
        entries=proven,
        pending=sum(each.number is None for each in every),
    )


def _cards(node: Node, partner: ServiceId) -> list[bytes]:
    """Return our cards and the partner's, no other partner's: who else we work with is nobody's affair here."""
    return [
        octets
        for octets in keyring.all_cards(node)
        if stored_card(octets).service_id in (node.service, partner)
    ]


Derogations = dict[tuple[str, str], StatedGround]
"""The capped derogation of each direction, by agreement and direction."""


def _derogations(node: Node, partner: ServiceId, cited: Iterable[str]) -> Derogations:
    found: Derogations = {}
    for name in cited:
        there = standing(node, name)
        for direction, sender in ((Direction.OUT, node.service), (Direction.IN, partner)):
            stated = None if there is None else derogation_of(there.agreement, sender)
            if stated is not None and stated.cap is not None:
                found[name, direction.value] = stated
    return found


def _derogated(node: Node, row: ExchangedMessage, derogations: Derogations) -> int:
    """Return how many transfers the sender of a message had made under the derogation before it."""
    stated = derogations.get((row.agreement or "", row.direction))
    if stated is None or stated.cap is None or row.agreement is None:
        return 0
    return made_before(
        node.alias,
        row.direction,
        row.partner,
        row.agreement,
        stated.ground.value,
        after=row.sent_at - stated.cap.within,
        before=row.pk,
    )


def _message(row: ExchangedMessage, derogated: int) -> ShownMessage:
    return ShownMessage(
        way=Way(row.direction),
        header=to_text(bytes(row.header)),
        sealed=row.sealed,
        content=None if row.content is None else hashlib.sha256(row.content.encode()).hexdigest(),
        state=str(row.state),
        code=row.code,
        received_at=row.received_at,
        batch=row.batch,
        told=_told(row),
        derogated=derogated,
    )


def _told(row: ExchangedMessage) -> dict[str, Assertion]:
    """Return what each statement of a message was said to be, while its content is held."""
    if row.content is None:
        return {}
    return assertions_in(json.loads(payload_of(row.content))["body"])


def _turns(node: Node, partner: ServiceId, thread: str) -> tuple[ShownTurn, ...]:
    row = cases.find_case(node.alias, thread, partner)
    if row is None or row.side not in (cases.ASKED, cases.RECEIVED):
        return ()
    return tuple(
        ShownTurn(message=turn.message, kind=turn.kind, at=turn.at, span=turn.span, ground=turn.ground)
        for turn in course(node, row).turns
    )


def _agreements(node: Node, cited: Iterable[str]) -> tuple[ShownAgreement, ...]:
    """Return the agreements cited and those that succeed them, each once."""
    rows: dict[str, StoredAgreement] = {}
    for name in cited:
        own = agreements.agreement_row(node.alias, name)
        for row in [] if own is None else [own, *agreements.successor_rows(node.alias, name)]:
            rows[row.hash] = row
    signatures = agreements.signature_rows(node.alias, rows)
    stops, changes = agreements.stop_rows(node.alias, rows), agreements.status_rows(node.alias, rows)
    return tuple(
        ShownAgreement(
            document=to_text(bytes(row.document)),
            signatures=tuple(
                ShownSignature(party=ServiceId(s.party), token=s.token, signed_at=s.signed_at)
                for s in signatures[name]
            ),
            stops=tuple(
                ShownStop(kind=StopKind(s.kind), by=ServiceId(s.by), at=s.at, until=s.until)
                for s in stops[name]
            ),
            changes=tuple(
                ShownChange(
                    country=s.country,
                    kind=ChangeKind(s.kind),
                    name=s.name,
                    effect=ChangeEffect(s.effect),
                    at=s.at,
                )
                for s in changes[name]
            ),
        )
        for name, row in sorted(rows.items())
    )


def _entries_of(
    node: Node,
    partner: ServiceId,
    regime: Regime,
    rows: Iterable[ExchangedMessage],
    thread: str,
    batches: Iterable[str],
    cited: Iterable[str],
) -> list[FoundEntry]:
    names = [
        f'"message":"{thread}"'.encode(),
        *(f'"message":"{row.message}"'.encode() for row in rows),
        f'"thread":"{thread}"'.encode(),
        *(f'"batch":"{batch}"'.encode() for batch in batches),
        *_stops_named(cited),
    ]
    return found.entries_naming(node.alias, scope_key(Bilateral(partner, regime)), names)


def _stops_named(cited: Iterable[str]) -> list[bytes]:
    """Return how the entries on an agreement itself name it: facts stand sorted, ``agreement`` before ``by``."""
    return [f'{{"agreement":"{name}","by":'.encode() for name in cited]


def _proven(node: Node, every: Iterable[FoundEntry]) -> tuple[tuple[str, ...], tuple[ShownEntry, ...]]:
    notes: dict[tuple[str, int], str] = {}
    readers: dict[int, tree.Reader] = {}
    shown = []
    for each in every:
        if each.log is None or each.number is None:
            continue
        state = found.covering(node.alias, each.log, each.number)
        proof: list[bytes] = []
        if state is not None:
            notes[each.log.origin, state.size] = state.note
            proof = _path(node, each.log, each.number, state.size, readers)
        shown.append(
            ShownEntry(
                log=each.log.origin,
                number=each.number,
                leaf=to_text(each.leaf),
                size=None if state is None else state.size,
                proof=tuple(step.hex() for step in proof),
            )
        )
    return tuple(notes[key] for key in sorted(notes)), tuple(shown)


def _path(
    node: Node, log: EvidenceLog, number: int, size: int, readers: dict[int, tree.Reader]
) -> list[bytes]:
    """Return the proof of inclusion; empty where the log is damaged, so that the entry counts as unproven."""
    try:
        return tree.inclusion_proof(number, size, _reader(node, log, readers))
    except LookupError:
        return []


def _reader(node: Node, log: EvidenceLog, readers: dict[int, tree.Reader]) -> tree.Reader:
    if log.pk not in readers:
        readers[log.pk] = reader(node, log)
    return readers[log.pk]
