"""L30: what was obtained in violation of human rights is quarantined: not found, not told, not repeated, taken back.

Enforced by the row ``L30`` of `PROHIBITIONS` in `core/policy/law.py` (without it quarantined values leave in words), by
`may_see` in `services/register/accountable.py` (without it officers find the entry), by `findable` in
`core/register/findable.py` (without its test of the state partners do), and by `tell_recipients` in
`services/protection/subject.py` (without it the recipients keep what they were told). Files of a request stay here by
`taints_of` in `services/identification/attach.py:_marks` (without it parts are written after the quarantine) and by
`withhold(...)` in `owe` and `restrict_sent` (without it those that are written leave).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cases.cast import DPO, HEAD, SALMA, UID, ask, deliver, subject
from tests.egress.scene import enter, true_grounds
from tests.federation.world import BE, MA, World
from tests.identification import cast as identification
from tests.policy.conftest import with_homes
from tests.policy.looking import ONLY_THE_NEIGHBOUR, found_before_and_after
from tests.policy.scene import OLD, case, everything
from tests.told import FACTS

from comity.core.codes.exchange import Act, Purpose, PurposeGroup, Regime
from comity.core.codes.marks import Taint
from comity.core.policy.law import prohibited
from comity.core.policy.model import ProposedAct
from comity.core.register.findable import findable
from comity.core.register.subject import SubjectState
from comity.errors import InputError, Refused
from comity.services.cases.answer import answer
from comity.services.cases.thread.clarify import ask_clarification
from comity.services.cases.thread.inform import inform
from comity.services.identification.attach import send_parts
from comity.services.protection.owe import chase_due
from comity.services.register.read import consult, stream_findable
from comity.services.register.search import search
from comity.services.register.state import lift_restriction, quarantine, restrict
from comity.storage.models.cases import Attachment

RULE = {
    "enforced": (
        "core/policy/law.py:PROHIBITIONS",
        "services/register/accountable.py:may_see",
        "core/register/findable.py:findable",
        "services/protection/subject.py:tell_recipients",
        "services/identification/attach.py:_marks",
    ),
    "core": ("test_in_the_core",),
    "wire": ("test_a_partner_s_search_finds_nobody",),
    "api": ("api/test_protected.py::test_no_value_of_the_protected_leaves_over_rest",),
    "desk": ("test_nobody_finds_it_and_it_stays_so", "test_files_of_a_request_stay_here"),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


@pytest.fixture
def held(desks: tuple[World, str]) -> tuple[World, str]:
    """Let the suspect's entry have the tokens by which it is found."""
    world, agreement = desks
    enter(world.ma, subject(), UID)
    return world, agreement


def found_by(world: World, text: str = "يوسف الخطابي") -> list[str]:
    found = search(world.ma, SALMA, Regime.POLICE, text, "looked for")
    return [each.uid for each in found.subjects]


def offered(world: World) -> list[str]:
    return [uid for uid, _, _ in stream_findable(world.ma, Regime.POLICE, BE, PurposeGroup.SERIOUS_CRIME)]


def test_in_the_core() -> None:
    act = ProposedAct(
        act=Act.REPLY,
        regime=Regime.POLICE,
        sender=MA,
        recipient=BE,
        taints=frozenset({Taint.QUARANTINED}),
        decision="0",
    )
    assert [ground.rule for ground in prohibited(act, None, None)] == ["L30"]
    entry = subject(state=SubjectState.QUARANTINED)
    today = subject().marks.erase_at.replace(year=2026)
    scope = {"service": MA, "regime": Regime.POLICE, "group": PurposeGroup.SERIOUS_CRIME, "today": today}
    assert findable(subject(), **scope)
    assert not findable(entry, **scope)


@pytest.mark.django_db(databases=["be", "ma", "third"])
def test_a_partner_s_search_finds_nobody(tmp_path: Path) -> None:
    """Also where the partner had been given the index before the mark."""
    assert found_before_and_after(tmp_path, Taint.QUARANTINED) == ONLY_THE_NEIGHBOUR


