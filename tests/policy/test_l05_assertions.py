"""L5: each statement says whether it is a fact or an assessment; it travels, and nobody but its author changes it.

Enforced by `Asserting._told_apart` and `_released` in `core/cases/messages.py` (where either checks nothing,
`test_from_a_hostile_partner` fails), by `release` in `core/register/release.py` with `Marks.facts` of the register (with
every category a fact there, `test_silence_is_an_assessment` fails), by `require_told_apart` in
`core/codes/assertions.py` (without it `test_no_words_leave_unmarked` fails), by `onward_body` in
`services/protection/onward.py` and `_pass_correction` in `services/protection/received.py` (with marks of their own
there, `test_who_passes_it_on_changes_nothing` fails) and by `_marked_anew` in `services/protection/correct.py`
(`test_words_written_anew_are_marked_anew`). The desk and REST: `web/test_assertions.py`, `api/test_assertions.py`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.cases.cast import LOTTE, SALMA, TEXTS, UID, ask, deliver, hold, subject
from tests.core.register.reading import DEFAULTS
from tests.federation.world import BE, MA, THIRD, World
from tests.policy.hostile import CLAUSE, lawless, sent_lawless, telling
from tests.policy.scene import case, code_of, passage, put_right
from tests.policy.test_l17_onward import consented, onward, rounds
from tests.told import FACTS, asked, document

from comity.core.cases.messages import ReplyBody, RequestBody, open_body
from comity.core.cases.protection import ProtectionGround
from comity.core.codes.assertions import is_document_told_apart, is_told_apart
from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import Assertion, DataCategory, Handling, SubjectCategory, Urgency
from comity.core.register.formats.csv_ import read_csv
from comity.core.register.formats.reading import Record
from comity.core.register.release import release
from comity.errors import InputError, PeerError, Refused
from comity.services.cases.answer import answer
from comity.services.cases.thread.clarify import ask_clarification, clarify
from comity.services.cases.thread.inform import inform
from comity.services.exchange.submit import Outgoing, submit
from comity.services.protection.correct import correct, correct_words
from comity.storage.models.cases import Case
from comity.storage.models.exchange import ExchangedMessage
from comity.storage.models.protection import Passage

RULE = {
    "enforced": (
        "core/cases/messages.py:Asserting",
        "core/cases/messages.py:Released",
        "core/register/release.py:release",
        "core/codes/assertions.py:require_told_apart",
        "services/protection/onward.py:onward_body",
        "services/protection/received.py:_pass_correction",
        "services/protection/correct.py:_marked_anew",
        "web/templatetags/desk.py:told",
    ),
    "core": ("test_nothing_is_told_without_its_mark", "test_silence_is_an_assessment"),
    "wire": ("test_from_a_hostile_partner", "test_a_hostile_request_reply_or_clarification"),
    "api": (
        "api/test_assertions.py::test_a_text_without_a_mark_is_not_taken",
        "api/test_assertions.py::test_marks_are_returned_as_they_came",
    ),
    "desk": (
        "test_no_words_leave_unmarked",
        "test_it_travels_as_the_register_has_it",
        "test_who_passes_it_on_changes_nothing",
        "test_words_written_anew_are_marked_anew",
        "web/test_assertions.py::test_no_form_has_an_answer_ready",
        "web/test_assertions.py::test_assessments_look_different_by_word_and_form",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
WRONG: list[Any] = [
    None,
    {},
    {"matter": "fact"},
    {"matter": "fact", "reasons": "fact", "conditions": "fact"},
    {"matter": "fact", "reasons": "rumour"},
    {"matter": "fact", "reasons": ""},
    {"matter": "fact", "reasons": None},
    {"matter": "fact", "reasons": ["fact"]},
    "fact",
    ["fact", "fact"],
]
"""What a partner may send in place of the marks of its words."""


def test_nothing_is_told_without_its_mark() -> None:
    texts = {**TEXTS, "case": "1", "facts": "x", "about": "y", "urgency": "ordinary", "categories": ["names"]}
    marks = asked(texts)
    body = open_body(RequestBody, {**texts, "assertions": marks})
    assert body.json_body()["assertions"] == dict.fromkeys(RequestBody.STATEMENTS, "fact")
    for wrong in ({}, {**marks, "offence": "fact"}, {**marks, "facts": "opinion"}):
        with pytest.raises(PeerError, match=r"case\.assertion"):
            open_body(RequestBody, {**texts, "assertions": wrong})
    assert not is_told_apart(["facts"], {"facts": 1})
    for fields in (None, [], "names"):
        assert not is_document_told_apart({"fields": fields, "assertions": {}})


def test_silence_is_an_assessment() -> None:
    told = frozenset({DataCategory.NAMES, DataCategory.CASE_FACTS})
    assert release(subject(), told)["assertions"] == {"names": "assessment", "case-facts": "assessment"}
    known = subject(facts=(DataCategory.NAMES, DataCategory.BIRTH))
    assert release(known, told)["assertions"] == {"names": "fact", "case-facts": "assessment"}


def test_a_row_says_what_it_states_as_a_fact() -> None:
    rows = (
        "id,full,dob,remark,facts\n1,A B,1984,x,names|birth\n2,C D,1985,y,\n3,E F,1986,z,none\n4,G H,,,nose\n"
    )
    *read, last = read_csv([rows.encode()], replace(DEFAULTS, facts=(DataCategory.BIRTH,)))
    facts = [each.subject.marks.facts for each in read if isinstance(each, Record)]
    assert facts == [(DataCategory.BIRTH, DataCategory.NAMES), (DataCategory.BIRTH,), ()]
    assert not isinstance(last, Record)


@pytest.mark.parametrize("marks", WRONG)
def test_from_a_hostile_partner(desks: tuple[World, str], marks: Any) -> None:
    world, agreement = desks
    assert sent_lawless(world, telling(agreement, {"assertions": marks})) == ("refused", "case.assertion")
    fields = {"names": ["x"]}
    for wrong in (None, {}, {"names": "rumour"}, {"names": "fact", "phones": "fact"}, "fact"):
        person = {"subject": {**document(fields), "assertions": wrong}}
        assert sent_lawless(world, telling(agreement, person)) == ("refused", "case.assertion")
    silent = telling(agreement)
    del silent.body["assertions"]  # type: ignore[attr-defined]  # a dict in fact
    assert sent_lawless(world, silent) == ("refused", "case.assertion")
    assert not Case.objects.using("be").exists()
    assert not Passage.objects.using("be").exists()


def test_a_hostile_request_reply_or_clarification(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    usual: dict[str, Any] = {
        "partner": BE,
        "regime": Regime.POLICE,
        "agreement": agreement,
        "clause": CLAUSE,
        "purpose": Purpose.TERRORISM,
        "data": frozenset({DataCategory.NAMES}),
        "subjects": frozenset({SubjectCategory.SUSPECT}),
        "handling": Handling.H1,
        "decision": "0" * 64,
    }
    reply = {"handling": "H1", "evaluation": "X4", "subject_category": "suspect", "note": "surely he"}
    for wrong in (
        {"subject": document({"names": []}), "assertions": {}},
        {"subject": {**document({"names": []}), "assertions": {}}, "assertions": {"note": "fact"}},
        {"subject": document({"names": []}), "assertions": {"note": "fact", "conditions": "fact"}},
    ):
        sent = Outgoing(kind="reply", act=Act.REPLY, body={**reply, **wrong}, thread=thread, **usual)
        with lawless():
            message = submit(world.ma, sent, SALMA)
        deliver(world)
        assert code_of(world.ma, message) == ("refused", "case.assertion")
    assert case(world.be, thread).closing is None
    first = case(world.be, thread)
    question = ask_clarification(world.ma, SALMA, thread, "which one?")
    deliver(world)
    bare = {**usual, "partner": MA, "handling": None, "decision": None}
    request = Outgoing(
        kind="request",
        act=Act.REQUEST,
        body={**(first.request or {}), "assertions": {"facts": "fact"}},
        urgency=Urgency.ORDINARY,
        deadline=timedelta(hours=first.deadline_hours),
        **{**bare, "data": frozenset(map(DataCategory, (first.request or {})["categories"]))},
    )
    said = {"question": question, "answer": "he", "assertions": {"answer": "surely"}}
    bare |= {"data": frozenset(), "subjects": frozenset()}
    clarification = Outgoing(kind="clarification", act=Act.CLARIFY, body=said, thread=thread, **bare)
    for outgoing in (request, clarification):
        with lawless():
            message = submit(world.be, outgoing, LOTTE)
        deliver(world)
        assert code_of(world.be, message) == ("refused", "case.assertion"), outgoing.kind


def test_no_words_leave_unmarked(desks: tuple[World, str]) -> None:
    world, agreement = desks
    with pytest.raises(InputError, match=r"case\.request-field") as refused:
        ask(world, agreement, assertions={"facts": Assertion.FACT, "about": Assertion.FACT})
    assert refused.value.facts["field"] == "assertions.reasons, assertions.link, assertions.about"
    thread = ask(world, agreement)
    deliver(world)
    for unmarked in ({}, {"matter": Assertion.FACT}, {**FACTS, "note": Assertion.FACT}):
        with pytest.raises(InputError, match=r"case\.assertion-missing"):
            inform(world.ma, SALMA, BE, agreement, Purpose.TERRORISM, "a tip", "of use", assertions=unmarked)
    with pytest.raises(InputError, match=r"case\.assertion-missing"):
        answer(world.ma, SALMA, thread, note="surely he")
    assert Case.objects.using("ma").count() == 1
    assert ExchangedMessage.objects.using("ma").filter(direction="out").count() == 0
    answer(world.ma, SALMA, thread, note="surely he", assertion=Assertion.ASSESSMENT)
    deliver(world)
    reply = case(world.be, thread).reply
    assert reply is not None
    assert reply["assertions"] == {"note": "assessment"}


def test_it_travels_as_the_register_has_it(desks: tuple[World, str]) -> None:
    world, agreement = desks
    hold(world.ma, subject(facts=(DataCategory.NAMES,)))
    thread = ask(world, agreement)
    deliver(world)
    answer(world.ma, SALMA, thread, categories={DataCategory.NAMES, DataCategory.BIRTH})
    deliver(world)
    reply = case(world.be, thread).reply
    assert reply is not None
    assert reply["subject"]["assertions"] == {"birth": "assessment", "names": "fact"}
    assert ReplyBody.model_validate(reply).json_body() == case(world.ma, thread).reply


def test_who_passes_it_on_changes_nothing(three: tuple[World, str, str, str]) -> None:
    """The owner's fields keep the owner's marks; the passer's own words have the passer's; a correction brings new ones."""
    world, thread, _, _ = three
    before = case(world.be, thread).reply
    assert before is not None
    consented(three)
    told = onward(three, assertions={"matter": Assertion.FACT, "reasons": Assertion.ASSESSMENT})
    rounds(world)
    third = world.nodes[THIRD]
    body = passage(third, told).body
    assert body["assertions"] == {"matter": "fact", "reasons": "assessment"}
    kept = set(body["subject"]["fields"])
    assert body["subject"]["assertions"] == {name: before["subject"]["assertions"][name] for name in kept}
    assert set(body["subject"]["assertions"].values()) == {"assessment"}
    # The owner finds that the names are a fact, and corrects what it sent: so it is everywhere.
    put_right(world.ma)
    found = subject(facts=(DataCategory.NAMES,))
    hold(world.ma, found, UID)
    correct(world.ma, SALMA, thread, ProtectionGround.INACCURATE)
    for _ in range(3):
        rounds(world)
    assert (case(world.be, thread).reply or {})["subject"]["assertions"]["names"] == "fact"
    after = passage(third, told).body
    assert after["subject"]["assertions"]["names"] == "fact"
    assert after["assertions"] == body["assertions"]


def test_words_written_anew_are_marked_anew(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    anew = (world.be, LOTTE, thread, thread, ProtectionGround.INACCURATE)
    with pytest.raises(InputError, match=r"case\.assertion-missing"):
        correct_words(*anew, {"facts": "a van, I think"})
    with pytest.raises(InputError, match=r"case\.request-field"):
        correct_words(*anew, {"assertions": {"facts": "hearsay"}})
    correct_words(*anew, {"facts": "a van, I think", "assertions": {"facts": "assessment"}})
    deliver(world)
    request = case(world.ma, thread).request
    assert request is not None
    assert (request["facts"], request["assertions"]["facts"]) == ("a van, I think", "assessment")
    assert request["assertions"]["link"] == "fact"
    with pytest.raises(Refused, match=r"protection\.unchanged"):
        correct_words(*anew, {"facts": "a van, I think"})


def test_a_clarification_is_told_apart(desks: tuple[World, str]) -> None:
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    ask_clarification(world.ma, SALMA, thread, "which one?")
    deliver(world)
    message = clarify(world.be, LOTTE, thread, "the younger, I think", assertion=Assertion.ASSESSMENT)
    deliver(world)
    assert passage(world.ma, message).body["assertions"] == {"answer": "assessment"}
