"""How far the register was compared with an index, so that the next comparison looks at what may have changed only.

Implements docs/protocol/probe.md §7.3. What an index holds of a record can change by four causes, and by no other:

- the register changes it, which gives it a number beyond all that were seen;
- its retention ends, which its row in the register says;
- it comes of age: whom age alone may let be found is kept, each with the day;
- the agreements permit something else for its kind: every kind that was met is decided again, and where one of them
  differs, all records are looked at.

What is kept is stored in the transaction of the layer to which it belongs, or with the statement that nothing changed. A build
that was taken up leaves none: its records were read at several times.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from comity.core.codes.exchange import Purpose
from comity.core.codes.marks import DataCategory, SubjectCategory, Taint
from comity.core.register.findable import Hidden
from comity.core.register.subject import Subject
from comity.services.context import Node
from comity.services.probe.permit import FindableBy, Kind
from comity.storage.indexes import compared as rows
from comity.storage.models.probe import ProbeCompared
from comity.storage.probe import Scope
from comity.storage.register import subjects

_WAITING: Final = struct.Struct("<16sI")
"""Identifier of a record, and the day (proleptic Gregorian ordinal) from which age hides it no more."""


@dataclass
class Compared:
    """What a comparison has seen.

    Args:
        change: last change of the register before it began.
        waiting: identifiers of records that their age hides, each with the day from which it does not.
        decided: what was permitted of each kind.
    """

    change: int
    waiting: dict[str, date] = field(default_factory=dict)
    decided: dict[Kind, frozenset[DataCategory]] = field(default_factory=dict)

    def note(self, uid: str, subject: Subject | None, hidden: frozenset[Hidden]) -> None:
        """Note whether a record that was looked at waits for its day."""
        self.waiting.pop(uid, None)
        if subject is not None and Hidden.MINOR in hidden:
            self.waiting[uid] = max(birth.adult_from() for birth in subject.births)


def begin(node: Node) -> Compared:
    """Return what a comparison of the whole register begins with."""
    return Compared(subjects.last_change(node.alias))


def kept(
    node: Node, scope: Scope, epoch: int, base: int, findable: FindableBy
) -> tuple[Compared, list[int]] | None:
    """Return what the comparison before has seen, brought to now, and the primary keys of what may have changed since.

    Args:
        node: this node.
        scope: of the index.
        epoch, base: of the index, as it is.
        findable: decides anew.

    Returns:
        None when all must be looked at: nothing was kept for this base, or the agreements permit something else.
    """
    row = rows.compared(node.alias, scope)
    if row is None or (row.epoch, row.base) != (epoch, base):
        return None
    decided = _read_decided(row.decided)
    if any(findable.permitted_of(kind) != data for kind, data in decided.items()):
        return None
    found = Compared(subjects.last_change(node.alias), _read_waiting(bytes(row.waiting)), decided)
    today = node.clock().date()
    ripe = [uid for uid, day in found.waiting.items() if day <= today]
    keys = {
        *subjects.changed_after(node.alias, row.change),
        *subjects.past_retention(node.alias, scope[1], today),
        *subjects.keys_of(node.alias, ripe),
    }
    return found, sorted(keys)


def keep(node: Node, scope: Scope, epoch: int, base: int, found: Compared) -> None:
    """Store how far the register was compared with the index that has this base; in the running transaction."""
    partner, regime, group = scope
    row = ProbeCompared(
        partner=partner, regime=regime, group=group, epoch=epoch, base=base, change=found.change
    )
    row.decided, row.waiting = _write_decided(found.decided), _write_waiting(found.waiting)
    rows.keep(node.alias, row)


def forget(node: Node, scope: Scope) -> None:
    """Forget it: the next comparison looks at all records."""
    rows.forget(node.alias, scope)


def _write_waiting(waiting: Mapping[str, date]) -> bytes:
    return b"".join(
        _WAITING.pack(bytes.fromhex(uid), day.toordinal()) for uid, day in sorted(waiting.items())
    )


def _read_waiting(octets: bytes) -> dict[str, date]:
    return {uid.hex(): date.fromordinal(day) for uid, day in _WAITING.iter_unpack(octets)}


def _write_decided(decided: Mapping[Kind, frozenset[DataCategory]]) -> list[list[Any]]:
    return [
        [category.value, *([one.value for one in sorted(part)] for part in (taints, purposes, held, data))]
        for (category, taints, purposes, held), data in decided.items()
    ]


def _read_decided(listed: list[list[Any]]) -> dict[Kind, frozenset[DataCategory]]:
    return {
        (
            SubjectCategory(category),
            frozenset(map(Taint, taints)),
            frozenset(map(Purpose, purposes)),
            frozenset(map(DataCategory, held)),
        ): frozenset(map(DataCategory, data))
        for category, taints, purposes, held, data in listed
    }
