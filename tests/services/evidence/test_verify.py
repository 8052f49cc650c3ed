"""The node's own verification names what is damaged, down to the entry."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections, transaction
from tests.services.evidence.cast import Pair, pair

from comity.core.evidence.event import Event, Internal
from comity.services.evidence.checkpoint import show_all
from comity.services.evidence.erase import destroy_salt
from comity.services.evidence.record import record
from comity.services.evidence.sequence import leaf, sequence
from comity.services.evidence.verify import log_status, verify
from comity.storage.models.evidence import EvidenceCheckpoint, EvidenceEntry, EvidenceLog, EvidenceTile
from comity.storage.transaction import atomic

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


@pytest.fixture
def both() -> Pair:
    return grown()


def grown() -> Pair:
    """Return two nodes with entries, internal leaves, countersigned checkpoints and an erased salt at the first."""
    made = pair()
    for step in range(4):
        made.act(made.be, 90)
        with atomic("be"):
            for number in range(7):
                facts = {"subject": f"{step}-{number}"}
                record(made.be, Internal(), Event("subject.read", made.clock(), facts, b"Officer Fictitious"))
        made.clock.move(minutes=61)
        leaf(made.be)
        assert show_all(made.be, made.ask_from(made.be)) == 1
    with atomic("be"):
        assert destroy_salt(made.be, "1-3") == 1
    made.act(made.be, 3)
    return made


def test_whole_evidence_is_proven(both: Pair) -> None:
    sequence(both.be)
    result = verify(both.be)
    assert result.findings == ()
    assert result.report is not None
    internal, bilateral = result.report.logs
    assert (bilateral.size, bilateral.covered, bilateral.tail) == (366, 363, 3)
    assert (internal.size, internal.covered, internal.tail) == (29, 28, 1)
    assert {party.service: party.anchored for party in result.report.parties} == {
        "BE.police": True,
        "MA.police": True,
    }
    inner, outer = sorted(log_status(both.be), key=lambda one: one.size)
    assert (inner.covered, outer.covered, outer.pending) == (28, 363, 0)
    assert outer.tail_since == both.clock()


def test_each_kind_of_damage_is_named(both: Pair) -> None:
    log = EvidenceLog.objects.using("be").get(scope__startswith="bilateral")
    entries = EvidenceEntry.objects.using("be").filter(log=log)
    damages: list[tuple[str, int | None, Callable[[], Any]]] = [
        ("evidence.damaged-entry", 200, lambda: _rename(entries, 200)),
        ("evidence.missing-entry", 17, lambda: entries.filter(number=17).delete()),
        ("evidence.missing-entry", 362, lambda: entries.filter(number=362).delete()),
        ("evidence.missing-salt", 5, lambda: entries.filter(number=5).update(salt=None)),
        ("evidence.missing-salt", 180, lambda: entries.filter(number=180).update(salt=None)),
        ("evidence.damaged-salt", 8, lambda: _damage_salt(log.pk, 8)),
        ("evidence.unopened", 180, lambda: entries.filter(number=180).update(salt=b"x" * 32)),
        (
            "evidence.damaged-root",
            None,
            lambda: EvidenceLog.objects.using("be").filter(pk=log.pk).update(root="00" * 32),
        ),
        (
            "evidence.damaged-tile",
            None,
            lambda: EvidenceTile.objects.using("be").filter(level=1).update(hashes=b"0" * 32),
        ),
        ("evidence.cosignature", None, lambda: _swap_notes(log)),
    ]
    for code, number, damage in damages:
        point = _savepoint()
        damage()
        found = verify(both.be).findings
        assert (code, number) in {(one.code, one.entry) for one in found}, (code, found)
        _back(point)
    assert verify(both.be).findings == ()


def test_a_hundred_random_changes_of_the_database_are_found(both: Pair) -> None:
    chance = random.Random(20261123)
    tables = (EvidenceEntry, EvidenceTile, EvidenceCheckpoint)
    for _ in range(100):
        point = _savepoint()
        model = chance.choice(tables)
        rows: Any = model._default_manager.using("be").filter(log__isnull=False)
        row = rows.order_by("pk")[chance.randrange(rows.count())]
        _damage(row, chance)
        assert verify(both.be).findings, f"unseen: {model.__name__} {row.pk}"
        _back(point)


def _damage(row: Any, chance: random.Random) -> None:
    if chance.random() < 0.2:
        row.delete()
        return
    name = {EvidenceEntry: "leaf", EvidenceTile: "hashes", EvidenceCheckpoint: "note"}[type(row)]
    value = getattr(row, name)
    octets = bytearray(value.encode() if isinstance(value, str) else bytes(value))
    octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(7)
    changed: Any = octets.decode("utf-8", "replace") if isinstance(value, str) else bytes(octets)
    type(row)._default_manager.using("be").filter(pk=row.pk).update(**{name: changed})


def _rename(entries: Any, number: int) -> None:
    row = entries.get(number=number)
    entries.filter(number=number).update(leaf=bytes(row.leaf).replace(b"message.sent", b"message.lost"))


def _damage_salt(log: int, number: int) -> None:
    table = EvidenceEntry._meta.db_table
    statement = f"UPDATE {table} SET salt = %s WHERE log_id = %s AND number = %s"  # noqa: S608
    with connections["be"].cursor() as cursor:
        cursor.execute(statement, [b"\1" * 60, log, number])


def _swap_notes(log: EvidenceLog) -> None:
    rows = list(EvidenceCheckpoint.objects.using("be").filter(log=log).order_by("size"))
    lines = [row.note.rsplit("\n", 2)[1] for row in rows]
    changed = rows[1].note.replace(lines[1], lines[0])
    EvidenceCheckpoint.objects.using("be").filter(pk=rows[1].pk).update(note=changed)


def _savepoint() -> str:
    return str(transaction.savepoint(using="be"))


def _back(point: str) -> None:
    transaction.savepoint_rollback(point, using="be")
