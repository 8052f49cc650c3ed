"""The audit of a comparison of numbers: made anew from what is kept, with a list that holds something else found out.

Tried by removing each and seeing tests here fail: the comparison of digests in `services/overlap/audit.py`, that of points and of the
public key in `core/overlap/audit.py`, `justified` in `empty_overlap`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db.models import F
from tests.cases.cast import DPO, HEAD, LIEN, OPERATOR, officer
from tests.overlap.test_overlap import ENOUGH, Registers, numbers, registers, uid_of
from tests.policy.scene import leaves

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.overlap.points import STEP
from comity.errors import ComityError, InputError, PeerError, Refused
from comity.services.overlap import ask
from comity.services.overlap.audit import audit
from comity.services.overlap.listed import Entry
from comity.services.overlap.upkeep import erase_overlaps
from comity.services.oversight.look import looks
from comity.services.register.erase import erase
from comity.storage.models.overlaps import Overlap
from comity.storage.models.register import RegisterSubject

__all__ = ["registers"]
pytestmark = pytest.mark.django_db(databases=["be", "ma"])
AUDITOR = officer("an.auditor", Role.AUDITOR)


def counted(registers: Registers) -> str:
    registers.offer()
    return registers.count().overlap


def received(registers: Registers) -> str:
    """Return what the partner's log says."""
    [leaf] = leaves(registers.world.ma, "overlap.answered")
    return str(json.loads(leaf)["facts"]["request"])


@pytest.mark.parametrize("actor", [DPO, AUDITOR])
def test_what_was_sent_is_made_anew(registers: Registers, actor: Any) -> None:
    overlap = counted(registers)
    stated = received(registers)
    made = audit(registers.world.be, actor, overlap, "the yearly audit", received=stated)
    assert (made.by, made.request, made.compared) == ("lien", stated, True)
    assert (made.found.numbers, made.found.recomputed, made.found.changed) == (ENOUGH, ENOUGH, 0)
    assert made.found.padding == STEP - ENOUGH
    assert not audit(registers.world.be, actor, overlap, "again").compared
    assert [look.subject for look in looks(registers.world.be, actor)] == [overlap, overlap]
    assert len(leaves(registers.world.be, "overlap.audited")) == 2


def test_no_number_is_kept_for_it(registers: Registers) -> None:
    overlap = counted(registers)
    kept = str(Overlap.objects.using("be").get(uid=overlap).justified)
    assert not any(
        number in kept or number[1:] in kept.replace(uid_of(registers.world.be, number), "")
        for number in numbers("32470", 3)
    )


def test_it_outlives_the_edge_and_goes_with_the_comparison(registers: Registers) -> None:
    overlap = counted(registers)
    registers.edge(ask.Counted(overlap, 0, 0), HEAD)
    assert audit(registers.world.be, DPO, overlap, "audit").found.recomputed == ENOUGH
    registers.world.clock.forward(days=31)
    assert erase_overlaps(registers.world.be) == 1
    with pytest.raises(InputError, match=r"overlap\.audit-gone"):
        audit(registers.world.be, DPO, overlap, "audit")
    assert Overlap.objects.using("be").get(uid=overlap).justified is None
    assert erase_overlaps(registers.world.be) == 0


def test_what_failed_was_sent_too(registers: Registers) -> None:
    with pytest.raises(ComityError, match=r"overlap\.not-offered"):
        registers.count()
    row = Overlap.objects.using("be").get()
    assert (row.state, row.content) == ("failed", None)
    assert audit(registers.world.be, DPO, row.uid, "audit").found.recomputed == ENOUGH


def test_of_an_entry_that_changed_nothing_is_said(registers: Registers) -> None:
    overlap = counted(registers)
    first, second = (uid_of(registers.world.be, number) for number in numbers("32470", 2))
    RegisterSubject.objects.using("be").filter(uid=first).update(version=F("version") + 1)
    erase(registers.world.be, OPERATOR, second, "wrong person")
    found = audit(registers.world.be, DPO, overlap, "audit").found
    assert (found.recomputed, found.changed) == (ENOUGH - 2, 2)


def test_a_guessed_number_is_found_out(registers: Registers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody lets the program ask for a number that is nobody's, and writes down an entry for it."""
    real = ask.listed
    borrowed = uid_of(registers.world.be, numbers("32470", 1)[0])

    def guessing(*named: Any) -> dict[str, list[Entry]]:
        honest = real(*named)
        taken = dict(list(honest.items())[1:])
        return dict(sorted({**taken, "+32499999999": [Entry(borrowed, 1, False)]}.items()))

    monkeypatch.setattr(ask, "listed", guessing)
    overlap = counted(registers)
    with pytest.raises(PeerError, match=r"overlap\.audit-list"):
        audit(registers.world.be, DPO, overlap, "audit")


def test_a_guess_in_place_of_padding_is_found_out(
    registers: Registers, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ask.hide

    def guessing(seed: bytes, own: list[str]) -> Any:
        honest = real(seed, own)
        more = real(seed, [*own, "+99999999999"])
        object.__setattr__(honest, "points", more.points)
        return honest

    monkeypatch.setattr(ask, "hide", guessing)
    overlap = counted(registers)
    with pytest.raises(PeerError, match=r"overlap\.audit-list"):
        audit(registers.world.be, DPO, overlap, "audit")


@pytest.mark.parametrize("what", ["points", "public", "stated"])
def test_what_was_not_sent_is_refused(registers: Registers, what: str) -> None:
    overlap = counted(registers)
    row = Overlap.objects.using("be").get(uid=overlap)
    kept = dict(row.justified or {})
    if what != "stated":
        kept[what] = kept[what][:-4] + ("0000" if what == "public" else "AAAA")
    row.justified = kept
    row.save(using="be")
    with pytest.raises(PeerError, match=r"overlap\.audit-request"):
        audit(registers.world.be, DPO, overlap, "audit", received="0" * 64 if what == "stated" else "")


def test_only_oversight_of_the_regime_looks(registers: Registers) -> None:
    overlap = counted(registers)
    with pytest.raises(Refused, match=r"actor\.role"):
        audit(registers.world.be, LIEN, overlap, "audit")
    elsewhere = officer("jan", Role.AUDITOR, regime=Regime.RETURN_IDENTIFICATION)
    for actor, name in ((elsewhere, overlap), (DPO, "0" * 32)):
        with pytest.raises(InputError, match=r"overlap\.not-found"):
            audit(registers.world.be, actor, name, "audit")
    with pytest.raises(InputError, match=r"register\.reason"):
        audit(registers.world.be, DPO, overlap, " ")
