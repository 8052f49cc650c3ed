"""L11, S12: who asks what is held gets an answer of one shape; both nodes search everything, and prove it.

Enforced by `write_letter` and `code_of` in `core/rights/letter.py` (one letter for "restricted" and "nothing held"), by
`release_at` in `core/rights/clock.py` (one time), by `verify_outcome` (documented reasons) and by the row ``L11`` of
`PROHIBITIONS` in `core/policy/law.py` (nobody who is protected is told of at a partner's). Without the padding
`test_restricted_reads_like_nothing_held` fails, without the row `test_in_the_core_a_partner_is_not_told_of_the_protected`.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cases.cast import (
    HEAD,
    LOTTE,
    OPERATOR,
    SALMA,
    SYSTEM_ACCOUNT,
    UID,
    deliver,
    hold,
    subject,
    tainted,
)
from tests.federation.world import BE, MA, World
from tests.policy.persons import (
    BELGIAN,
    MOROCCAN,
    REASONING,
    STRANGER,
    YOUSSEF,
    key_of,
    keys_found,
    letter_of,
    registered,
    searched,
    with_keys,
)
from tests.policy.scene import code_of, leaves

from comity.core.codes.exchange import Act, Regime
from comity.core.codes.marks import DataCategory, Taint
from comity.core.policy.decide import Permit, ProposedAct, Refuse, decide
from comity.core.register.birth import read_birth
from comity.core.rights.clock import due_at, release_at
from comity.core.rights.codes import (
    LetterCode,
    Origin,
    Outcome,
    RestrictionReason,
    RightsKind,
    SearchPlace,
)
from comity.core.rights.letter import SIZE_CLASSES, verify_outcome, write_letter
from comity.core.rights.letter import code_of as letter_code
from comity.core.rights.mentions import mentions, wanted
from comity.errors import InputError, Refused
from comity.services.context import Actor
from comity.services.exchange.submit import Outgoing, submit
from comity.services.register.erase import erase
from comity.services.register.finding import holder
from comity.services.register.state import quarantine, restrict
from comity.services.rights.answering import Decision, hand_out
from comity.services.rights.answering import decide as decide_request
from comity.services.rights.keeping import erase_requests, watch_requests
from comity.services.rights.partners import ask_partner, confirm_due
from comity.services.rights.requests import requests, show_request
from comity.services.rights.search import proof_of_search, search_everything
from comity.storage.models.cases import Case, CaseNote
from comity.storage.models.egress import BlockedDraft
from comity.storage.models.evidence import EvidenceAlarm, EvidenceEntry
from comity.storage.models.exchange import ExchangedMessage
from comity.storage.models.rights import RightsRequest

wired = pytest.mark.django_db(databases=["be", "ma"])
RULE = {
    "enforced": (
        "core/rights/letter.py:write_letter",
        "core/rights/letter.py:code_of",
        "core/rights/clock.py:release_at",
        "core/rights/letter.py:verify_outcome",
        "services/rights/answering.py:_require_fields",
    ),
    "core": (
        "policy/test_fields_left_out.py::test_in_the_core_the_rest_is_told_as_if_nothing_more_were_held",
        "test_in_the_core_what_is_left_out_has_documented_reasons",
        "test_in_the_core_a_letter_has_a_size_class_and_three_codes",
        "test_in_the_core_a_partner_is_not_told_of_the_protected",
    ),
    "wire": (
        "test_a_hostile_partner_is_refused",
        "test_a_confirmation_is_of_everything_and_counts_once",
    ),
    "api": (
        "api/test_persons.py::test_a_system_answers_nobody",
        "api/test_persons.py::test_requests_and_breaches_without_words",
    ),
    "desk": (
        "test_restricted_reads_like_nothing_held",
        "policy/test_fields_left_out.py::test_it_stands_nowhere_in_the_letter_and_its_reason_is_kept",
        "test_only_a_named_officer_keeps_the_register",
        "test_only_what_its_own_regime_holds_is_read_and_texts_that_never_left_too",
    ),
}

NEITHER = Decision(Outcome.NEITHER, reasons=(RestrictionReason.INQUIRY,), reasoning=REASONING)
NOTHING = Decision(Outcome.NEITHER)
Desks = tuple[World, str, str]


@pytest.fixture
def keyed(answered: Desks, tmp_path: Path) -> Desks:
    """Return two nodes that exchanged a reply on the suspect, and whose officers have their keys."""
    with_keys(answered[0], tmp_path)
    return answered


# --- core


@given(
    received=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    hours=st.integers(0, 24 * 80),
)
def test_in_the_core_the_time_of_an_answer_follows_from_the_receipt(received: datetime, hours: int) -> None:
    decided = received + timedelta(hours=hours)
    leaves = release_at(received, decided)
    assert leaves >= decided
    assert leaves in {received + timedelta(days=21)} | {
        due_at(received) + timedelta(days=7 * step) for step in range(12)
    }
    assert timedelta(days=28) <= due_at(received) - received <= timedelta(days=31)
    if decided <= due_at(received):
        assert leaves <= due_at(received)


@given(st.integers(0, 5), st.integers(0, 5), st.sampled_from(Outcome), st.booleans())
def test_in_the_core_what_is_left_out_has_documented_reasons(
    held: int, told: int, outcome: Outcome, documented: bool
) -> None:
    told = min(told, held)
    reasons = (RestrictionReason.OTHERS,) if documented else ()
    fits = outcome is (Outcome.NEITHER if not told else Outcome.FULL if told == held else Outcome.PARTIAL)
    try:
        verify_outcome(outcome, held, told, reasons, REASONING if documented else "")
    except InputError:
        assert not (fits and documented == (told < held))
    else:
        assert fits
        assert documented == (told < held)


def test_in_the_core_a_letter_has_a_size_class_and_three_codes() -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    usual: dict[str, Any] = {
        "service": "BE.federal-police",
        "supervisor": "Controleorgaan",
        "number": "0" * 32,
        "kind": RightsKind.ACCESS,
        "received": at,
        "leaves": at,
    }
    for code in LetterCode:
        assert len(write_letter(code=code, **usual)) == SIZE_CLASSES[0]
    long = write_letter(code=LetterCode.TOLD, told=[{"words": "é" * 20_000}], **usual)
    assert len(long) == SIZE_CLASSES[1]
    with pytest.raises(InputError, match=r"rights\.too-large"):
        write_letter(code=LetterCode.TOLD, told=[{"words": "x" * SIZE_CLASSES[-1]}], **usual)
    assert {letter_code(kind, Outcome.NEITHER) for kind in RightsKind} == {LetterCode.VERIFIED}
    for kind in RightsKind:
        assert letter_code(kind, Outcome.FULL) is letter_code(kind, Outcome.PARTIAL)


@pytest.mark.parametrize("taint", list(Taint))
def test_in_the_core_a_partner_is_not_told_of_the_protected(taint: Taint) -> None:
    act = ProposedAct(
        act=Act.RIGHTS,
        regime=Regime.POLICE,
        sender=BE,
        recipient=MA,
        data=frozenset({DataCategory.NAMES}),
        taints=frozenset({taint}),
    )
    at = datetime(2026, 11, 23, tzinfo=UTC)
    said = decide(None, act, at)
    if taint is Taint.RESTRICTED:
        assert isinstance(said, Permit)
    else:
        assert isinstance(said, Refuse)
        assert said.code == "law.protected"
    assert isinstance(decide(None, replace(act, taints=frozenset()), at), Permit)


def test_in_the_core_words_mention_a_person_by_every_spelling_and_number() -> None:
    sought = wanted(YOUSSEF)
    assert mentions(sought, {"a": ["seen: الخطّابي،", {"b": "with يُوسف"}]})
    assert not mentions(sought, {"a": "يوسف alone"})
    assert not mentions(sought, None)
    numbered = wanted(STRANGER.model_copy(update={"documents": ("BK 482913",)}))
    assert mentions(numbered, "card bk-482913 was shown")
    assert not mentions(numbered, "card bk-48291 was shown")


# --- search and answer


@wired
def test_everything_is_searched_also_what_is_restricted(keyed: Desks, tmp_path: Path) -> None:
    world, _, thread = keyed
    restrict(world.ma, MOROCCAN, "5" * 32, "the accuracy is contested")
    number = registered(world.ma, MOROCCAN)
    search = searched(world.ma, MOROCCAN, number, tmp_path)
    assert set(search["read"]) == {place.value for place in SearchPlace}
    [person] = [each for each in search["found"] if each["place"] == "register"]
    assert (person["name"], person["marks"]) == ("5" * 32, ["restricted"])
    reply = RightsRequest.objects.using("ma").get(number=number)
    assert reply.full
    [case] = [each for each in search["found"] if each["place"] == "cases"]
    assert (case["thread"], case["owner"]) == (thread, MA)
    assert [
        (each["recipient"], each["kind"]) for each in search["recipients"] if each["message"] != "7" * 32
    ] == [(BE, "reply")]
    nobody = searched(world.ma, MOROCCAN, registered(world.ma, MOROCCAN, STRANGER), tmp_path)
    assert nobody["found"] == []
    assert nobody["read"] == search["read"] | {"searches": nobody["read"]["searches"]}


@wired
def test_without_the_key_of_the_officer_it_is_no_full_search(keyed: Desks) -> None:
    world, _, _ = keyed
    number = registered(world.ma, MOROCCAN)
    search = search_everything(world.ma, MOROCCAN, number)
    assert "justifications" not in search["read"]
    assert not RightsRequest.objects.using("ma").get(number=number).full


@wired
def test_only_what_its_own_regime_holds_is_read_and_texts_that_never_left_too(
    keyed: Desks, tmp_path: Path
) -> None:
    world, _, thread = keyed
    texts = {"text": "يوسف الخطابي was seen by the office"}
    for name, regime in (("a" * 32, "return-identification"), ("b" * 32, "police")):
        row = Case.objects.using("ma").get(thread=thread)
        row.pk, row.thread, row.regime = None, name, regime
        row.save(using="ma", force_insert=True)
        CaseNote(partner=BE, thread=name, kind="channel", at=world.clock.now, content=texts).save(using="ma")
    held = {
        "partner": BE,
        "thread": "c" * 32,
        "kind": "information",
        "officer": "salma",
        "at": world.clock.now,
    }
    for reference, regime in (("d" * 32, "return-identification"), ("e" * 32, "police")):
        BlockedDraft(
            reference=reference, regime=regime, decision="0" * 64, content=texts, inheritance={}, **held
        ).save(using="ma")
    number = registered(world.ma, MOROCCAN)
    found = searched(world.ma, MOROCCAN, number, tmp_path)["found"]
    assert "a" * 32 not in {each["thread"] for each in found}
    assert "b" * 32 in {each["thread"] for each in found}
    named = {each["name"] for each in found if each["place"] == "notes"}
    assert "e" * 32 in named
    assert "d" * 32 not in named


def _answer(
    world: World, folder: Path, decision: Decision, held: bool
) -> tuple[str, RightsRequest, list[str]]:
    """Answer one and the same request of a stranger, of whom something is held or not."""
    if held:
        found = subject()
        names = tuple(
            name.model_copy(update={"text": text})
            for name, text in zip(found.names, ("Jan", "Peeters"), strict=True)
        )
        marks = found.marks.model_copy(update={"taints": (Taint.WITNESS,)})
        changes = {"names": names, "marks": marks, "birth": read_birth("1971-01-30")}
        hold(world.ma, found.model_copy(update=changes), "6" * 32)
    holder.forget("ma")
    object.__setattr__(world.ma, "random", random.Random(99).randbytes)
    number = registered(world.ma, MOROCCAN, STRANGER)
    search = searched(world.ma, MOROCCAN, number, folder)
    assert bool(search["found"]) == held
    world.clock.forward(days=9 if held else 1)
    decide_request(world.ma, MOROCCAN, number, decision)
    row = RightsRequest.objects.using("ma").get(number=number)
    world.clock.now = row.received_at + timedelta(days=21)
    letter = hand_out(world.ma, MOROCCAN, number)
    row.refresh_from_db(using="ma")
    facts = [
        leaf.split('"facts":')[1].split('},"kind"')[0]
        for kind in ("rights.registered", "rights.searched", "rights.decided", "rights.answered")
        for leaf in leaves(world.ma, kind)
    ]
    return letter, row, facts


@wired
def test_restricted_reads_like_nothing_held(keyed: Desks, tmp_path: Path) -> None:
    world = keyed[0]
    begun = world.clock.now
    letter, row, facts = _answer(world, tmp_path, NEITHER, held=True)
    RightsRequest.objects.using("ma").all().delete()
    EvidenceEntry.objects.using("ma").filter(erase_key=row.number).delete()
    hold(world.ma, subject(), "6" * 32)
    world.clock.now = begun
    other, empty, same = _answer(world, tmp_path, NOTHING, held=False)
    assert other == letter  # byte for byte: code, size class, time, number
    assert letter_of(letter)["code"] == "verified"
    assert (empty.release_at, empty.answered_at) == (row.release_at, row.answered_at)
    assert same == facts
    assert requests(world.ma, HEAD)[0].document() == requests(world.ma, HEAD)[0].document()


@wired
def test_a_full_and_a_partial_answer_tell_what_may_be_told(keyed: Desks, tmp_path: Path) -> None:
    world, _, _ = keyed
    number = registered(world.ma, MOROCCAN)
    search = searched(world.ma, MOROCCAN, number, tmp_path)
    found = keys_found(search)
    person = f"register:{'5' * 32}"
    with pytest.raises(InputError, match=r"rights\.outcome"):
        decide_request(world.ma, MOROCCAN, number, Decision(Outcome.FULL, told=(person,)))
    with pytest.raises(InputError, match=r"rights\.reasons"):
        decide_request(world.ma, MOROCCAN, number, Decision(Outcome.PARTIAL, told=(person,)))
    with pytest.raises(InputError, match=r"rights\.finding"):
        decide_request(world.ma, MOROCCAN, number, Decision(Outcome.FULL, told=("register:x",)))
    partial = Decision(Outcome.PARTIAL, (person,), (), (RestrictionReason.OTHERS,), REASONING)
    leaves_at = decide_request(world.ma, MOROCCAN, number, partial)
    with pytest.raises(Refused, match=r"rights\.not-yet"):
        hand_out(world.ma, MOROCCAN, number)
    with pytest.raises(Refused, match=r"rights\.closed"):
        decide_request(world.ma, MOROCCAN, number, NEITHER)
    world.clock.now = leaves_at
    said = letter_of(hand_out(world.ma, MOROCCAN, number))
    assert said["code"] == "told"
    assert "الخطابي" in str(said["told"])
    [told] = said["recipients"]
    assert (told["recipient"], told["third_country"]) == (BE, False)
    assert REASONING not in str(said)
    assert len(found) > 1
    assert "partial" not in str(said)


PROTECTED_OR_NOT: dict[str, tuple[Taint, ...]] = {
    "restricted": (),
    **{taint.value: (taint,) for taint in Taint if taint is not Taint.QUARANTINED},
}


@wired
@pytest.mark.parametrize("how", PROTECTED_OR_NOT)
def test_what_protects_a_person_is_no_reason_to_keep_it_from_that_person(
    keyed: Desks, tmp_path: Path, how: str
) -> None:
    world, _, _ = keyed
    hold(world.ma, tainted(*PROTECTED_OR_NOT[how]))
    if how == "restricted":
        restrict(world.ma, MOROCCAN, UID, "the accuracy is contested")
    number = registered(world.ma, MOROCCAN)
    search = searched(world.ma, MOROCCAN, number, tmp_path)
    told = f"register:{UID}"
    others = tuple(key for key in keys_found(search) if key != told)
    world.clock.now = decide_request(world.ma, MOROCCAN, number, Decision(Outcome.FULL, (told,), others))
    letter = letter_of(hand_out(world.ma, MOROCCAN, number))
    [entry] = letter["told"]
    assert letter["code"] == "told"
    assert {"الخطابي", "+212661234567"} <= set(re.findall(r"[^' ]+", str(entry["content"])))
    # A mark says what somebody else said of the person: it stands in no letter.
    assert how not in str(letter)


@wired
def test_what_is_protected_is_told_to_no_partner(keyed: Desks, tmp_path: Path) -> None:
    world, agreement, _ = keyed
    hold(world.ma, tainted(Taint.ASYLUM))
    number = registered(world.ma, MOROCCAN)
    searched(world.ma, MOROCCAN, number, tmp_path)
    with pytest.raises(Refused, match=r"law\.protected"):
        ask_partner(world.ma, MOROCCAN, number, BE, agreement)
    assert not ExchangedMessage.objects.using("ma").filter(act="rights").exists()


@wired
@pytest.mark.parametrize("how", ["state", "mark"])
def test_what_is_quarantined_no_letter_tells_before_it_is_erased(
    keyed: Desks, tmp_path: Path, how: str
) -> None:
    world, _, _ = keyed
    if how == "state":
        quarantine(world.ma, MOROCCAN, UID, "obtained under torture")
    else:
        hold(world.ma, tainted(Taint.QUARANTINED))
    number = registered(world.ma, MOROCCAN)
    search = searched(world.ma, MOROCCAN, number, tmp_path)
    told = f"register:{UID}"
    others = tuple(key for key in keys_found(search) if key != told)
    full = Decision(Outcome.FULL, (told,), others)
    with pytest.raises(Refused, match=r"rights\.quarantined"):
        decide_request(world.ma, MOROCCAN, number, full)
    erase(world.ma, MOROCCAN, UID, "obtained under torture")
    world.clock.now = decide_request(world.ma, MOROCCAN, number, full)
    letter = letter_of(hand_out(world.ma, MOROCCAN, number))
    assert (letter["code"], letter["told"]) == ("told", [{"place": "register", "origin": MA}])


@wired
def test_to_restrict_is_said_once_it_was_done(keyed: Desks, tmp_path: Path) -> None:
    world, _, _ = keyed
    number = registered(world.ma, MOROCCAN, kind=RightsKind.RESTRICTION)
    search = searched(world.ma, MOROCCAN, number, tmp_path)
    person = f"register:{'5' * 32}"
    others = tuple(key for key in keys_found(search) if key != person)
    done = Decision(Outcome.FULL, (person,), others)
    with pytest.raises(Refused, match=r"rights\.not-done"):
        decide_request(world.ma, MOROCCAN, number, done)
    restrict(world.ma, MOROCCAN, "5" * 32, f"request {number}")
    world.clock.now = decide_request(world.ma, MOROCCAN, number, done)
    said = letter_of(hand_out(world.ma, MOROCCAN, number))
    assert (said["code"], said["told"]) == ("done", [])


# --- who may


@wired
@pytest.mark.parametrize("actor", [LOTTE, SALMA, OPERATOR, SYSTEM_ACCOUNT])
def test_only_a_named_officer_keeps_the_register(keyed: Desks, actor: Actor) -> None:
    world = keyed[0]
    with pytest.raises(Refused, match=r"actor\.(role|person)"):
        registered(world.ma, actor)
    with pytest.raises(Refused, match=r"actor\.(role|person)"):
        requests(world.ma, actor)


@wired
def test_the_head_of_desk_sees_that_it_is_due_and_never_what_was_found(keyed: Desks, tmp_path: Path) -> None:
    world = keyed[0]
    number = registered(world.ma, HEAD)
    assert [line.number for line in requests(world.ma, HEAD)] == [number]
    for act in (show_request, search_everything, proof_of_search, hand_out):
        with pytest.raises(Refused, match=r"actor\.role"):
            act(world.ma, HEAD, number)
    elsewhere = Actor(
        "e", MOROCCAN.kind, frozenset({(Regime.RETURN_IDENTIFICATION, role) for _, role in MOROCCAN.roles})
    )
    with pytest.raises(InputError, match=r"rights\.unknown"):
        show_request(world.ma, elsewhere, number)
    assert key_of(tmp_path, world.ma).exists()


# --- both nodes


@wired
def test_s12_the_confirmation_is_the_same_whether_somebody_was_found(keyed: Desks, tmp_path: Path) -> None:
    world, agreement, _ = keyed
    sizes, times = set(), set()
    for person in (YOUSSEF, STRANGER):
        number = registered(world.ma, MOROCCAN, person)
        searched(world.ma, MOROCCAN, number, tmp_path)
        ask_partner(world.ma, MOROCCAN, number, BE, agreement)
    deliver(world)
    for line in requests(world.be, BELGIAN):
        searched(world.be, BELGIAN, line.number, tmp_path)
    world.clock.forward(days=21)
    confirm_due(world.be)
    for row in ExchangedMessage.objects.using("be").filter(kind="rights-searched"):
        sizes.add((len(row.content), len(bytes(row.header))))
        times.add(row.sent_at)
    assert (len(sizes), len(times)) == (1, 1)


@wired
def test_a_search_that_was_no_full_one_is_not_confirmed(keyed: Desks, tmp_path: Path) -> None:
    world, agreement, _ = keyed
    number = registered(world.ma, MOROCCAN)
    searched(world.ma, MOROCCAN, number, tmp_path)
    ask_partner(world.ma, MOROCCAN, number, BE, agreement)
    deliver(world)
    [theirs] = requests(world.be, BELGIAN)
    search_everything(world.be, BELGIAN, theirs.number)
    world.clock.forward(days=25)
    assert confirm_due(world.be) == 0
    searched(world.be, BELGIAN, theirs.number, tmp_path)
    assert confirm_due(world.be) == 1


@wired
def test_a_partner_is_asked_only_as_the_person_wished_and_under_an_agreement(
    keyed: Desks, tmp_path: Path
) -> None:
    world, agreement, _ = keyed
    without = registered(world.ma, MOROCCAN, wish=False)
    searched(world.ma, MOROCCAN, without, tmp_path)
    with pytest.raises(Refused, match=r"rights\.no-wish"):
        ask_partner(world.ma, MOROCCAN, without, BE, agreement)
    number = registered(world.ma, MOROCCAN)
    with pytest.raises(Refused, match=r"rights\.unsearched"):
        ask_partner(world.ma, MOROCCAN, number, BE, agreement)
    searched(world.ma, MOROCCAN, number, tmp_path)
    with pytest.raises(InputError, match=r"rights\.agreement"):
        ask_partner(world.ma, MOROCCAN, number, BE, "0" * 64)


@wired
@pytest.mark.parametrize(
    ("changes", "body", "code"),
    [
        ({"agreement": None}, {}, "rights.header"),
        ({"data": frozenset({DataCategory.NAMES, DataCategory.PHONES})}, {}, "rights.header"),
        ({}, {"wished": False}, "case.message-malformed"),
        ({}, {"person": {"names": "everybody"}}, "case.message-malformed"),
        ({}, {"kind": "curiosity"}, "case.message-malformed"),
        ({"kind": "rights-searched", "data": frozenset()}, None, "rights.header"),
        ({"act": Act.NOTIFY}, {}, "message.act"),
    ],
)
def test_a_hostile_partner_is_refused(
    keyed: Desks, changes: dict[str, Any], body: dict[str, Any] | None, code: str
) -> None:
    world, agreement, _ = keyed
    usual = {
        "person": YOUSSEF.model_dump(mode="json"),
        "kind": "access",
        "asked_at": "2026-11-23T12:00:00.000Z",
        "wished": True,
    }
    answer = {"asked": "0" * 32, "places": sorted(SearchPlace), "record": "0" * 64}
    sent: dict[str, Any] = {
        "partner": BE,
        "regime": Regime.POLICE,
        "kind": "rights-search",
        "act": Act.RIGHTS,
        "body": answer if body is None else {**usual, **body},
        "agreement": agreement,
        "data": frozenset({DataCategory.NAMES, DataCategory.BIRTH}),
    }
    message = submit(world.ma, Outgoing(**{**sent, **changes}), MOROCCAN)
    deliver(world)
    assert code_of(world.ma, message) == ("refused", code)
    assert not RightsRequest.objects.using("be").exists()


@wired
def test_a_confirmation_is_of_everything_and_counts_once(keyed: Desks, tmp_path: Path) -> None:
    world, agreement, _ = keyed
    number = registered(world.ma, MOROCCAN)
    searched(world.ma, MOROCCAN, number, tmp_path)
    asked = ask_partner(world.ma, MOROCCAN, number, BE, agreement)
    deliver(world)
    every = sorted(SearchPlace)
    refused = ("refused", "rights.header")
    for places, ended in ((every[1:], refused), (every, ("delivered", None)), (every, refused)):
        body = {"asked": asked, "places": places, "record": "0" * 64}
        claimed = Outgoing(MA, Regime.POLICE, "rights-searched", Act.RIGHTS, body, agreement=agreement)
        message = submit(world.be, claimed, BELGIAN)
        deliver(world)
        assert code_of(world.be, message) == ended


# --- time


@wired
def test_overdue_is_an_alarm_and_what_was_answered_is_erased_after_three_years(
    keyed: Desks, tmp_path: Path
) -> None:
    world, _, _ = keyed
    number = registered(world.ma, MOROCCAN, origin=Origin.AUTHORITY)
    world.clock.forward(days=32)
    assert watch_requests(world.ma) == 1
    assert EvidenceAlarm.objects.using("ma").get().code == "rights.overdue"
    assert requests(world.ma, HEAD)[0].overdue
    searched(world.ma, MOROCCAN, number, tmp_path)
    found = RightsRequest.objects.using("ma").get(number=number)
    concerning = bool(found.search["found"])
    world.clock.now = decide_request(world.ma, MOROCCAN, number, NEITHER if concerning else NOTHING)
    hand_out(world.ma, MOROCCAN, number)
    assert watch_requests(world.ma) == 0
    world.clock.forward(days=1096)
    assert erase_requests(world.ma) >= 1
    found.refresh_from_db(using="ma")
    assert (found.content, found.search, found.decision, found.letter) == (None, None, None, None)
    salted = EvidenceEntry.objects.using("ma").filter(erase_key=number, salt__isnull=False)
    assert not salted.exists()


@wired
def test_what_the_person_told_of_itself_goes_from_the_messages_of_both_nodes(
    keyed: Desks, tmp_path: Path
) -> None:
    world, agreement, _ = keyed
    number = registered(world.ma, MOROCCAN, STRANGER)
    searched(world.ma, MOROCCAN, number, tmp_path)
    ask_partner(world.ma, MOROCCAN, number, BE, agreement)
    deliver(world)
    [theirs] = requests(world.be, BELGIAN)
    searched(world.be, BELGIAN, theirs.number, tmp_path)
    for node, actor, which in ((world.ma, MOROCCAN, number), (world.be, BELGIAN, theirs.number)):
        decide_request(node, actor, which, NOTHING)
        assert ExchangedMessage.objects.using(node.alias).get(kind="rights-search").content is not None
    world.clock.forward(days=21)
    hand_out(world.ma, MOROCCAN, number)
    hand_out(world.be, BELGIAN, theirs.number)
    world.clock.forward(days=1096)
    for node in (world.ma, world.be):
        erase_requests(node)
        assert ExchangedMessage.objects.using(node.alias).get(kind="rights-search").content is None
