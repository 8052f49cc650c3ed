"""L29: a case that ended in acquittal, or was dropped, leaves nothing of what was exchanged for it.

Enforced in `services/cases/conclude.py`: without `owe(...)` in `_gone` the partner keeps our words, without
`withdraw(...)` we keep its answer, without the loop over `passed_on` a third service keeps what we told it, without
`erase(...)` what was released of the entry stays with its recipients, without `given_for(...)` what was given unasked
stays on both sides.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.cases.cast import DPO, HEAD, LIEN, LOTTE, OPERATOR, SALMA, UID, ask, deliver, officer
from tests.federation.world import BE, MA, World
from tests.policy.hostile import sent_unbound
from tests.policy.scene import OLD, away, case, everything, leaves
from tests.policy.test_l17_onward import at_third, consented, onward, rounds
from tests.told import FACTS

from comity.core.cases.protection import CaseOutcome, ProtectionGround
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Handling, Role, SubjectCategory
from comity.errors import InputError, Refused
from comity.services.agreements.stop import suspend
from comity.services.cases.conclude import conclude, foresee
from comity.services.cases.request import NeedsSecond
from comity.services.cases.thread.cited import file_under
from comity.services.cases.thread.clarify import ask_clarification
from comity.services.cases.thread.inform import inform
from comity.services.cases.thread.notes import note_channel
from comity.services.context import Actor, Node
from comity.services.exchange.submit import Outgoing
from comity.services.protection.outstanding import outstanding
from comity.services.protection.owe import chase_due
from comity.services.protection.restrict import restrict_sent
from comity.services.watch import approve
from comity.storage.models.cases import CaseNote
from comity.storage.models.egress import BlockedDraft
from comity.storage.models.protection import Notice
from comity.storage.models.register import RegisterSubject
from comity.storage.models.watch import FollowUp

RULE = {
    "enforced": (
        "services/cases/conclude.py:_gone",
        "services/cases/conclude.py:_ended",
        "services/cases/thread/cited.py:given_for",
        "services/cases/thread/cited.py:cited_by",
    ),
    "core": "not applicable: a person says how a case ended; what goes is found among the rows",
    "wire": (
        "test_a_hostile_partner_brings_nothing_back",
        "cases/test_cited.py::test_a_hostile_citation_is_refused",
    ),
    "api": ("api/test_reading.py::test_after_an_acquittal_a_system_reads_nothing",),
    "desk": ("test_everything_exchanged_for_the_case_goes_on_both_sides",),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
ACQUITTED, DROPPED = CaseOutcome.ACQUITTED, CaseOutcome.DROPPED


@pytest.mark.parametrize("outcome", list(CaseOutcome))
def test_everything_exchanged_for_the_case_goes_on_both_sides(
    answered: tuple[World, str, str], outcome: CaseOutcome
) -> None:
    world, agreement, thread = answered
    other = ask(world, agreement, case="BE-2026-999")
    note_channel(world.be, LOTTE, thread, "liaison officer", "ref 12")
    deliver(world)
    assert "a car loaded at night" in everything(world.ma)
    made = conclude(world.be, HEAD, "be-2026 117", outcome, "judgment of 23 November")
    assert made.threads == (thread,)
    chase_due(world.be)
    deliver(world)
    for node in (world.be, world.ma):
        row = case(node, thread)
        assert (row.request, row.reply if node is world.be else None) == (None, None)
        assert case(node, other).request is not None
    assert OLD not in everything(world.be)
    assert CaseNote.objects.using("be").filter(content__isnull=False).count() == 0
    assert outstanding(world.be, DPO) == []
    # Neither the outcome nor the reason is told, or stands in a log.
    assert outcome.value not in everything(world.ma)
    assert outcome.value not in str(leaves(world.be, "case.concluded"))
    assert '"ground":"no-longer-needed"' in str(leaves(world.be, "protection.owed"))


def test_a_partner_that_is_away_is_chased(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    away(world, world.ma.service, days=1)
    conclude(world.be, DPO, "BE-2026-117", DROPPED, "no further action")
    chase_due(world.be)
    deliver(world)
    assert case(world.ma, thread).request is not None
    [line] = outstanding(world.be, DPO)
    assert (line.act, line.thread) == ("erase", thread)
    world.network.cut_off.clear()
    for _ in range(3):
        world.clock.forward(hours=2)
        chase_due(world.be)
        deliver(world)
    assert case(world.ma, thread).request is None
    assert outstanding(world.be, DPO) == []


def test_a_hostile_partner_brings_nothing_back(answered: tuple[World, str, str]) -> None:
    """Answered anew, in part, corrected, or said by the way: of a concluded case nothing is taken in again."""
    world, agreement, thread = answered
    row = case(world.be, thread)
    words, message = dict(row.reply or {}), row.closing
    conclude(world.be, HEAD, "BE-2026-117", ACQUITTED, "judgment")
    deliver(world)
    header: dict[str, Any] = {
        "data": frozenset(DataCategory(each) for each in words["subject"]["fields"]),
        "subjects": frozenset({SubjectCategory.SUSPECT}),
        "handling": Handling.H1,
        "decision": "0" * 64,
        "agreement": agreement,
        "clause": row.clause,
        "purpose": Purpose.TERRORISM,
        "thread": thread,
    }
    for kind in ("reply", "partial-reply"):
        again = Outgoing(BE, Regime.POLICE, kind, Act.REPLY, words, **header)
        assert sent_unbound(world, world.ma, again)[0] == "refused"
    body = {"message": message, "ground": "inaccurate", "corrected": words}
    corrected = Outgoing(BE, Regime.POLICE, "rectification", Act.RECTIFY, body, **header)
    assert sent_unbound(world, world.ma, corrected)[0] == "delivered", "taken note of, and its words not kept"
    asking = {"question": f"do you mean {OLD}?"}
    bare = {**header, "data": frozenset(), "subjects": frozenset(), "handling": None, "decision": None}
    asked = Outgoing(BE, Regime.POLICE, "clarification-request", Act.CLARIFY, asking, **bare)
    assert sent_unbound(world, world.ma, asked)[0] == "refused"
    assert OLD not in everything(world.be)


@pytest.mark.parametrize("by", ["name", "citation"])
def test_what_was_given_unasked_goes_too(answered: tuple[World, str, str], by: str) -> None:
    """Told for the case or inside it; what belongs to another case of ours stays, whatever it cites."""
    world, agreement, thread = answered
    ours = {"case": " be-2026 117"} if by == "name" else {"cites": thread}
    told = _inform(world.be, LOTTE, MA, agreement, "crates at the quay", **ours)
    other = _inform(world.be, LOTTE, MA, agreement, "another matter", case="BE-2026-999", cites=thread)
    deliver(world)
    made = conclude(world.be, HEAD, "BE-2026-117", ACQUITTED, "judgment")
    assert set(made.threads) == {thread, told}
    chase_due(world.be)
    deliver(world)
    for node in (world.be, world.ma):
        assert "crates at the quay" not in everything(node)
        assert "another matter" in everything(node)
    assert other not in made.threads
    with pytest.raises(Refused, match=r"case\.recalled"):
        _inform(world.be, LOTTE, MA, agreement, "anew", cites=told)


def test_what_is_restricted_goes_too(answered: tuple[World, str, str]) -> None:
    world, agreement, thread = answered
    told = _inform(world.be, LOTTE, MA, agreement, "crates at the quay", case="BE-2026-117")
    deliver(world)
    restrict_sent(world.be, HEAD, told, ProtectionGround.CONTESTED)
    deliver(world)
    assert set(conclude(world.be, HEAD, "BE-2026-117", ACQUITTED, "judgment").threads) == {thread, told}
    chase_due(world.be)
    deliver(world)
    assert "crates at the quay" not in everything(world.ma)


def test_a_request_of_the_partner_is_its_own(answered: tuple[World, str, str]) -> None:
    """Filed under a case of ours, it stays: it is another's case that it was made for."""
    world, _, thread = answered
    file_under(world.ma, SALMA, thread, "MA-7")
    with pytest.raises(InputError, match=r"case\.unknown"):
        conclude(world.ma, HEAD, "MA-7", ACQUITTED, "judgment")
    assert case(world.ma, thread).request is not None


