"""State machine of an entry in the register: restricted, quarantined, given free, due, erased, and imported once more.

Tried by putting faults into the product, each of which it must notice: a state that is not looked at when the index is made
(restricted, quarantined, past its date: in the column and in the sealed mark, each alone, since either would do); a search
that shows what is restricted; a way out of quarantine; an erasure that leaves the content; a retention that erases
nothing, or a day too early or too late; an import that lifts a restriction, or brings back what was erased.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from tests.cases.cast import DPO, OPERATOR, SALMA, make_desks
from tests.federation.world import BE, MA
from tests.machines.played import Rolled, play, walk

from comity.core.codes.exchange import Purpose, PurposeGroup, Regime
from comity.core.codes.marks import SubjectCategory
from comity.core.register.findable import Hidden, hidden_by
from comity.core.register.subject import SubjectState, open_subject
from comity.errors import ComityError
from comity.services.register.erase import erase, erase_due
from comity.services.register.import_ import import_register
from comity.services.register.order import Format, ImportFiles, ImportOrder
from comity.services.register.read import considered_of, findable_of, stream_considered, stream_findable
from comity.services.register.search import search
from comity.services.register.state import lift_restriction, quarantine, restrict
from comity.storage.models.register import RegisterSubject

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
WHY = "file 12"
ACTS = {"restrict": restrict, "lift": lift_restriction, "quarantine": quarantine, "erase": erase}
MAY = {
    ("restrict", "active"): "restricted",
    ("lift", "restricted"): "active",
    ("quarantine", "active"): "quarantined",
    ("quarantine", "restricted"): "quarantined",
    ("erase", "active"): "erased",
    ("erase", "restricted"): "erased",
    ("erase", "quarantined"): "erased",
}
"""What leads to another state; everything else leaves it as it is. Nothing leads out of quarantine but erasure."""


class RegisterMachine(Rolled):
    """One entry of the Moroccan register."""

    def __init__(self) -> None:
        super().__init__()
        self.world, _ = make_desks()
        self.due = date(2029, 11, 23)
        self.bring("2029-11-23")
        [self.uid] = RegisterSubject.objects.using("ma").values_list("uid", flat=True)
        self.state = "active"

    def row(self) -> RegisterSubject:
        return RegisterSubject.objects.using("ma").get(uid=self.uid)

    def bring(self, until: str, phone: str = "+212661234567") -> None:
        octets = f"id,given_ar,family_ar,dob,phone,retention_until\n1,يوسف,الخطابي,1984-03-02,{phone},{until}\n".encode()
        files = ImportFiles(hashlib.sha256(octets).hexdigest(), lambda: [octets])
        order = ImportOrder(Format.CSV, "own", Regime.POLICE, (Purpose.TERRORISM,), SubjectCategory.SUSPECT)
        import_register(self.world.ma, OPERATOR, order, files)

    @rule(digit=st.integers(0, 9))
    def import_again(self, digit: int) -> None:
        """The source still has the person, under another number: what was decided here stands."""
        with suppress(ComityError):  # a date that is past is none
            self.bring(self.due.isoformat(), f"+21266123456{digit}")

    @rule(act=st.sampled_from(sorted(ACTS)))
    def decide(self, act: str) -> None:
        before = self.state
        try:
            ACTS[act](self.world.ma, DPO, self.uid, WHY)
        except ComityError:
            assert (act, before) not in MAY, "what may be done is done"
        else:
            self.state = MAY.get((act, before), before)

    @rule(days=st.integers(1, 500))
    def pass_time(self, days: int) -> None:
        self.world.clock.forward(days=days)

    @rule()
    def erase_what_is_due(self) -> None:
        erased = erase_due(self.world.ma)
        is_due = self.state != "erased" and self.due <= self.world.clock().date()
        assert erased == (1 if is_due else 0)
        if is_due:
            self.state = "erased"

    @invariant()
    def the_state_is_what_was_decided(self) -> None:
        row = self.row()
        assert row.state == self.state
        assert (row.content is None) == (self.state == SubjectState.ERASED)

    @invariant()
    def only_an_active_entry_before_its_date_is_found(self) -> None:
        offered = [
            uid for uid, _, _ in stream_findable(self.world.ma, Regime.POLICE, BE, PurposeGroup.SERIOUS_CRIME)
        ]
        found = [one.uid for one in search(self.world.ma, SALMA, Regime.POLICE, "يوسف", WHY).subjects]
        assert offered == (
            [self.uid] if self.state == "active" and self.world.clock().date() < self.due else []
        )
        assert found == ([self.uid] if self.state == "active" else [])

    @invariant()
    def each_guard_of_the_index_says_it_by_itself(self) -> None:
        """The column of the row and the mark in the sealed content: where both look, either would do, and none may be wrong."""
        row, active, node = self.row(), self.state == "active", self.world.ma
        where = (Regime.POLICE, PurposeGroup.SERIOUS_CRIME)
        whole = [one[0] for one in stream_considered(node, where[0], BE, where[1])]
        [(_, single)] = considered_of(node, *where, [row.pk])
        assert (whole, single is not None) == ([self.uid] if active else [], active)
        today = self.world.clock().date()
        found = [uid for uid, _, _ in findable_of(node, where[0], BE, where[1], [self.uid])]
        assert found == ([self.uid] if active and today < self.due else [])
        if row.content is not None:
            subject = open_subject(row.content)
            hidden = hidden_by(subject, service=MA, regime=where[0], group=where[1], today=today)
            expected = {Hidden.STATE: not active, Hidden.RETENTION: self.due <= today}
            assert hidden == {ground for ground, holds in expected.items() if holds}


PAST = ("pass_time", {"days": 1200})
AGAIN = ("import_again", {"digit": 1})
DUE: tuple[str, dict[str, object]] = ("erase_what_is_due", {})
WALKS: dict[str, list[tuple[str, dict[str, object]]]] = {
    "restricted and imported": [("decide", {"act": "restrict"}), AGAIN],
    "quarantined for good": [("decide", {"act": "quarantine"}), ("decide", {"act": "lift"}), AGAIN],
    "due": [PAST, DUE, AGAIN],
    "due on its day, and not on the day before": [
        ("pass_time", {"days": 1095}),
        DUE,
        ("pass_time", {"days": 1}),
        DUE,
    ],
    "erased and imported": [("decide", {"act": "erase"}), AGAIN, PAST, DUE],
}


@pytest.mark.parametrize("steps", WALKS.values(), ids=list(WALKS))
def test_a_walk(steps: list[tuple[str, dict[str, object]]]) -> None:
    walk(RegisterMachine(), steps)


def test_an_entry() -> None:
    play(RegisterMachine, 15, 14)
