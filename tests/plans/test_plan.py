"""An action plan over two nodes: signed by both, counted alike, followed up, succeeded."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.cases.cast import DPO, HEAD, LOTTE, OPERATOR, SALMA, ask, deliver, officer
from tests.cases.clocked import clocked_desks, recorded
from tests.cases.test_cases import URGENT
from tests.federation.world import BE, MA, World, set_state
from tests.plans.samples import ANNEX, NEXT, signed

from comity.core.agreement.standing import State
from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import RefusalGround, Role
from comity.core.plan.followup import PLAN_ENTRY
from comity.errors import InputError, Refused
from comity.services.cases.answer import answer
from comity.services.cases.recall import recall
from comity.services.cases.refuse import refuse
from comity.services.exchange.status import status
from comity.services.exchange.submit import Outgoing, submit
from comity.services.plans.follow import enter
from comity.services.plans.report import list_plans, report
from comity.services.plans.sign import PLAN_SIGNATURE, draft, sign
from comity.services.plans.standing import stored_plan
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.plans import PlanEntry, StoredPlan

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


@pytest.fixture
def planned() -> tuple[World, str, str]:
    """Two desks, the agreement and a plan that both have signed."""
    world, agreement = clocked_desks()
    return world, agreement, signed(world, agreement)


def both(world: World, plan: str, actor: Any = HEAD) -> dict[str, Any]:
    """Return the report, which both nodes make alike."""
    here, there = (report(node, actor, plan) for node in (world.be, world.ma))
    assert (here.pop("partner"), there.pop("partner")) == (MA, BE)
    assert here == there
    return here


def measure(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(
        each for objective in found["objectives"] for each in objective["measures"] if each["id"] == name
    )


def values(found: dict[str, Any], name: str) -> list[int | None]:
    return [counter["value"] for counter in measure(found, name)["counters"]]


def test_both_sign_and_both_hold_the_same_bytes(planned: tuple[World, str, str]) -> None:
    world, _, plan = planned
    documents = [bytes(StoredPlan.objects.using(alias).get().document) for alias in ("be", "ma")]
    assert documents[0] == documents[1]
    for node in (world.be, world.ma):
        found = stored_plan(node, plan)
        assert found.state(world.clock()) is State.IN_FORCE
        assert set(found.signed_at) == {BE, MA}
        assert [fact["by"] for fact in recorded(node.alias, "plan.signed")] == [BE, MA]
    with pytest.raises(Refused, match=r"plan\.signed"):
        sign(world.be, HEAD, plan)


def test_both_count_the_same_from_receipts(planned: tuple[World, str, str]) -> None:
    world, agreement, plan = planned
    answered, refused, recalled = (ask(world, agreement) for _ in range(3))
    late = ask(world, agreement, **URGENT)
    described = ask(world, agreement, about="the holder of +212 661 234 567", reference=None)
    border = ask(world, agreement, purpose=Purpose.BORDER_POST_DATA)
    deliver(world)
    world.clock.forward(hours=3)
    answer(world.ma, SALMA, answered)
    refuse(world.ma, SALMA, refused, RefusalGround.N1)
    recall(world.be, LOTTE, recalled)
    deliver(world)
    world.clock.forward(hours=9)
    answer(world.ma, SALMA, late)
    deliver(world)
    found = both(world, plan)
    assert border
    assert described
    assert values(found, "desk-of-morocco") == [6, 1, 4]
    assert [each["met"] for each in measure(found, "desk-of-morocco")["counters"]] == [None, False, True]
    assert values(found, "desk-of-belgium") == [0, 0]
    # Terrorism: four requests rest on a hit, one on a description; the hidden ground n1 counts as a, on both nodes.
    assert values(found, "hits-followed") == [4, 1, 1, 1]
    assert "n1" not in json.dumps(found)
    world.clock.forward(days=20)
    later = both(world, plan)
    assert later["figures_digest"] != found["figures_digest"]


def test_a_message_under_way_makes_no_lasting_difference(planned: tuple[World, str, str]) -> None:
    world, agreement, plan = planned
    ask(world, agreement)
    assert values(report(world.be, HEAD, plan), "desk-of-morocco")[0] == 0, "no receipt yet"
    deliver(world)
    assert values(both(world, plan), "desk-of-morocco")[0] == 1


class TestFollowUp:
    def test_the_owner_says_how_a_measure_stands(self, planned: tuple[World, str, str]) -> None:
        world, _, plan = planned
        enter(
            world.ma,
            HEAD,
            plan,
            entry="state",
            measure="desk-of-morocco",
            state="under-way",
            text="فريق جديد",
        )
        deliver(world)
        found = measure(both(world, plan), "desk-of-morocco")
        assert (found["state"], found["word"], found["overdue"]) == ("under-way", "فريق جديد", True)
        with pytest.raises(Refused, match=r"plan\.not-the-owner"):
            enter(world.be, HEAD, plan, entry="state", measure="desk-of-morocco", state="done")
        with pytest.raises(Refused, match=r"plan\.measure-unknown"):
            enter(world.be, HEAD, plan, entry="state", measure="nothing", state="done")
        enter(world.ma, HEAD, plan, entry="state", measure="desk-of-morocco", state="done")
        deliver(world)
        assert measure(both(world, plan), "desk-of-morocco")["overdue"] is False

    def test_a_decision_holds_once_the_other_agrees(self, planned: tuple[World, str, str]) -> None:
        world, _, plan = planned
        said = {"text": "A liaison officer at each desk.", "owner": MA, "due": "2026-12-01"}
        made = enter(world.be, HEAD, plan, entry="decision", **said)
        deliver(world)
        [found] = both(world, plan)["decisions"]
        assert (found["state"], found["by"], found["owner"]) == ("proposed", BE, MA)
        with pytest.raises(Refused, match=r"plan\.own-decision"):
            enter(world.be, HEAD, plan, entry="agreed", of=made)
        with pytest.raises(Refused, match=r"plan\.not-agreed"):
            enter(world.ma, HEAD, plan, entry="carried-out", of=made)
        enter(world.ma, HEAD, plan, entry="agreed", of=made)
        deliver(world)
        assert both(world, plan)["decisions"][0]["state"] == "agreed"
        with pytest.raises(Refused, match=r"plan\.not-the-owner"):
            enter(world.be, HEAD, plan, entry="carried-out", of=made)
        world.clock.forward(days=9)
        assert both(world, plan)["decisions"][0]["overdue"] is True
        enter(world.ma, HEAD, plan, entry="carried-out", of=made, text="since Monday")
        deliver(world)
        [found] = both(world, plan)["decisions"]
        assert (found["state"], found["done_text"], found["overdue"]) == ("done", "since Monday", False)
        with pytest.raises(Refused, match=r"plan\.settled"):
            enter(world.ma, HEAD, plan, entry="carried-out", of=made)

    def test_a_text_bears_its_language(self, planned: tuple[World, str, str]) -> None:
        world, _, plan = planned
        said = {"entry": "state", "measure": "desk-of-morocco", "state": "under-way"}
        enter(world.ma, HEAD, plan, **said, language="ar")
        deliver(world)
        enter(world.ma, HEAD, plan, **said, text="فريق جديد", language="ar")
        deliver(world)
        made = enter(
            world.be, HEAD, plan, entry="decision", text="x", owner=MA, due="2026-12-01", language="nl"
        )
        deliver(world)
        found = both(world, plan)
        [measure] = [
            each
            for objective in found["objectives"]
            for each in objective["measures"]
            if each["id"] == "desk-of-morocco"
        ]
        assert (measure["word"], measure["word_language"]) == ("فريق جديد", "ar")
        assert [(each["message"], each["language"]) for each in found["decisions"]] == [(made, "nl")]
        with pytest.raises(InputError, match=r"plan\.entry"):
            enter(world.be, HEAD, plan, **said, text="x", language="Dutch")

    def test_points_of_contact_come_and_go(self, planned: tuple[World, str, str]) -> None:
        world, _, plan = planned
        said = {"function": "Head of the desk", "name": "Nadia Example", "reach": "+212 500 000 000"}
        made = enter(world.ma, HEAD, plan, entry="appointed", **said)
        deliver(world)
        [found] = both(world, plan)["contacts"]
        assert (found["party"], found["name"], found["dismissed_at"]) == (MA, "Nadia Example", None)
        with pytest.raises(Refused, match=r"plan\.not-the-owner"):
            enter(world.be, HEAD, plan, entry="dismissed", of=made)
        world.clock.forward(days=2)
        enter(world.ma, HEAD, plan, entry="dismissed", of=made)
        deliver(world)
        [found] = both(world, plan)["contacts"]
        assert found["dismissed_at"] > found["appointed_at"]
        for alias in ("be", "ma"):
            leaves = b"".join(bytes(row.leaf) for row in EvidenceEntry.objects.using(alias).all())
            assert b"Nadia Example" not in leaves
            assert len(recorded(alias, "plan.entered")) == 2

    def test_an_entry_on_its_way_is_said_to_be(self, planned: tuple[World, str, str]) -> None:
        world, _, plan = planned
        enter(world.ma, HEAD, plan, entry="state", measure="desk-of-morocco", state="under-way")
        assert report(world.ma, HEAD, plan)["pending"] == 1
        deliver(world)
        assert both(world, plan)["pending"] == 0

    @pytest.mark.parametrize(
        "said",
        [
            {"entry": "state", "measure": "desk-of-belgium"},
            {"entry": "state", "measure": "desk-of-belgium", "state": "gone"},
            {"entry": "decision", "text": "x", "owner": BE},
            {"entry": "decision", "text": "x" * 2001, "owner": BE, "due": "2026-12-01"},
            {"entry": "agreed"},
            {"entry": "appointed", "function": "a", "name": "b\nc", "reach": "d"},
            {"entry": "dismissed", "of": "0" * 32, "text": "no"},
            {"entry": "nothing"},
        ],
    )
    def test_what_is_not_whole_is_refused(
        self, planned: tuple[World, str, str], said: dict[str, Any]
    ) -> None:
        world, _, plan = planned
        with pytest.raises(InputError, match=r"plan\.entry"):
            enter(world.be, HEAD, plan, **said)
        assert not PlanEntry.objects.using("be").exists()

    @pytest.mark.parametrize(
        ("said", "facts"),
        [
            ({"entry": "decision"}, {"field": "text, owner, due", "missing": "text, owner, due"}),
            ({"entry": "appointed", "name": "b"}, {"field": "function, reach", "missing": "function, reach"}),
            (
                {"entry": "agreed", "text": "no"},
                {
                    "field": "of, text",
                    "missing": "of",
                    "reason": "text: does not belong to this kind of entry",
                },
            ),
            (
                {"entry": "decision", "text": "x", "owner": BE, "due": "2020-01-01"},
                {"field": "due", "reason": "due: this day has passed"},
            ),
            (
                {"entry": "decision", "text": "x", "owner": BE, "due": "1/1/2020"},
                {"field": "due", "reason": "due: not in the form that is asked for"},
            ),
            (
                {"entry": "decision", "text": "x\x1b[2J", "owner": BE, "due": "2026-12-31"},
                {"field": "text", "reason": "text: without control characters"},
            ),
            (
                {"entry": "state", "measure": "desk-of-belgium", "state": "Benjelloun"},
                {
                    "field": "state",
                    "reason": "state: Input should be 'to-do', 'under-way', 'done' or 'dropped'",
                },
            ),
        ],
    )
    def test_every_member_that_is_missing_or_wrong_is_named(
        self, planned: tuple[World, str, str], said: dict[str, Any], facts: dict[str, str]
    ) -> None:
        world, _, plan = planned
        with pytest.raises(InputError) as caught:
            enter(world.be, HEAD, plan, **said)
        assert (caught.value.code, caught.value.facts) == ("plan.entry", facts)

    @pytest.mark.parametrize("actor", [LOTTE, SALMA, DPO, officer("a", Role.AUDITOR)])
    def test_only_the_head_of_desk_enters(self, planned: tuple[World, str, str], actor: Any) -> None:
        world, _, plan = planned
        with pytest.raises(Refused, match=r"actor\.role"):
            enter(world.be, actor, plan, entry="state", measure="desk-of-belgium", state="done")


class TestHostilePartner:
    def send(self, world: World, kind: str, act: Act, body: dict[str, Any]) -> str | None:
        message = submit(
            world.be, Outgoing(partner=MA, regime=Regime.POLICE, kind=kind, act=act, body=body), OPERATOR
        )
        deliver(world)
        found = status(world.be, message)
        assert found is not None
        return found.code

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"plan": "0" * 64, "entry": "agreed", "of": "0" * 32}, "plan.unknown"),
            ({"plan": "x", "entry": "agreed", "of": "0" * 32}, "plan.malformed"),
            ({"entry": "state", "measure": "desk-of-morocco", "state": "done"}, "plan.not-the-owner"),
            ({"entry": "agreed", "of": "0" * 32}, "plan.entry-unknown"),
            ({"entry": "state", "measure": "none", "state": "done"}, "plan.measure-unknown"),
            ({"entry": "state", "measure": "desk-of-belgium", "state": "done", "more": 1}, "plan.malformed"),
        ],
    )
    def test_an_entry_is_refused(
        self, planned: tuple[World, str, str], body: dict[str, Any], code: str
    ) -> None:
        world, _, plan = planned
        assert self.send(world, PLAN_ENTRY, Act.SIGN, {"plan": plan, **body}) == code
        assert not PlanEntry.objects.using("ma").exists()

    def test_a_flood_ends(self, planned: tuple[World, str, str], monkeypatch: pytest.MonkeyPatch) -> None:
        from comity.services.plans import follow

        world, _, plan = planned
        monkeypatch.setattr(follow, "MOST_ENTRIES", 1)
        body = {"plan": plan, "entry": "state", "measure": "desk-of-belgium", "state": "done"}
        assert self.send(world, PLAN_ENTRY, Act.SIGN, body) is None
        assert self.send(world, PLAN_ENTRY, Act.SIGN, body) == "plan.too-many"

    def test_words_and_officials_neither_go_to_a_suspended_partner_nor_come_from_one(
        self, planned: tuple[World, str, str]
    ) -> None:
        world, _, plan = planned
        said = {"entry": "appointed", "function": "desk", "name": "A. Official", "reach": "+32 2 555 00 00"}
        # 1. What waited when it was suspended does not leave.
        enter(world.be, HEAD, plan, **said)
        set_state(world.be, MA, "suspended")
        deliver(world)
        assert not PlanEntry.objects.using("ma").exists()
        # 2. Nothing more is entered, and what the other sends is not taken.
        with pytest.raises(Refused, match=r"partner\.suspended"):
            enter(world.be, HEAD, plan, **said)
        enter(world.ma, HEAD, plan, **said)
        deliver(world)
        assert not PlanEntry.objects.using("be").filter(by=MA).exists()

    def test_a_signature_over_other_bytes(self, planned: tuple[World, str, str]) -> None:
        from comity.core.crypto.agent import TokenType
        from comity.core.crypto.encoding import to_text
        from comity.core.instant import write_instant
        from comity.core.plan.model import write_plan

        world, agreement, _ = planned
        other = draft(world.be, HEAD, agreement, ANNEX.replace("2026-06-30", "2026-07-31"))
        octets = write_plan(stored_plan(world.be, other).plan)
        for typ, payload in ((TokenType.PLAN, octets + b" "), (TokenType.AGREEMENT, octets)):
            token = world.be.keys.sign(Regime.POLICE, typ, [payload])[0]
            body = {
                "document": to_text(octets),
                "signature": token,
                "signed_at": write_instant(world.clock()),
            }
            assert self.send(world, PLAN_SIGNATURE, Act.SIGN, body) is not None
        assert StoredPlan.objects.using("ma").count() == 1


class TestSuccession:
    def test_open_measures_are_carried_over(self, planned: tuple[World, str, str]) -> None:
        world, agreement, plan = planned
        enter(world.ma, HEAD, plan, entry="state", measure="desk-of-morocco", state="done")
        deliver(world)
        heir = signed(
            world, agreement, NEXT.format(given_up='given_up = ["hits-followed"]'), "BE-MA-2025-PLAN"
        )
        found = both(world, heir)
        names = {
            each["id"]: each["carried"] for objective in found["objectives"] for each in objective["measures"]
        }
        assert names == {"fresh": False, "desk-of-belgium": True}
        assert found["given_up"] == ["hits-followed"]
        assert (found["predecessor"], both(world, plan)["successors"]) == (plan, [heir])
        assert both(world, plan)["state"] == "in-force", "the heir begins on 1 December"
        world.clock.forward(days=9)
        assert both(world, plan)["state"] == "superseded"
        assert both(world, plan)["counted_before"] == "2026-12-01T00:00:00.000Z"
        assert both(world, heir)["state"] == "in-force"

    def test_none_is_lost_in_silence(self, planned: tuple[World, str, str]) -> None:
        """A measure that was open again after the draft stops the signature."""
        world, agreement, plan = planned
        enter(world.ma, HEAD, plan, entry="state", measure="desk-of-morocco", state="done")
        deliver(world)
        heir = draft(world.be, HEAD, agreement, NEXT.format(given_up=""), plan)
        enter(world.ma, HEAD, plan, entry="state", measure="desk-of-morocco", state="under-way")
        deliver(world)
        with pytest.raises(Refused, match=r"plan\.measure-lost"):
            sign(world.be, HEAD, heir)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('kind = "requests"', 'kind = "happiness"'),
        ('owner = "MA.dgsn"', 'owner = "FR.police"'),
        ("2026-12-31\n\n[title]", "2027-12-31\n\n[title]"),
        ('ground = "a"', 'ground = "n1"'),
        ('id = "desk-of-belgium"', 'id = "desk-of-morocco"'),
        ("illustrative = true", "unknown = true"),
        ("valid_from = 2025-01-01", ""),
        ('code = "BE-MA-2025-PLAN"', "code = "),
    ],
)
def test_a_source_that_says_too_much_or_too_little(old: str, new: str) -> None:
    world, agreement = clocked_desks()
    assert old in ANNEX
    with pytest.raises((InputError, Refused), match=r"plan\.(source|agreement)"):
        draft(world.be, HEAD, agreement, ANNEX.replace(old, new, 1))


def test_who_reads_and_who_signs(planned: tuple[World, str, str]) -> None:
    world, agreement, plan = planned
    for reader in (DPO, officer("amal", Role.AUDITOR), OPERATOR):
        assert report(world.be, reader, plan)
        assert len(list_plans(world.be, reader)) == 1
        assert list_plans(world.be, reader)[0]["hash"] == plan
    for actor in (LOTTE, SALMA, officer("x", Role.AUDITOR, regime=Regime.RETURN_IDENTIFICATION)):
        with pytest.raises(Refused, match=r"actor\.role"):
            report(world.be, actor, plan)
        assert list_plans(world.be, actor) == []
        with pytest.raises(Refused, match=r"actor\.role"):
            draft(world.be, actor, agreement, ANNEX)


def test_a_plan_that_only_one_has_signed_is_not_followed_up() -> None:
    world, agreement = clocked_desks()
    plan = draft(world.be, HEAD, agreement, ANNEX)
    sign(world.be, HEAD, plan)
    deliver(world)
    assert stored_plan(world.ma, plan).state(world.clock()) is State.HALF_SIGNED
    for node in (world.be, world.ma):
        with pytest.raises(Refused, match=r"plan\.not-signed"):
            enter(node, HEAD, plan, entry="appointed", function="a", name="b", reach="c")
    # Nor does a partner's entry count that its own node should not have sent.
    body = {"plan": plan, "entry": "state", "measure": "desk-of-belgium", "state": "done"}
    sent = submit(world.be, Outgoing(MA, Regime.POLICE, PLAN_ENTRY, Act.SIGN, body), HEAD)
    deliver(world)
    found = status(world.be, sent)
    assert found is not None
    assert found.code == "plan.not-signed"