@pytest.mark.parametrize("by", ["filing", "citation"])
def test_what_came_unasked_for_the_case_goes_here(answered: tuple[World, str, str], by: str) -> None:
    world, agreement, thread = answered
    cites = thread if by == "citation" else None
    told = _inform(world.ma, SALMA, BE, agreement, "crates at the quay", cites=cites)
    kept = _inform(world.ma, SALMA, BE, agreement, "another matter", cites=thread)
    deliver(world)
    if by == "filing":
        file_under(world.be, LOTTE, told, "BE-2026-117")
    file_under(world.be, LOTTE, kept, "BE-2026-999")
    assert {each.thread for each in foresee(world.be, HEAD, "BE-2026-117")} == {thread, told}
    conclude(world.be, HEAD, "BE-2026-117", ACQUITTED, "judgment")
    chase_due(world.be)
    deliver(world)
    assert "crates at the quay" not in everything(world.be)
    assert "another matter" in everything(world.be)
    # It is the partner's own: whose case ended is not the partner's affair, and nothing tells it of that.
    assert not Notice.objects.using("ma").filter(thread=told).exists()
    assert "crates at the quay" in everything(world.ma)
    assert outstanding(world.be, DPO) == []


def _inform(node: Node, actor: Actor, partner: ServiceId, agreement: str, matter: str, **more: Any) -> str:
    return inform(
        node,
        actor,
        partner,
        agreement,
        Purpose.TERRORISM,
        matter,
        "it may be of use",
        assertions=FACTS,
        **more,
    )


