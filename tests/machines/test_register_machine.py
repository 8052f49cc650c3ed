"""State machine of an entry in the register: restricted, quarantined, given free, due, erased, and imported once more."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from tests.cases.cast import DPO, SALMA, UID, make_desks, subject
from tests.egress.scene import enter
from tests.federation.world import BE
from tests.machines.played import Rolled, play

from comity.core.codes.exchange import PurposeGroup, Regime
from comity.core.register.subject import SubjectState
from comity.errors import ComityError
from comity.services.register.erase import erase, erase_due
from comity.services.register.read import stream_findable
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
        enter(self.world.ma, subject(erase_at=self.due), UID)
        self.state = "active"

    def row(self) -> RegisterSubject:
        return RegisterSubject.objects.using("ma").get(uid=UID)

    @rule(act=st.sampled_from(sorted(ACTS)))
    def decide(self, act: str) -> None:
        before = self.state
        try:
            ACTS[act](self.world.ma, DPO, UID, WHY)
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
        assert offered == ([UID] if self.state == "active" and self.world.clock().date() < self.due else [])
        assert found == ([UID] if self.state == "active" else [])


def test_an_entry() -> None:
    play(RegisterMachine, 15, 14)
