"""A request for identification that cites what a search found is followed up with a second person, like every other.

Enforced by `_cleared` in `services/identification/request.py`: without it one officer alone searches, finds and asks.
"""

from __future__ import annotations

import pytest
from tests.identification.cast import ELS, JAN, RETURN, SAMIRA, desks, request, said, work

from comity.errors import Refused
from comity.storage.models.cases import Case
from comity.storage.models.watch import FollowUp

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
CITING = said(reference="7" * 32)


def test_one_officer_alone_follows_up_no_hit() -> None:
    world, agreement = desks()
    with pytest.raises(Refused, match=r"follow-up\.second"):
        request(world, agreement, said=CITING, files=[], second=None)
    with pytest.raises(Refused, match=r"follow-up\.same"):
        request(world, agreement, said=CITING, files=[], actor=JAN, second=JAN)
    with pytest.raises(Refused, match=r"case\.approver"):
        request(world, agreement, said=CITING, files=[], second=ELS)
    assert not Case.objects.using("be").exists()
    assert not FollowUp.objects.using("be").exists()


def test_with_a_second_person_it_leaves_and_is_counted() -> None:
    world, agreement = desks()
    thread = request(world, agreement, said=CITING, files=[], second=SAMIRA)
    work(world)
    assert Case.objects.using("ma").get().thread == thread
    kept = FollowUp.objects.using("be").get()
    assert (kept.state, kept.regime, kept.approved_by, kept.thread) == ("sent", RETURN, "samira", thread)


def test_what_cites_nothing_needs_nobody() -> None:
    world, agreement = desks()
    request(world, agreement, files=[], second=None)
    assert not FollowUp.objects.using("be").exists()