def test_nobody_finds_it_and_it_stays_so(held: tuple[World, str]) -> None:
    world, _ = held
    assert (found_by(world), offered(world)) == ([UID], [UID])
    quarantine(world.ma, DPO, UID, "obtained under duress")
    assert (found_by(world), offered(world)) == ([], [])
    with pytest.raises(Refused, match=r"register\.restricted"):
        consult(world.ma, SALMA, UID, "looked at")
    assert consult(world.ma, HEAD, UID, "to be settled").uid == UID
    with pytest.raises(Refused, match=r"register\.state"):
        lift_restriction(world.ma, DPO, UID, "lift")


def test_it_is_neither_told_nor_repeated(held: tuple[World, str]) -> None:
    world, agreement = held
    thread = ask(world, agreement, reference=None, about="the driver")
    deliver(world)
    quarantine(world.ma, DPO, UID, "obtained under duress")
    with pytest.raises(Refused, match=r"law\.protected"):
        answer(world.ma, SALMA, thread, UID)
    for text in (
        "Youssef Khattabi, né le 2 mars 1984",
        "his number is 0661 23 45 67",
        "٢ مارس ١٩٨٤ يوسف الخطابي",
    ):
        with pytest.raises(Refused, match=r"law\.protected"):
            ask_clarification(world.ma, SALMA, thread, text)
        with pytest.raises((Refused, InputError), match=r"law\.protected"):
            inform(world.ma, SALMA, BE, agreement, Purpose.TERRORISM, "a tip", text, assertions=FACTS)
    assert {"L30"} == {ground for ground in true_grounds(world.ma) if ground}
    deliver(world)
    assert OLD not in everything(world.be)


def test_what_was_told_before_is_taken_back(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    assert case(world.be, thread).reply is not None
    quarantine(world.ma, DPO, UID, "obtained under duress")
    chase_due(world.ma)
    deliver(world)
    assert case(world.be, thread).reply is None
    assert OLD not in everything(world.be)
    assert "duress" not in everything(world.be)


@pytest.mark.parametrize("written", [False, True], ids=["parts-not-written", "parts-written"])
@pytest.mark.parametrize("state", [quarantine, restrict])
def test_files_of_a_request_stay_here(tmp_path: Path, state: Callable[..., int], written: bool) -> None:
    """The request has arrived; its fingerprints follow in parts, until the entry may be used no more."""
    world, agreement = identification.desks()
    with_homes(world, tmp_path)
    thread = identification.request(world, agreement)
    deliver(world)
    if written:
        assert send_parts(world.be) > 0
    state(world.be, identification.HEAD, identification.PERSON, "obtained under duress")
    for _ in range(3):
        identification.work(world, seconds=400)
    gone = state is quarantine
    for node in (world.be, world.ma):
        [file] = Attachment.objects.using(node.alias)
        assert (file.arrived, file.state) == (0, "gone" if gone else "arriving")
    assert (identification.FAMILY in everything(world.ma)) is not gone
    assert (case(world.be, thread).rejected == "case.recalled") is gone


@pytest.mark.parametrize("state", [SubjectState.QUARANTINED, SubjectState.RESTRICTED])
def test_no_part_is_written_before_the_node_has_followed_its_register(state: SubjectState) -> None:
    world, agreement = identification.desks()
    identification.request(world, agreement)
    deliver(world)
    identification.hold(world.be, identification.person(state=state), identification.PERSON, version=2)
    assert send_parts(world.be) == 0
    assert [row.code for row in Attachment.objects.using("be")] == ["law.protected"]


def test_files_follow_once_the_entry_is_free_again(tmp_path: Path) -> None:
    world, agreement = identification.desks()
    with_homes(world, tmp_path)
    identification.request(world, agreement)
    deliver(world)
    send_parts(world.be)
    restrict(world.be, identification.HEAD, identification.PERSON, "contested")
    identification.work(world, seconds=400)
    lift_restriction(world.be, identification.HEAD, identification.PERSON, "it was right")
    for _ in range(3):
        identification.work(world, seconds=4000)
    assert [row.state for row in Attachment.objects.using("ma")] == ["held"]
