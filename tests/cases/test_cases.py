"""A request, its clock, and its answer or refusal, between two nodes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.agreement.samples import shipped
from tests.cases.cast import (
    DPO,
    HEAD,
    LOTTE,
    OPERATOR,
    REFERENCE,
    SALMA,
    SYSTEM_ACCOUNT,
    UID,
    YOUSSEF,
    ask,
    deliver,
    hold,
    make_desks,
    officer,
    refer,
    renamed,
    subject,
    tainted,
    with_suspect,
)
from tests.federation.world import BE, MA, World, sign_between
from tests.told import asked, released

from comity.core import canonical
from comity.core.cases.clock import ClockState
from comity.core.cases.messages import UrgencyGround
from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import (
    Assertion,
    DataCategory,
    Handling,
    RefusalGround,
    Role,
    SubjectCategory,
    Taint,
    Urgency,
)
from comity.errors import InputError, Refused
from comity.services.agreements.stop import resume, suspend
from comity.services.cases.answer import answer, propose_answer
from comity.services.cases.clock import clock
from comity.services.cases.inbox import assign, inbox, list_cases
from comity.services.cases.refuse import refuse
from comity.services.cases.views import show_case
from comity.services.context import SYSTEM
from comity.services.exchange.status import Standing, status
from comity.services.exchange.submit import Outgoing, submit
from comity.storage.models.cases import Case, CaseDecision
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.register import RegisterSubject

pytestmark = pytest.mark.django_db(databases=["be", "ma"])

URGENT: dict[str, Any] = {
    "urgency": Urgency.URGENT_DIRECT,
    "urgency_ground": UrgencyGround.LIFE,
    "urgency_reason": "an attack is expected tonight",
}


def code_of(world: World, message: str) -> str | None:
    found = status(world.ma, message)
    assert found is not None
    return found.code


def same_clock(world: World, thread: str) -> ClockState:
    """Both nodes show the same clock; return its state."""
    at_be, at_ma = clock(world.be, thread), clock(world.ma, thread)
    assert at_be == at_ma
    return at_be.state


class TestMainJob:
    def test_request_answer_and_reading(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = ask(world, agreement)
        assert clock(world.be, thread).state is ClockState.WAITING
        deliver(world)
        assert same_clock(world, thread) is ClockState.OPEN
        [entry] = inbox(world.ma, SALMA)
        assert (entry.thread, entry.partner, entry.purpose, entry.owner) == (thread, BE, "terrorism", None)
        assert entry.clock.left == timedelta(days=7) - timedelta(seconds=1)
        seen = show_case(world.ma, SALMA, thread)
        assert seen["request"]["facts"] == "a car loaded at night"
        assert seen["request"]["reference"] == REFERENCE
        answer(
            world.ma,
            SALMA,
            thread,
            categories={DataCategory.NAMES, DataCategory.BIRTH},
            note="voilà",
            assertion=Assertion.FACT,
        )
        deliver(world)
        assert same_clock(world, thread) is ClockState.ANSWERED_IN_TIME
        shown = show_case(world.be, LOTTE, thread)
        assert set(shown["reply"]["subject"]["fields"]) == {"names", "birth"}
        assert "الخطابي" in str(shown["reply"])
        assert "+212661234567" not in str(shown["reply"])
        assert shown["reply"]["handling"] == "H1"
        assert shown["reply"]["evaluation"] == "X4"
        assert [each["kind"] for each in shown["timeline"]] == ["request", "reply"]
        assert inbox(world.ma, SALMA) == []

    def test_evidence_on_both_sides_without_persons(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = ask(world, agreement)
        deliver(world)
        answer(world.ma, SALMA, thread)
        deliver(world)
        expected = {"be": ("case.opened", "case.answered"), "ma": ("case.received", "case.released")}
        for alias, kinds in expected.items():
            leaves = [bytes(row.leaf).decode() for row in EvidenceEntry.objects.using(alias)]
            for kind in kinds:
                assert any(f'"{kind}"' in leaf and thread in leaf for leaf in leaves)
            for name in ("salma", "lotte", "الخطابي", UID, "attack"):
                assert not any(name in leaf for leaf in leaves)

    def test_a_refusal_shows_its_ground_and_stops_the_clock(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = ask(world, agreement)
        deliver(world)
        refuse(world.ma, SALMA, thread, RefusalGround.F2, reason="a source is at risk")
        deliver(world)
        assert same_clock(world, thread) is ClockState.REFUSED
        shown = show_case(world.be, LOTTE, thread)
        assert shown["ground"] == "f2"
        assert "source" not in str(shown)

    @pytest.mark.parametrize("true", [RefusalGround.N1, RefusalGround.N2, RefusalGround.N3])
    def test_the_true_ground_never_leaves(self, desks: tuple[World, str], true: RefusalGround) -> None:
        world, agreement = desks
        thread = ask(world, agreement)
        deliver(world)
        refuse(world.ma, SALMA, thread, true)
        deliver(world)
        assert show_case(world.be, LOTTE, thread)["ground"] == "a"
        kept = CaseDecision.objects.using("ma").get(thread=thread)
        assert kept.true_ground == true.value
        assert "true_ground" not in str(show_case(world.ma, SALMA, thread)["decisions"])
        [made] = show_case(world.ma, DPO, thread)["decisions"]
        assert made["true_ground"] == true.value


class TestClock:
    def test_urgent_7_h_59_is_in_time_and_8_h_01_is_late_on_both(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        for minutes, state in ((479, ClockState.ANSWERED_IN_TIME), (481, ClockState.ANSWERED_LATE)):
            thread = ask(world, agreement, **URGENT)
            deliver(world)
            world.clock.forward(minutes=minutes, seconds=-10)
            answer(world.ma, SALMA, thread)
            deliver(world)
            assert same_clock(world, thread) is state

    def test_it_runs_and_both_see_it(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = ask(world, agreement, **URGENT)
        deliver(world)
        for hours, state in ((5, ClockState.OPEN), (2, ClockState.DUE_SOON), (2, ClockState.OVERDUE)):
            world.clock.forward(hours=hours)
            assert same_clock(world, thread) is state

    def test_it_starts_at_receipt_not_at_sending(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        world.network.cut_off.add(MA)
        thread = ask(world, agreement, **URGENT)
        deliver(world)
        assert clock(world.be, thread).state is ClockState.WAITING
        world.clock.forward(hours=9)
        world.network.cut_off.clear()
        deliver(world)
        assert same_clock(world, thread) is ClockState.OPEN
        assert clock(world.be, thread).left == timedelta(hours=8) - timedelta(seconds=1)

    def test_sent_in_time_and_received_late_is_late_and_says_so(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = ask(world, agreement, **URGENT)
        deliver(world)
        world.network.cut_off.add(BE)
        world.clock.forward(hours=7)
        answer(world.ma, SALMA, thread)
        assert clock(world.ma, thread).answer_underway
        world.clock.forward(hours=2)
        world.network.cut_off.clear()
        deliver(world)
        assert same_clock(world, thread) is ClockState.ANSWERED_LATE
        assert clock(world.be, thread).sent_in_time

    def test_a_request_that_the_partner_refuses_has_no_clock(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        suspend(world.ma, HEAD, agreement, "over")
        thread = ask(world, agreement)
        world.network.cut_off.clear()
        deliver(world)
        assert clock(world.be, thread).state is ClockState.REJECTED
        assert show_case(world.be, LOTTE, thread)["rejected"] == "agreement.suspended"


class TestNamedPerson:
    @pytest.mark.parametrize("actor", [YOUSSEF, OPERATOR, SYSTEM, SYSTEM_ACCOUNT, HEAD])
    @pytest.mark.parametrize(
        "act",
        [
            lambda actor, world, thread: answer(world.ma, actor, thread),
            lambda actor, world, thread: refuse(world.ma, actor, thread, RefusalGround.A),
        ],
    )
    def test_nobody_else_decides(self, desks: tuple[World, str], actor: Any, act: Any) -> None:
        world, agreement = desks
        thread = ask(world, agreement)
        deliver(world)
        with pytest.raises((Refused, InputError)) as refused:
            act(actor, world, thread)
        assert refused.value.code == ("case.unknown" if actor is SYSTEM else "case.approver")
        assert Case.objects.using("ma").get(thread=thread).closing is None

    def test_an_approver_of_another_regime_does_not_see_it(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = ask(world, agreement)
        deliver(world)
        stranger = officer("karim", Role.APPROVER, regime=Regime.RETURN_IDENTIFICATION)
        assert inbox(world.ma, stranger) == []
        with pytest.raises(InputError, match=r"case\.unknown"):
            answer(world.ma, stranger, thread)

    def test_a_reply_without_decision_cannot_be_sent_at_all(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = ask(world, agreement)
        deliver(world)
        bare = Outgoing(
            partner=BE,
            regime=Regime.POLICE,
            kind="reply",
            act=Act.REPLY,
            body={},
            agreement=agreement,
            purpose=Purpose.TERRORISM,
            thread=thread,
            data=frozenset({DataCategory.NAMES}),
            subjects=frozenset({SubjectCategory.SUSPECT}),
        )
        with pytest.raises(Refused, match=r"law\.decision"):
            submit(world.ma, bare, SALMA)

    def test_the_decision_is_kept_and_its_digest_stands_in_the_evidence(
        self, desks: tuple[World, str]
    ) -> None:
        world, agreement = desks
        thread = ask(world, agreement)
        deliver(world)
        answer(world.ma, SALMA, thread, categories={DataCategory.NAMES})
        made = CaseDecision.objects.using("ma").get(thread=thread)
        assert (made.content["by"], made.content["subject"]) == ("salma", UID)
        leaves = [bytes(row.leaf).decode() for row in EvidenceEntry.objects.using("ma")]
        assert any("case.released" in leaf and made.digest in leaf for leaf in leaves)

    def test_the_operator_sees_that_it_exists_not_what_it_says(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = ask(world, agreement)
        deliver(world)
        shown = show_case(world.ma, OPERATOR, thread)
        assert shown["request"] is None
        assert shown["clock"]["state"] == "open"

    def test_fingerprints_need_two(self) -> None:
        """An agreement may ask for them with a necessity (LED Art. 10); for return they have a form of their own."""
        world, _ = make_desks()
        with_suspect(world)
        plan = shipped("plan_2025")
        clauses = tuple(
            clause.model_copy(
                update={
                    "data": tuple(sorted((*clause.data, DataCategory.FINGERPRINTS))),
                    "necessity": "none other",
                }
            )
            if clause.purpose is Purpose.TERRORISM and Act.REQUEST in clause.acts
            else clause
            for clause in plan.clauses
        )
        plan = plan.model_copy(update={"clauses": clauses, "code": "BE-MA-PRINTS", "predecessor": None})
        agreement = sign_between((world.be, world.ma), plan)
        thread = ask(world, agreement)
        deliver(world)
        prints = {DataCategory.NAMES, DataCategory.FINGERPRINTS}
        for second in (None, SALMA):
            with pytest.raises(Refused, match=r"case\.second"):
                answer(world.ma, SALMA, thread, None, prints, second=second)
        # Two may, but this register holds none: an empty list never leaves in their place.
        with pytest.raises(Refused, match=r"case\.not-held"):
            answer(world.ma, SALMA, thread, None, prints, second=renamed(SALMA, "karim"))
        assert DataCategory.FINGERPRINTS not in propose_answer(world.ma, SALMA, thread).categories
        answer(world.ma, SALMA, thread)
        deliver(world)
        assert same_clock(world, thread) is ClockState.ANSWERED_IN_TIME
        reply = show_case(world.ma, SALMA, thread)["reply"]
        assert "fingerprints" not in reply["subject"]["fields"]


class TestWhatWasShown:
    def test_an_edit_between_preview_and_release_stops_it(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = ask(world, agreement)
        deliver(world)
        seen = propose_answer(world.ma, SALMA, thread).digest
        hold(world.ma, subject().model_copy(update={"phones": ("+212669999999",)}))
        with pytest.raises(Refused, match=r"case\.changed"):
            answer(world.ma, SALMA, thread, shown=seen)
        assert Case.objects.using("ma").get(thread=thread).closing is None
        assert not CaseDecision.objects.using("ma").filter(thread=thread).exists()
        answer(world.ma, SALMA, thread, shown=propose_answer(world.ma, SALMA, thread).digest)

    @pytest.mark.parametrize("part", ["marks", "version"])
    def test_marks_and_versions_count_too(self, desks: tuple[World, str], part: str) -> None:
        world, agreement = desks
        thread = ask(world, agreement)
        deliver(world)
        seen = propose_answer(world.ma, SALMA, thread).digest
        if part == "marks":
            hold(world.ma, subject(handling=Handling("H3/no-court")))
        else:
            RegisterSubject.objects.using("ma").filter(uid=UID).update(version=2)
        with pytest.raises(Refused, match=r"case\.changed"):
            answer(world.ma, SALMA, thread, categories={DataCategory.NAMES}, shown=seen)

    def test_an_edit_while_it_is_being_released_stops_it(
        self, desks: tuple[World, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world, agreement = desks
        thread = ask(world, agreement)
        deliver(world)

        def edited(*given: Any, **named: Any) -> str:
            hold(world.ma, subject().model_copy(update={"phones": ()}))
            return submit(*given, **named)

        monkeypatch.setattr("comity.services.cases.answer.submit", edited)
        with pytest.raises(Refused, match=r"case\.changed"):
            answer(world.ma, SALMA, thread)
        assert Case.objects.using("ma").get(thread=thread).closing is None

    def test_the_decision_names_what_left(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = ask(world, agreement)
        deliver(world)
        seen = propose_answer(world.ma, SALMA, thread).digest
        answer(world.ma, SALMA, thread, categories={DataCategory.NAMES}, shown=seen)
        made = CaseDecision.objects.using("ma").get(thread=thread).content
        left = show_case(world.ma, SALMA, thread)["reply"]
        assert made["shown"] == seen
        assert made["released"] == canonical.digest(canonical.encode(left))


class TestNothingBeyond:
    def test_only_what_clause_and_request_and_officer_name(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = ask(world, agreement, categories={DataCategory.NAMES, DataCategory.PHONES})
        deliver(world)
        proposal = propose_answer(world.ma, SALMA, thread)
        assert proposal.categories == {DataCategory.NAMES, DataCategory.PHONES}
        with pytest.raises(Refused, match=r"case\.category"):
            answer(world.ma, SALMA, thread, categories={DataCategory.BIRTH})
        with pytest.raises(Refused, match=r"case\.category"):
            answer(world.ma, SALMA, thread, categories=set())
        answer(world.ma, SALMA, thread)
        deliver(world)
        reply = show_case(world.be, LOTTE, thread)["reply"]
        assert set(reply["subject"]["fields"]) == {"names", "phones"}

    def test_a_request_beyond_the_clause_is_refused(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        with pytest.raises(Refused, match=r"clause\.data"):
            ask(world, agreement, categories={DataCategory.CRIMINAL_RECORD})

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"facts": " "}, "facts"),
            ({"offence": ""}, "offence"),
            ({"reasons": ""}, "reasons"),
            ({"link": ""}, "link"),
            ({"case": ""}, "case"),
            ({"reference": None}, "reference or about"),
            ({"urgency": Urgency.URGENT_DIRECT}, "urgency_ground, urgency_reason"),
            ({"urgency_reason": "why not"}, "urgency_reason"),
            ({"link": "", "facts": " ", "reference": None}, "facts, link, reference or about"),
            ({"case": "x" * 201, "offence": ""}, "offence, case"),
        ],
    )
    def test_every_mandatory_text(self, desks: tuple[World, str], change: Any, field: str) -> None:
        world, agreement = desks
        with pytest.raises(InputError) as refused:
            ask(world, agreement, **change)
        assert (refused.value.code, refused.value.facts["field"]) == ("case.request-field", field)

    @pytest.mark.parametrize(
        "taint", [Taint.EURODAC, Taint.ASYLUM, Taint.RETURN_SUSPENDED, Taint.QUARANTINED]
    )
    def test_a_taint_that_came_after_the_hit_blocks_the_reference(
        self, desks: tuple[World, str], taint: Taint
    ) -> None:
        world, agreement = desks
        thread = ask(world, agreement)
        deliver(world)
        hold(world.ma, tainted(taint))
        with pytest.raises(Refused, match=r"probe\.reference-recalled"):
            answer(world.ma, SALMA, thread)

    @pytest.mark.parametrize("taint", [Taint.TORTURE_RISK, Taint.ASYLUM, Taint.RESTRICTED])
    def test_the_block_is_one_code_and_its_ground_is_for_the_protection_officer(
        self, desks: tuple[World, str], taint: Taint
    ) -> None:
        world, agreement = desks
        thread = ask(world, agreement, reference=None, about="the man at the port")
        deliver(world)
        hold(world.ma, tainted(taint))
        with pytest.raises(Refused) as refused:
            answer(world.ma, SALMA, thread, UID)
        assert refused.value.code == "law.protected"
        assert refused.value.facts == {}
        assert show_case(world.ma, SALMA, thread)["decisions"] == []
        [made] = show_case(world.ma, DPO, thread)["decisions"]
        assert made["kind"] == "block"
        assert made["true_ground"].startswith("L")
        assert not any(each["kind"] == "reply" for each in show_case(world.ma, SALMA, thread)["timeline"])

    def test_a_reference_of_another_partner_or_nobody(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = ask(world, agreement, reference="9" * 32)
        deliver(world)
        with pytest.raises(InputError, match=r"probe\.reference-unknown"):
            answer(world.ma, SALMA, thread)
        refuse(world.ma, SALMA, thread, RefusalGround.A)

    def test_another_subject_than_the_reference(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        hold(world.ma, subject(), "6" * 32)
        thread = ask(world, agreement)
        deliver(world)
        with pytest.raises(Refused, match=r"case\.other-subject"):
            answer(world.ma, SALMA, thread, "6" * 32)

    def test_what_another_service_owns(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = ask(world, agreement, reference=None, about="the man at the port")
        deliver(world)
        hold(world.ma, subject(owner="MA.customs"))
        with pytest.raises(Refused, match=r"case\.not-owner"):
            answer(world.ma, SALMA, thread, UID)
        hold(world.ma, subject(regime=Regime.RETURN_IDENTIFICATION, purposes=(Purpose.IDENTIFICATION,)))
        with pytest.raises(Refused, match=r"case\.regime"):
            answer(world.ma, SALMA, thread, UID)

    def test_one_answer_only(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = ask(world, agreement)
        deliver(world)
        answer(world.ma, SALMA, thread)
        with pytest.raises(Refused, match=r"case\.closed"):
            answer(world.ma, SALMA, thread)
        with pytest.raises(Refused, match=r"case\.closed"):
            refuse(world.ma, SALMA, thread, RefusalGround.A)
        with pytest.raises(Refused, match=r"case\.not-ours-to-answer"):
            refuse(world.be, SALMA, thread, RefusalGround.A)

    def test_while_suspended_nothing_is_asked_or_told_and_then_it_is(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = ask(world, agreement, reference=None, about="the man at the port")
        deliver(world)
        suspend(world.ma, HEAD, agreement, "over")
        deliver(world)
        with pytest.raises(Refused, match=r"agreement\.suspended"):
            ask(world, agreement)
        with pytest.raises(Refused, match=r"agreement\.suspended"):
            answer(world.ma, SALMA, thread, UID)
        resume(world.ma, HEAD, agreement)
        deliver(world)
        answer(world.ma, SALMA, thread, UID)
        deliver(world)
        assert same_clock(world, thread) is ClockState.ANSWERED_IN_TIME

    def test_while_suspended_a_request_may_be_refused(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = ask(world, agreement, reference=None, about="the man at the port")
        deliver(world)
        suspend(world.ma, HEAD, agreement, "over")
        deliver(world)
        refuse(world.ma, SALMA, thread, RefusalGround.A)
        deliver(world)
        assert same_clock(world, thread) is ClockState.REFUSED

    def test_a_reply_that_waits_when_its_own_node_suspends_does_not_leave(
        self, desks: tuple[World, str]
    ) -> None:
        world, agreement = desks
        thread = ask(world, agreement, reference=None, about="the man at the port")
        deliver(world)
        message = answer(world.ma, SALMA, thread, UID)
        suspend(world.ma, HEAD, agreement, "over")
        deliver(world)
        assert Case.objects.using("be").get(thread=thread).reply is None
        view = status(world.ma, message)
        assert view is not None
        assert (view.standing, view.received_at) == (Standing.WITHDRAWN, None)
        assert Case.objects.using("ma").get(thread=thread).closing_sent_at is None, "the case is open again"
        resume(world.ma, HEAD, agreement)
        deliver(world)
        answer(world.ma, SALMA, thread, UID)
        deliver(world)
        assert Case.objects.using("be").get(thread=thread).reply is not None


class TestHostilePartner:
    """The Moroccan node sends what its own services would never write."""

    def reply(self, world: World, agreement: str, thread: str, /, **changes: Any) -> str | None:
        fields = changes.pop("fields", {"names": []})
        body = {
            "subject": released(fields),
            "assertions": {},
            "handling": "H1",
            "evaluation": "A1",
            "subject_category": "suspect",
            "conditions": None,
            "note": None,
        }
        usual: dict[str, Any] = {
            "partner": BE,
            "regime": Regime.POLICE,
            "kind": "reply",
            "act": Act.REPLY,
            "body": {**body, **changes.pop("body", {})},
            "agreement": agreement,
            "clause": "terrorism.request",
            "purpose": Purpose.TERRORISM,
            "thread": thread,
            "data": frozenset({DataCategory.NAMES}),
            "subjects": frozenset({SubjectCategory.SUSPECT}),
            "decision": "0" * 64,
        }
        message = submit(world.ma, Outgoing(**{**usual, **changes}), SALMA)
        deliver(world)
        return code_of(world, message)

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"fields": {"names": [], "accounts": ["BE00"]}}, "case.header"),
            ({"data": frozenset({DataCategory.ACCOUNTS}), "fields": {"accounts": []}}, "case.beyond-request"),
            ({"clause": "drugs.request", "purpose": Purpose.DRUGS}, "case.header"),
            ({"body": {"evaluation": "Z9"}}, "case.message-malformed"),
            ({"body": {"extra": 1}}, "case.message-malformed"),
            ({"body": {"subject_category": "witness"}}, "case.header"),
            ({"subjects": frozenset({SubjectCategory.CONVICTED})}, "case.header"),
            ({"handling": Handling.H2}, "case.header"),
            ({"thread": "0" * 32}, "case.unknown-thread"),
            (
                {"kind": "refusal", "act": Act.REFUSE, "body": {"ground": "a"}, "data": frozenset()},
                "case.message-malformed",
            ),
        ],
    )
    def test_replies(self, desks: tuple[World, str], change: Any, code: str) -> None:
        world, agreement = desks
        thread = ask(world, agreement, categories={DataCategory.NAMES})
        deliver(world)
        assert self.reply(world, agreement, thread, **change) == code
        assert clock(world.be, thread).state is ClockState.OPEN

    def test_a_reply_to_the_partners_own_request_is_no_answer(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = ask(world, agreement)
        deliver(world)
        assert self.reply(world, agreement, thread) is None
        assert self.reply(world, agreement, thread) == "case.already-closed"

    @pytest.mark.parametrize("ground", ["n1", "n2", "n3", "z"])
    def test_a_ground_off_the_wire_list(self, desks: tuple[World, str], ground: str) -> None:
        world, agreement = desks
        thread = ask(world, agreement)
        deliver(world)
        outgoing = Outgoing(
            partner=BE,
            regime=Regime.POLICE,
            kind="refusal",
            act=Act.REFUSE,
            body={"ground": ground},
            agreement=agreement,
            clause="terrorism.request",
            purpose=Purpose.TERRORISM,
            thread=thread,
            decision="0" * 64,
        )
        message = submit(world.ma, outgoing, SALMA)
        deliver(world)
        assert code_of(world, message) == "case.message-malformed"

    def test_a_refused_reply_reopens_the_case(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = ask(world, agreement)
        deliver(world)
        Case.objects.using("be").filter(thread=thread).update(closing="f" * 32)
        answer(world.ma, SALMA, thread)
        deliver(world)
        shown = show_case(world.ma, SALMA, thread)
        assert shown["closing_rejected"] == "case.already-closed"
        assert shown["reply"] is None
        assert clock(world.ma, thread).state is ClockState.OPEN


class TestInbox:
    def test_the_most_pressing_first(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        ordinary = ask(world, agreement)
        urgent = ask(world, agreement, **URGENT)
        deliver(world)
        world.clock.forward(hours=9)
        assert [each.thread for each in inbox(world.ma, SALMA)] == [urgent, ordinary]
        assert [each.side for each in list_cases(world.be, LOTTE)] == ["asked", "asked"]

    def test_what_is_not_receipted_shows(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        world.network.cut_off.add(MA)
        thread = ask(world, agreement)
        deliver(world)
        assert show_case(world.be, LOTTE, thread)["timeline"][0]["state"] == "queued"
        world.clock.forward(minutes=6)
        [entry] = show_case(world.be, LOTTE, thread)["timeline"]
        assert (entry["state"], entry["disputed"]) == ("unacknowledged", False)

    def test_more_than_fits_shows_the_nearest_deadline(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        for _ in range(3):
            ask(world, agreement)
        urgent = ask(world, agreement, **URGENT)
        deliver(world)
        assert [each.thread for each in inbox(world.ma, SALMA, limit=1)] == [urgent]

    def test_owner(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        thread = ask(world, agreement)
        deliver(world)
        assign(world.ma, YOUSSEF, thread, YOUSSEF)
        with pytest.raises(Refused, match=r"actor\.role"):
            assign(world.ma, SALMA, thread, SALMA)
        assign(world.ma, HEAD, thread, SALMA)
        [entry] = inbox(world.ma, SALMA)
        assert entry.owner == "salma"
        with pytest.raises(Refused, match=r"case\.owner"):
            assign(world.ma, HEAD, thread, officer("x", Role.APPROVER, regime=Regime.RETURN_IDENTIFICATION))

    def test_both_directions_at_once(self, desks: tuple[World, str]) -> None:
        world, agreement = desks
        hold(world.be, subject(owner=BE))
        refer(world.be, MA, "8" * 32)
        thread = ask(world, agreement)
        deliver(world)
        from tests.cases.cast import TEXTS

        from comity.services.cases.request import open_request

        told = asked({**TEXTS, "facts": "facts"})
        back = open_request(
            world.ma,
            SALMA,
            BE,
            agreement,
            Purpose.TERRORISM,
            "MA-1",
            "8" * 32,
            "facts",
            **TEXTS,
            assertions=told,
            second=officer("hicham", Role.APPROVER),
        )
        deliver(world)
        answer(world.be, officer("lien", Role.APPROVER), back)
        answer(world.ma, SALMA, thread)
        deliver(world)
        assert same_clock(world, thread) is same_clock(world, back) is ClockState.ANSWERED_IN_TIME
