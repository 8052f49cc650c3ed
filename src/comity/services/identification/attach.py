"""Files of a request: kept sealed, sent in parts once the request was taken, put together again at the recipient's.

Implements docs/protocol/identification.md §2. Rules:
    - no part leaves before the partner's node has accepted the request that declares the file;
    - a part is taken only in its order, of a declared file of an open request, under the request's own marks;
    - the node compares digest, length and first bytes, and opens no file.
Attacks they stop: filling a disk with files that no request declares; parts of other lengths, twice, out of order or
after the answer; another file than the one that was declared; a program or an archive under another type.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from comity.core import canonical
from comity.core.cases.messages import open_body
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import DataCategory, SubjectCategory, Taint
from comity.core.egress.values import taints_of
from comity.core.evidence.event import Bilateral, Event
from comity.core.identification.attachment import (
    ATTACHMENT_PART,
    Declared,
    PartBody,
    check_room,
    cut,
    declare,
    part_body,
    verify_whole,
)
from comity.core.identification.filetypes import FileType
from comity.core.instant import Instant
from comity.errors import ComityError, InputError, PeerError
from comity.services.cases.recall import refuse_withdrawn
from comity.services.context import SYSTEM, Node
from comity.services.evidence.record import record
from comity.services.exchange.handlers import Message, handler
from comity.services.exchange.receipts import on_receipt
from comity.services.exchange.submit import Outgoing, submit
from comity.services.register.read import held
from comity.storage import cases
from comity.storage.identification import attachments as rows
from comity.storage.models.cases import Attachment, AttachmentPart, AttachmentState, Case
from comity.storage.protection import passages
from comity.storage.transaction import atomic

AT_ONCE = 16
"""Parts that one round hands to the outbox; about two batches."""


OUT_OF_ORDER, EXPIRED = "attachment.part", "envelope.expired"


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that somebody wants to send; its name is not kept."""

    octets: bytes
    category: DataCategory


def declared_files(files: Sequence[NewFile], before: Sequence[Attachment] = ()) -> tuple[Declared, ...]:
    """Return the declarations of new files.

    Args:
        before: those that this side has declared in the thread.

    Raises:
        InputError: ``attachment.*``.
    """
    found = tuple(declare(each.octets, each.category) for each in files)
    check_room(found, [row.size for row in before])
    if len({each.sha256 for each in found}) != len(found):
        raise InputError("attachment.twice")
    return found


def keep_files(
    node: Node,
    case: Case,
    message: str,
    declared: Sequence[Declared],
    files: Sequence[NewFile],
    decision: str,
) -> None:
    """Keep files that a message being submitted declares, in its transaction; the worker sends their parts."""
    before = len(rows.of_thread(node.alias, case.partner, case.thread, rows.OUT))
    for number, (one, file) in enumerate(zip(declared, files, strict=True)):
        row = _row(node, case, message, number, before + number, one, rows.OUT)
        row.decision = decision
        rows.add(node.alias, row, cut(file.octets))
        _witness(node, row, "attachment.declared", one.sha256)


def expect_files(node: Node, case: Case, message: Message, declared: Sequence[Declared]) -> None:
    """Write down which files a partner's message declares, in the accepting transaction.

    Raises:
        PeerError: ``attachment.too-many``.
    """
    before = rows.of_thread(node.alias, case.partner, case.thread, rows.IN)
    try:
        check_room(declared, [row.size for row in before])
    except InputError as error:
        raise PeerError(error.code, **error.facts) from None
    for number, one in enumerate(declared):
        row = _row(node, case, message.id, number, len(before) + number, one, rows.IN)
        row.decision = message.decision or ""
        rows.add(node.alias, row)
        _witness(node, row, "attachment.expected", one.sha256)


def send_parts(node: Node, limit: int = AT_ONCE) -> int:
    """Submit parts that wait, of requests that the partner's node has taken; return how many. For the worker."""
    sent = 0
    for part in rows.to_send(node.alias, limit):
        case = cases.find_case(node.alias, part.attachment.thread, part.attachment.partner)
        if case is None:
            continue
        try:
            _send(node, case, part)
        except _TakenBackError:
            continue
        except ComityError as error:
            # Its partner or agreement says no today: it waits, shows its code, and holds up no other.
            with atomic(node.alias):
                rows.change(node.alias, part.attachment, code=error.code)
            continue
        sent += 1
    return sent


class _TakenBackError(Exception):
    """A part is not to be sent any more."""


def _send(node: Node, case: Case, part: AttachmentPart) -> None:
    row = part.attachment
    told = passages.passage(node.alias, row.partner, row.declared)
    body = part_body(row.declared, row.number, part.number, part.octets)
    outgoing = Outgoing(
        partner=ServiceId(row.partner),
        regime=Regime(row.regime),
        kind=ATTACHMENT_PART,
        act=Act.ATTACH,
        body=body.json_body(),
        agreement=case.agreement,
        clause=case.clause,
        purpose=Purpose(case.purpose),
        thread=row.thread,
        data=frozenset({DataCategory(row.category)}),
        subjects=frozenset({SubjectCategory.TO_BE_IDENTIFIED}),
        taints=_marks(node, row),
        decision=row.decision,
        subject="" if told is None else told.subject,
    )

    def within(message: str) -> None:
        # A request that was taken back since the part was read keeps it here: nothing could call it back any more.
        cases.locked_case(node.alias, row.thread, row.partner)
        if not rows.is_to_send(node.alias, part):
            raise _TakenBackError
        rows.set_message(node.alias, part, message)
        if row.code is not None:
            rows.change(node.alias, row, code=None)

    submit(node, outgoing, SYSTEM, within=within)