def test_an_open_question_ends(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    ask_clarification(world.ma, SALMA, thread, "who is meant?")
    deliver(world)
    conclude(world.be, HEAD, "BE-2026-117", DROPPED, "no further action")
    chase_due(world.be)
    deliver(world)
    assert case(world.ma, thread).rejected == case(world.be, thread).rejected == "case.recalled"
    assert "who is meant" not in everything(world.be)


def test_what_was_released_of_an_entry_of_the_case_goes_everywhere(answered: tuple[World, str, str]) -> None:
    world, agreement, thread = answered
    told = inform(
        world.ma,
        SALMA,
        BE,
        agreement,
        Purpose.TERRORISM,
        "a tip",
        "may be of use",
        subject=UID,
        assertions=FACTS,
    )
    deliver(world)
    assert OLD in everything(world.be)
    made = conclude(world.ma, HEAD, "MA-1", ACQUITTED, "final acquittal", subjects=[UID])
    assert (made.threads, made.subjects) == ((), (UID,))
    chase_due(world.ma)
    deliver(world)
    assert case(world.be, thread).reply is None
    assert told
    assert OLD not in everything(world.be)
    assert RegisterSubject.objects.using("ma").get(uid=UID).content is None


def test_what_was_passed_on_goes_too(three: tuple[World, str, str, str]) -> None:
    world, _, _, _ = three
    consented(three)
    onward(three)
    rounds(world)
    assert OLD in at_third(world)
    conclude(world.be, HEAD, "BE-2026-117", ACQUITTED, "judgment")
    rounds(world)
    assert OLD not in at_third(world)
    assert OLD not in everything(world.be)


def test_who_may_say_so(answered: tuple[World, str, str]) -> None:
    world, _, thread = answered
    for actor, code in (
        (LOTTE, r"actor\.role .*needs=approver, data-protection-officer, head-of-desk"),
        (OPERATOR, r"case\.person"),
    ):
        with pytest.raises(Refused, match=code):
            conclude(world.be, actor, "BE-2026-117", ACQUITTED, "judgment")
    with pytest.raises(InputError, match=r"register\.reason"):
        conclude(world.be, HEAD, "BE-2026-117", ACQUITTED, "")
    for unknown in ("BE-2026-118", "", "..."):
        with pytest.raises(InputError, match=r"case\.unknown"):
            conclude(world.be, HEAD, unknown, ACQUITTED, "judgment")
    assert case(world.be, thread).reply is not None


def test_nothing_of_the_case_leaves_afterwards(desks: tuple[World, str]) -> None:
    """Not what waits for a second person, nor what the policy had held back: without `_ended` both are still there."""
    world, agreement = desks
    with pytest.raises(NeedsSecond) as found:
        ask(world, agreement, second=None)
    uid = approve.lay_before(world.be, LOTTE, found.value.ready)
    suspend(world.be, HEAD, agreement, "a dispute")
    with pytest.raises(Refused, match=r"agreement\.suspended"):
        ask(world, agreement, facts="a second car was loaded at night", case="BE-2026-117")
    with pytest.raises(Refused, match=r"agreement\.suspended"):
        ask(world, agreement, facts="something else was seen", case="BE-2026-999")
    made = conclude(world.be, HEAD, "be 2026-117", DROPPED, "no further action")
    assert (made.threads, made.ended) == ((), 2)
    kept = FollowUp.objects.using("be").get()
    assert (kept.state, kept.content, kept.approved_by) == ("declined", None, "nadia")
    with pytest.raises(Refused, match=r"follow-up\.decided"):
        approve.read(world.be, LIEN, uid)
    [draft] = BlockedDraft.objects.using("be").all()
    assert draft.content["facts"] == "something else was seen"
    with pytest.raises(InputError, match=r"case\.unknown"):
        conclude(world.be, HEAD, "BE-2026-117", DROPPED, "again")


def test_what_waits_under_another_regime_is_not_ended_by_who_does_not_work_there(
    desks: tuple[World, str],
) -> None:
    world, agreement = desks
    with pytest.raises(NeedsSecond) as found:
        ask(world, agreement, second=None)
    approve.lay_before(world.be, LOTTE, found.value.ready)
    other = officer("tine", Role.HEAD_OF_DESK, regime=Regime.RETURN_IDENTIFICATION)
    for actor in (other, LOTTE):
        with pytest.raises(InputError, match=r"case\.unknown"):
            conclude(world.be, actor, "BE-2026-117", DROPPED, "no further action")
    assert FollowUp.objects.using("be").get().state == "waiting"
