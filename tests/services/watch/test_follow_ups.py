"""The first request after a hit waits for a second person: who may be it, what waits, what leaves, what is told."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.cases.cast import (
    LIEN,
    LOTTE,
    MA,
    REFERENCE,
    TEXTS,
    ask,
    deliver,
    make_desks,
    officer,
    with_suspect,
)
from tests.federation.world import World
from tests.told import asked

from comity.core.codes.exchange import Purpose, Regime
from comity.core.codes.marks import Role
from comity.core.codes.transfer import OverrideGround
from comity.core.instant import Instant
from comity.core.probe.query import read_query
from comity.core.rights.codes import Origin, RightsKind
from comity.core.watch.follow_up import Emergency
from comity.errors import InputError, Refused
from comity.services.agreements.stop import suspend
from comity.services.cases.request import NeedsSecond, open_request
from comity.services.context import Actor, ActorKind
from comity.services.erasures import journal_file
from comity.services.rights.requests import Asked, register_request
from comity.services.rights.search import search_everything
from comity.services.watch import approve
from comity.services.watch.noticed import listed as noticed
from comity.services.watch.remembered import case_pseudonym, case_word
from comity.storage.models.cases import Case
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.exchange import ExchangedMessage
from comity.storage.models.people import Assignment, Officer
from comity.storage.models.probe import ProbeAsked
from comity.storage.models.watch import FollowUp, SearchLook
from comity.storage.transaction import atomic

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
LIES = officer("lies", Role.OFFICER, Role.APPROVER)
DPO = officer("bram", Role.DATA_PROTECTION_OFFICER)
OTHER = officer("jan", Role.OFFICER, Role.APPROVER, regime=Regime.RETURN_IDENTIFICATION)
REASON = "a bomb may go off in the station tonight"


@pytest.fixture
def desks(db: None) -> tuple[World, str]:
    world, agreement = make_desks()
    with_suspect(world)
    for each in (LOTTE, LIES):
        account = Officer.objects.using("be").create(
            username=each.name, password="!", created_at=world.clock()
        )
        for regime, role in each.roles:
            Assignment.objects.using("be").create(officer=account, regime=regime.value, role=role.value)
    return world, agreement


def held(world: World, agreement: str, actor: Actor = LOTTE, **changes: Any) -> str:
    """Make a request that has to wait, and lay it before a second person."""
    with pytest.raises(NeedsSecond) as found:
        ask(world, agreement, actor=actor, second=None, **changes)
    return approve.lay_before(world.be, actor, found.value.ready)


def found_by(world: World, agreement: str, name: str, case: str = "BE-2026-117") -> str:
    """Note a search of somebody that found the reference, without making it."""
    rid = name.encode().hex().ljust(32, "0")[:32]
    ProbeAsked(
        rid=rid,
        partner=MA,
        regime="police",
        group="serious-crime",
        purpose="terrorism",
        agreement=agreement,
        epoch=1,
        case=case_pseudonym(world.be, MA, case),
        commitment="0" * 64,
        officer_kid="x",
        justification=b"",
        state="answered",
        asked_at=world.clock(),
        outcome={"result": "hit", "rules": [], "references": [{"reference": REFERENCE, "rules": []}]},
    ).save(using="be")
    SearchLook(rid=rid, regime="police", partner=MA, asker=name, at=world.clock(), person="0" * 32).save(
        using="be"
    )
    return rid


def kinds(node: str = "be") -> list[str]:
    return [
        json.loads(bytes(leaf))["kind"]
        for leaf in EvidenceEntry.objects.using(node).order_by("id").values_list("leaf", flat=True)
    ]


def urgent(at: Instant) -> Emergency:
    return Emergency(OverrideGround.THREAT_TO_LIFE, REASON, at)


def test_nothing_leaves_before_a_second_person_has_approved(desks: tuple[World, str]) -> None:
    world, agreement = desks
    uid = held(world, agreement)
    deliver(world)
    assert not Case.objects.using("be").exists()
    assert not ExchangedMessage.objects.using("be").filter(kind="request").exists()
    thread = approve.approve(world.be, LIEN, uid)
    deliver(world)
    row = Case.objects.using("be").get()
    assert (row.thread, row.owner, row.by_hit) == (thread, "lotte", True)
    assert Case.objects.using("ma").get().thread == thread
    kept = FollowUp.objects.using("be").get()
    assert (kept.state, kept.asked_by, kept.approved_by, kept.thread, kept.content) == (
        "sent",
        "lotte",
        "lien",
        thread,
        None,
    )
    told = [kind for kind in kinds() if kind.startswith("follow-up.")]
    assert told == ["follow-up.waiting", "follow-up.sent"]
    assert not [kind for kind in kinds("ma") if kind.startswith("follow-up.")], "our four eyes are ours"


def test_who_approves_stands_in_no_log(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    leaves = b" ".join(
        bytes(leaf) for leaf in EvidenceEntry.objects.using("be").values_list("leaf", flat=True)
    )
    assert b"follow-up.sent" in leaves
    assert b"lien" not in leaves
    assert b"BE-2026-117" not in leaves
    [sent] = [
        bytes(leaf)
        for leaf in EvidenceEntry.objects.using("be").values_list("leaf", flat=True)
        if b"follow-up.sent" in bytes(leaf)
    ]
    assert thread.encode() not in sent, "the internal log does not lead to the partner's"


def test_only_the_first_of_a_case_waits(desks: tuple[World, str]) -> None:
    world, agreement = desks
    found_by(world, agreement, "lotte")
    ask(world, agreement)
    assert ask(world, agreement, second=None, facts="another car"), "the case is followed up already"
    held(world, agreement, case="BE-2026-118")
    assert ask(world, agreement, second=None, reference=None, about="the driver", case="BE-2026-119")
    firsts = FollowUp.objects.using("be").order_by("pk").values_list("state", "first", "approved_by")
    assert list(firsts) == [("sent", True, "lien"), ("sent", False, ""), ("waiting", True, "")]


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (LOTTE, "case.approver"),
        (officer("nadia", Role.HEAD_OF_DESK), "case.approver"),
        (OTHER, "case.approver"),
        (Actor("os:root", ActorKind.OPERATOR), "case.approver"),
        (Actor("account:cms", ActorKind.SERVICE_ACCOUNT, LIEN.roles), "case.approver"),
    ],
)
def test_who_is_no_second_person(desks: tuple[World, str], second: Actor, code: str) -> None:
    world, agreement = desks
    with pytest.raises(Refused) as refused:
        ask(world, agreement, second=second)
    assert refused.value.code == code
    assert not FollowUp.objects.using("be").exists()


def test_who_asks_or_searched_is_no_second_person(desks: tuple[World, str]) -> None:
    world, agreement = desks
    with pytest.raises(Refused, match=r"follow-up\.same"):
        ask(world, agreement, actor=LIES, second=LIES)
    rid = found_by(world, agreement, "lien")
    with pytest.raises(Refused, match=r"follow-up\.same"):
        ask(world, agreement)
    uid = held(world, agreement)
    with pytest.raises(Refused, match=r"follow-up\.same"):
        approve.approve(world.be, LIEN, uid)
    [view] = approve.listed(world.be, LIEN)
    assert not view.decidable
    approve.approve(world.be, LIES, uid)
    assert FollowUp.objects.using("be").get().search == rid


def test_an_approver_who_asks_about_somebody_elses_hit_is_the_second_person(desks: tuple[World, str]) -> None:
    world, agreement = desks
    found_by(world, agreement, "lotte")
    ask(world, agreement, actor=LIES, second=None)
    kept = FollowUp.objects.using("be").get()
    assert (kept.asked_by, kept.approved_by) == ("lies", "lies")


def test_an_approver_alone_in_an_emergency_is_told_of(desks: tuple[World, str]) -> None:
    world, agreement = desks
    uid = held(world, agreement, actor=LIES)
    with pytest.raises(InputError, match=r"override\.reason"):
        approve.send_at_once(
            world.be, LIES, uid, Emergency(OverrideGround.THREAT_TO_LIFE, "soon", world.clock())
        )
    with pytest.raises(Refused, match=r"override\.unconfirmed"):
        approve.send_at_once(world.be, LIES, uid, urgent(world.clock() - timedelta(minutes=6)))
    with pytest.raises(InputError, match=r"follow-up\.unknown"):
        approve.send_at_once(world.be, LIEN, uid, urgent(world.clock()))
    assert noticed(world.be, DPO) == []
    thread = approve.send_at_once(world.be, LIES, uid, urgent(world.clock()))
    assert Case.objects.using("be").get().thread == thread
    [told] = noticed(world.be, DPO)
    assert (told.sign, told.asker, told.code, told.partner) == ("emergency", "lies", "threat-to-life", MA)


def test_an_officer_alone_has_no_emergency(desks: tuple[World, str]) -> None:
    world, agreement = desks
    uid = held(world, agreement)
    with pytest.raises(Refused, match=r"case\.approver"):
        approve.send_at_once(world.be, LOTTE, uid, urgent(world.clock()))
    assert not Case.objects.using("be").exists()
    assert noticed(world.be, DPO) == []


def test_an_emergency_whose_request_is_refused_leaves_nothing(desks: tuple[World, str]) -> None:
    world, agreement = desks
    uid = held(world, agreement, actor=LIES)
    suspend(world.be, Actor("os:root", ActorKind.OPERATOR), agreement, "test")
    with pytest.raises(Refused, match=r"agreement\."):
        approve.send_at_once(world.be, LIES, uid, urgent(world.clock()))
    assert FollowUp.objects.using("be").get().state == "waiting"
    assert noticed(world.be, DPO) == []


def test_who_sees_what_waits(desks: tuple[World, str]) -> None:
    world, agreement = desks
    uid = held(world, agreement)
    assert [view.mine for view in approve.listed(world.be, LOTTE)] == [True]
    assert [view.decidable for view in approve.listed(world.be, LIEN)] == [True]
    for stranger in (officer("els", Role.OFFICER), OTHER, DPO):
        assert approve.listed(world.be, stranger) == []
        with pytest.raises(InputError, match=r"follow-up\.unknown"):
            approve.read(world.be, stranger, uid)
    view, body = approve.read(world.be, LIEN, uid)
    assert (view.asked_by, body["facts"]) == ("lotte", "a car loaded at night")
    assert kinds()[-1] == "follow-up.read"
    _, closed = approve.read(world.be, Actor("os:root", ActorKind.OPERATOR), uid)
    assert closed == {}, "the operator sees that something waits, never what it says"


def test_declined_or_taken_back_it_says_nothing_any_more(desks: tuple[World, str]) -> None:
    world, agreement = desks
    for actor, approver in ((LOTTE, "lotte"), (LIEN, "lien")):
        uid = held(world, agreement)
        with pytest.raises(InputError, match=r"register\.reason"):
            approve.turn_down(world.be, actor, uid, " ")
        approve.turn_down(world.be, actor, uid, "no ground for it")
        row = FollowUp.objects.using("be").get(uid=uid)
        assert (row.state, row.content, row.approved_by) == ("declined", None, approver)
        with pytest.raises(Refused, match=r"follow-up\.decided"):
            approve.approve(world.be, LIEN, uid)
        assert approve.state(world.be, LOTTE, uid).state == "declined"
    uid = held(world, agreement)
    with atomic("be"):
        approve.decline_again(world.be, [uid])
    assert FollowUp.objects.using("be").get(uid=uid).content is None, "a restored backup brings no words back"


def test_what_left_does_not_wait_again_after_a_restore(desks: tuple[World, str]) -> None:
    world, agreement = desks
    uid = held(world, agreement)
    before = FollowUp.objects.using("be").get(uid=uid)
    thread = approve.approve(world.be, LIEN, uid)
    told = journal_file(world.be.config.home).read_text(encoding="utf-8")
    assert '"kind":"follow-up-sent"' in told
    assert f"{uid}/{thread}" in told
    # The backup was made while it waited.
    FollowUp.objects.using("be").filter(uid=uid).delete()
    before.pk = None
    before.save(using="be")
    assert [each.uid for each in approve.listed(world.be, LIEN)] == [uid]
    with atomic("be"):
        approve.sent_before(world.be, [f"{uid}/{thread}", "0" * 32])
    row = FollowUp.objects.using("be").get(uid=uid)
    assert (row.state, row.thread, row.content) == ("sent", thread, None)
    assert approve.listed(world.be, LIEN) == []
    with pytest.raises(Refused, match=r"follow-up\.decided"):
        approve.approve(world.be, LIEN, uid)


def test_what_waits_too_long_ends_and_what_is_old_goes(desks: tuple[World, str]) -> None:
    world, agreement = desks
    held(world, agreement)
    world.clock.forward(days=approve.WAITS.days, seconds=1)
    assert approve.end_waiting(world.be, world.network.channels) == 1
    assert FollowUp.objects.using("be").get().state == "declined"
    world.clock.forward(days=approve.KEPT.days)
    approve.end_waiting(world.be, world.network.channels)
    assert not FollowUp.objects.using("be").exists()
    assert kinds()[-1] == "follow-up.erased"


def test_whoever_asked_is_asked_again_with_the_roles_of_then(desks: tuple[World, str]) -> None:
    world, agreement = desks
    uid = held(world, agreement, actor=Actor("gone", ActorKind.OFFICER, LOTTE.roles))
    with pytest.raises(InputError, match=r"officer\.unknown"):
        approve.approve(world.be, LIEN, uid)
    assert FollowUp.objects.using("be").get().state == "waiting"


def test_two_who_decide_at_once_send_one_request(
    desks: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second has read that it waits, before the first has decided."""
    world, agreement = desks
    uid = held(world, agreement)
    before = FollowUp.objects.using("be").get(uid=uid)
    approve.approve(world.be, LIEN, uid)
    monkeypatch.setattr(approve, "_own", lambda node, actor, name: before)
    with pytest.raises(Refused, match=r"follow-up\.decided"):
        approve.approve(world.be, LIES, uid)
    with pytest.raises(Refused, match=r"follow-up\.decided"):
        approve.turn_down(world.be, LIES, uid, "no ground for it")
    assert Case.objects.using("be").count() == 1
    assert ExchangedMessage.objects.using("be").filter(kind="request").count() == 1