def _marks(node: Node, row: Attachment) -> frozenset[Taint]:
    """Return the marks of the person now, that of the entry's state too: what the law protects keeps its files here (L25)."""
    told = passages.passage(node.alias, row.partner, row.declared)
    subject = None if told is None or not told.subject else held(node, told.subject).subject
    if subject is None:
        raise InputError("register.erased")
    return taints_of(subject)


@handler(ATTACHMENT_PART, {Act.ATTACH})
def receive_part(node: Node, message: Message) -> None:
    """Take the next part of a declared file; the last one is followed by the comparison of the whole.

    Raises:
        PeerError: ``case.recalled``, ``case.message-malformed``, ``case.header``, ``attachment.undeclared``,
            ``attachment.part``, ``attachment.digest``, ``attachment.mismatch``.
    """
    # 1. A declared file of this thread, whose request is open.
    refuse_withdrawn(node, message)
    body = open_body(PartBody, message.body)
    row = rows.declared(node.alias, message.partner, body.declared, body.file)
    case = cases.find_case(node.alias, message.thread, message.partner)
    if row is None or case is None or row.thread != message.thread or case.closing is not None:
        raise PeerError("attachment.undeclared")
    # 2. Under the marks and the decision of the message that declares it: both policies decided on those.
    persons = frozenset({SubjectCategory.TO_BE_IDENTIFIED})
    marks = (message.data, message.subjects, message.agreement, message.clause, message.decision)
    same = (frozenset({DataCategory(row.category)}), persons, case.agreement, case.clause, row.decision)
    if marks != same or message.regime.value != row.regime:
        raise PeerError("case.header")
    # 3. The next part, as long as it must be.
    octets, declared = body.content(), declaration(row)
    if row.state != AttachmentState.ARRIVING or body.part != row.arrived:
        raise PeerError("attachment.part")
    if len(octets) != declared.length_of(body.part):
        raise PeerError("attachment.part")
    rows.add_part(node.alias, row, body.part, message.id, octets)
    # 4. The whole is what was declared.
    if row.arrived == row.parts:
        verify_whole(declared, rows.whole(node.alias, row))
        rows.change(node.alias, row, state=AttachmentState.HELD, state_since=message.received_at)
        cases.update_case(node.alias, case, message.received_at)
        _witness(node, row, "attachment.received", declared.sha256)


@on_receipt(ATTACHMENT_PART)
def part_receipted(node: Node, message: str, received_at: Instant | None, code: str | None) -> None:
    """Count a part that the partner's node has; send one that never arrived again; stop at a refusal."""
    part = rows.carried_by(node.alias, message)
    if part is None:
        return
    row = part.attachment
    expired = received_at is None or code == EXPIRED
    overtook = code == OUT_OF_ORDER and row.arrived < part.number
    if code is not None and (expired or overtook):
        # It expired on the way, or came before one that had expired: it is sent anew, in its order.
        rows.set_message(node.alias, part, None)
    elif code is not None:
        now = node.clock()
        rows.change(node.alias, row, state=AttachmentState.REFUSED, code=code, state_since=now)
    elif rows.count_arrived(node.alias, row) == row.parts:
        now = node.clock()
        rows.change(node.alias, row, state=AttachmentState.HELD, state_since=now)
        _witness(node, row, "attachment.delivered", row.sha256 or "")


def declaration(row: Attachment) -> Declared:
    """Return what was declared of a file that is not gone."""
    return Declared(
        category=DataCategory(row.category),
        type=FileType(row.type),
        size=row.size,
        sha256=row.sha256 or "",
    )


def _row(
    node: Node, case: Case, message: str, number: int, place: int, one: Declared, direction: str
) -> Attachment:
    return Attachment(
        partner=case.partner,
        thread=case.thread,
        regime=case.regime,
        direction=direction,
        declared=message,
        number=number,
        place=place,
        category=one.category.value,
        type=one.type.value,
        size=one.size,
        parts=one.parts,
        state_since=node.clock(),
        sha256=one.sha256,
    )


def _witness(node: Node, row: Attachment, kind: str, sha256: str) -> None:
    """Record a file; its digest is committed to under a salt that goes with the file, since it tells whose print it is."""
    facts: dict[str, str | int] = {"thread": row.thread, "message": row.declared, "file": row.number}
    committed = canonical.encode({"sha256": sha256, "size": row.size, "type": row.type})
    event = Event(kind, node.clock(), facts, committed, erase_key=row.declared)
    record(node, Bilateral(ServiceId(row.partner), Regime(row.regime)), event)
