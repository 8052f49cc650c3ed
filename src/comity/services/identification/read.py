"""Files as people see them: how far each has come; and a file itself, to a named person who says why.

Implements docs/protocol/identification.md §2. Handing out a file is a consultation of special categories: recorded with
person and reason before the bytes leave (Directive (EU) 2016/680 Art. 25). The node hands them out as they came and opens
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.evidence.event import Event, Internal
from comity.core.identification.attachment import verify_whole
from comity.core.identification.filetypes import EXTENSIONS, FileType
from comity.core.instant import write_instant
from comity.errors import InputError, NodeError, PeerError, Refused
from comity.services.cases.access import READERS, known_case, may_read
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence.record import record
from comity.services.identification.attach import declaration
from comity.services.protection.passages import require_usable
from comity.storage.identification import attachments as rows
from comity.storage.models.cases import Attachment, AttachmentState, Case
from comity.storage.models.exchange import Direction
from comity.storage.protection import passages
from comity.storage.transaction import atomic

MAX_REASON = 400


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file as it is handed out; the name is made here, and says nothing of a person."""

    name: str
    octets: bytes
    sha256: str


def files_of(node: Node, actor: Actor, thread: str) -> list[dict[str, Any]]:
    """Return the files of a case, how far each has come, and its tombstone when it is gone.

    Raises:
        InputError: ``case.unknown``.
    """
    row = known_case(node, actor, thread)
    return files_in(node, row, may_read(actor, Regime(row.regime)))


def files_in(node: Node, row: Case, may: bool) -> list[dict[str, Any]]:
    """Return the files of a case.

    Args:
        may: whether the reader may see what cases of the regime say; a digest tells whose print it is.
    """
    found = [_shown(each) for each in rows.of_thread(node.alias, row.partner, row.thread)]
    return found if may else [{**each, "sha256": None} for each in found]


def open_file(
    node: Node, actor: Actor, thread: str, place: int, reason: str, *, sent: bool = False
) -> OpenedFile:
    """Return one file to a named person, having recorded who and why.

    Args:
        place: number of the file among those of its side, from 1. sent: one of ours; else one that we received.

    Raises:
        InputError: ``case.unknown``, ``attachment.unknown``, ``attachment.reason``.
        Refused: ``actor.role``, ``case.person``, ``attachment.incomplete``, ``attachment.gone``, ``case.restricted``,
            ``case.recalled``.
        NodeError: ``attachment.damaged``.
    """
    # 1. A named person of the regime, with a reason.
    case = known_case(node, actor, thread)
    if actor.kind is not ActorKind.OFFICER:
        raise Refused("case.person")
    actor.require(Regime(case.regime), *READERS)
    why = reason.strip()
    if not 0 < len(why) <= MAX_REASON:
        raise InputError("attachment.reason", limit=MAX_REASON)
    # 2. A file that is whole, in words that may be used.
    direction = Direction.OUT.value if sent else Direction.IN.value
    row = rows.at_place(node.alias, case.partner, thread, direction, place - 1)
    if row is None:
        raise InputError("attachment.unknown")
    _require_readable(node, case, row)
    octets = rows.whole(node.alias, row)
    try:
        verify_whole(declaration(row), octets)
    except PeerError:
        raise NodeError("attachment.damaged") from None
    # 3. The consultation stands in the log before anything is handed out.
    with atomic(node.alias):
        committed = canonical.encode({"actor": actor.name, "reason": why, "sha256": row.sha256})
        facts: dict[str, str | int] = {"thread": thread, "message": row.declared, "file": row.number}
        record(node, Internal(), Event("attachment.consulted", node.clock(), facts, committed))
    name = f"{thread[-8:]}-{'out' if sent else 'in'}-{place}.{EXTENSIONS[FileType(row.type)]}"
    return OpenedFile(name, octets, row.sha256 or "")


def _require_readable(node: Node, case: Case, row: Attachment) -> None:
    if row.state == AttachmentState.GONE:
        raise Refused("attachment.gone")
    if row.direction == Direction.IN and row.state != AttachmentState.HELD:
        raise Refused("attachment.incomplete", waiting=1)
    require_usable(passages.passage(node.alias, case.partner, row.declared))


def _shown(row: Attachment) -> dict[str, Any]:
    return {
        "file": row.place + 1,
        "direction": row.direction,
        "message": row.declared,
        "category": row.category,
        "type": row.type,
        "size": row.size,
        "sha256": row.sha256,
        "parts": row.parts,
        "arrived": row.arrived,
        "state": row.state,
        "code": row.code,
        "ground": row.ground,
        "since": write_instant(row.state_since),
    }