def test_what_waits_when_the_case_is_followed_up_meanwhile_keeps_who_approved(
    desks: tuple[World, str],
) -> None:
    world, agreement = desks
    uid = held(world, agreement)
    ask(world, agreement, facts="another car")
    approve.approve(world.be, LIES, uid)
    row = FollowUp.objects.using("be").get(uid=uid)
    assert (row.first, row.approved_by) == (False, "lies")


def test_a_case_is_known_by_a_word_that_says_nothing(desks: tuple[World, str]) -> None:
    world, agreement = desks
    ask(world, agreement)
    row = FollowUp.objects.using("be").get()
    assert row.case == case_word(world.be, Regime.POLICE, MA, " BE-2026-117 ")
    assert "117" not in json.dumps(FollowUp.objects.using("be").values("uid", "case", "thread").get())[:40]


def test_a_request_that_cites_nothing_is_not_laid_before_anybody(desks: tuple[World, str]) -> None:
    world, agreement = desks
    with pytest.raises(NeedsSecond) as found:
        ask(world, agreement, second=None)
    ready = found.value.ready
    bare = ready.body.model_copy(update={"reference": None, "about": "x"})
    with pytest.raises(InputError, match=r"follow-up\.reference"):
        approve.lay_before(world.be, LOTTE, type(ready)(ready.partner, ready.standing, ready.clause, bare))


def test_the_decision_is_refused_before_anything_is_stored(desks: tuple[World, str]) -> None:
    world, agreement = desks
    with pytest.raises(NeedsSecond):
        open_request(
            world.be,
            LOTTE,
            MA,
            agreement,
            Purpose.TERRORISM,
            "BE-2026-117",
            REFERENCE,
            "facts",
            **TEXTS,
            assertions=asked({**TEXTS, "facts": "facts"}),
        )
    assert not FollowUp.objects.using("be").exists()
    assert not ExchangedMessage.objects.using("be").filter(kind="request").exists()


def test_what_waits_is_found_on_behalf_of_the_person(desks: tuple[World, str]) -> None:
    world, agreement = desks
    uid = held(world, agreement, facts="Zoulikha Bourgheda carried it")
    query = read_query({"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"})
    number = register_request(
        world.be,
        DPO,
        Regime.POLICE,
        Asked(query, RightsKind.ACCESS, Origin.PERSON, world.clock(), "by letter"),
    )
    found = search_everything(world.be, DPO, number)["found"]
    assert [(each["place"], each["name"], each["partner"]) for each in found] == [("notes", uid, MA)]


def test_an_approval_of_one_case_does_not_let_out_what_was_found_for_another(
    desks: tuple[World, str],
) -> None:
    """The case is followed up already; the reference was found for another one, or by nobody knows which search."""
    world, agreement = desks
    found_by(world, agreement, "lotte", "BE-2026-117")
    ask(world, agreement)
    found_by(world, agreement, "jan", "BE-2026-500")
    ask(world, agreement, second=None, facts="another car")
    with pytest.raises(NeedsSecond):
        ask(world, agreement, second=None, case="BE-2026-500")
    ask(world, agreement, case="BE-2026-500")
    SearchLook.objects.using("be").all().delete()
    ProbeAsked.objects.using("be").filter(case=case_pseudonym(world.be, MA, "BE-2026-117")).delete()
    with pytest.raises(NeedsSecond):
        ask(world, agreement, second=None, facts="a third car")


def test_for_whom_a_case_system_searched_is_no_second_person(desks: tuple[World, str]) -> None:
    world, agreement = desks
    found_by(world, agreement, "account:cms/lien")
    with pytest.raises(Refused, match=r"follow-up\.same"):
        ask(world, agreement)
    uid = held(world, agreement)
    with pytest.raises(Refused, match=r"follow-up\.same"):
        approve.approve(world.be, LIEN, uid)
    [view] = approve.listed(world.be, LIEN)
    assert not view.decidable
    with pytest.raises(NeedsSecond):
        ask(world, agreement, actor=LIES, second=None)
    approve.approve(world.be, LIES, uid)
