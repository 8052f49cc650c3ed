"""Who is identified has an entry, or the statement that none is held: for the law, and for the ledger of disclosures.

Enforced by `_require_entry` and `unprotected_identity` in `services/identification` (without the first
`test_nobody_is_identified_without_an_entry_or_a_statement` fails, without `require_unprotected` in the second
`test_a_protected_person_is_neither_told_nor_confirmed`), by `require_nobody_held` (without it
`test_a_statement_does_not_pass_by_the_register`), and by `tells` in `services/exchange/submit.py` (without its kinds
`test_each_answer_stands_in_the_ledger`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cases.cast import hold as hold_as
from tests.cases.cast import subject as suspect
from tests.egress.scene import drafts, enter, true_grounds
from tests.federation.world import BE, MA, World
from tests.identification.cast import (
    DPO,
    ELS,
    FAMILY,
    HEAD,
    KNOWN,
    PERSON,
    RETURN,
    SAMIRA,
    TARIQ,
    desks,
    hold,
    person,
    request,
    work,
)
from tests.policy.conftest import with_homes
from tests.policy.scene import case, code_of, everything, passage

from comity.core.codes.marks import RefusalGround, SubjectCategory, Taint
from comity.core.identification.messages import Result, ResultGround
from comity.errors import InputError, Refused
from comity.services.cases.refuse import refuse
from comity.services.egress.grounds import true_grounds as read_grounds
from comity.services.identification import answer as answering
from comity.services.identification.answer import answer_identification, propose_identity
from comity.services.identification.request import propose
from comity.services.register.state import quarantine, restrict
from comity.services.rights.ledger import differences, ledger
from comity.storage.models.cases import Case, CaseDecision
from comity.storage.models.exchange import ExchangedMessage
from comity.storage.models.rights import Disclosure

pytestmark = pytest.mark.django_db(databases=["be", "ma"])

Open = tuple[World, str]
WITHHELD = [Taint.SIS, Taint.EURODAC, Taint.ASYLUM, Taint.RETURN_SUSPENDED, Taint.TORTURE_RISK]
NAMED: dict[str, Any] = {"subject": KNOWN}
CONFIRMED: dict[str, Any] = {"subject": KNOWN, "categories": ()}
STATED: dict[str, Any] = {"none_held": True}


@pytest.fixture
def asked(tmp_path: Path) -> Open:
    """Return two nodes, and the thread of a request for identification that has come whole."""
    world, agreement = desks()
    with_homes(world, tmp_path)
    thread = request(world, agreement)
    work(world)
    return world, thread


def identified(world: World, thread: str, **how: Any) -> str:
    ground = [ResultGround.PRINTS_MATCH]
    return answer_identification(world.ma, SAMIRA, thread, Result.IDENTIFIED, ground, second=TARIQ, **how)


def by_mark(taint: Taint) -> Callable[[World], None]:
    return lambda world: hold(world.ma, person(MA, taint), KNOWN, version=2)


PROTECTED: dict[str, Callable[[World], Any]] = {
    **{taint.value: by_mark(taint) for taint in WITHHELD},
    "restricted": lambda world: restrict(world.ma, HEAD, KNOWN, "contested"),
    "quarantined": lambda world: quarantine(world.ma, HEAD, KNOWN, "obtained under torture"),
}


# --- the ledger


@pytest.mark.parametrize("how", [{}, {**NAMED, **STATED}, {"categories": ()}])
def test_nobody_is_identified_without_an_entry_or_a_statement(asked: Open, how: dict[str, Any]) -> None:
    world, thread = asked
    with pytest.raises(InputError, match=r"identification\.entry"):
        identified(world, thread, **how)
    assert case(world.ma, thread).closing is None
    for more in (NAMED, STATED):
        with pytest.raises(InputError, match=r"identification\.grounds"):
            answer_identification(
                world.ma,
                SAMIRA,
                thread,
                Result.NOT_IDENTIFIED,
                [ResultGround.NOT_REGISTERED],
                second=TARIQ,
                **more,
            )


@pytest.mark.parametrize(("how", "entry"), [(NAMED, KNOWN), (CONFIRMED, KNOWN), (STATED, "")])
def test_each_answer_stands_in_the_ledger(asked: Open, how: dict[str, Any], entry: str) -> None:
    world, thread = asked
    message = identified(world, thread, **how)
    work(world)
    assert code_of(world.ma, message) == ("delivered", None)
    [row] = Disclosure.objects.using("ma").all()
    assert (row.partner, row.message, row.subject) == (BE, message, entry)
    assert passage(world.ma, message).subject == entry
    told = ledger(world.ma, DPO, RETURN, KNOWN, "spot check of November")
    assert [each.message for each in told if each.kind != "index"] == ([message] if entry else [])
    made = CaseDecision.objects.using("ma").get(kind="identification")
    assert made.content is not None
    assert (made.content["subject"], made.content["none_held"]) == (entry or None, not entry)
    # What is only confirmed tells nothing of the entry.
    body = passage(world.be, message).body
    assert body is not None
    assert (body["subject"] is None, body["nationality"]) == (how is not NAMED, "MA")
    # The list made anew from message log and evidence is the same, and misses what is taken away.
    for node in (world.be, world.ma):
        found = differences(node)
        assert (found.missing, found.unfounded, found.unproven) == ((), (), ())
    row.delete(using="ma")
    assert differences(world.ma).missing == (message,)


@pytest.mark.parametrize(
    ("result", "ground"),
    [
        (Result.NOT_IDENTIFIED, ResultGround.CONTRADICTED),
        (Result.MORE_NEEDED, ResultGround.PRINTS_UNUSABLE),
    ],
)
def test_so_do_the_other_results(asked: Open, result: Result, ground: ResultGround) -> None:
    world, thread = asked
    message = answer_identification(world.ma, SAMIRA, thread, result, [ground], second=TARIQ)
    work(world)
    assert list(Disclosure.objects.using("ma").values_list("message", "subject")) == [(message, "")]
    assert differences(world.ma).unfounded == ()


# --- the law


@pytest.mark.parametrize("mark", PROTECTED)
@pytest.mark.parametrize("how", [NAMED, CONFIRMED])
def test_a_protected_person_is_neither_told_nor_confirmed(
    asked: Open, mark: str, how: dict[str, Any]
) -> None:
    """Whoever looks gets the one code; the true ground is kept, and the refusal that follows bears the ordinary ground."""
    world, thread = asked
    PROTECTED[mark](world)
    for tried in (
        lambda: propose_identity(world.ma, SAMIRA, thread, KNOWN, how.get("categories")),
        lambda: identified(world, thread, **how),
    ):
        with pytest.raises(Refused, match=r"law\.protected"):
            tried()
    assert len(true_grounds(world.ma)) == 1
    [kept] = read_grounds(world.ma, DPO, RETURN, "monthly check")
    assert (kept.thread, kept.kind, kept.subjects, kept.by) == (thread, "block", (KNOWN,), "samira")
    # Nor is the person denied, which would be told as a fact.
    with pytest.raises(Refused, match=r"law\.protected"):
        answer_identification(
            world.ma, SAMIRA, thread, Result.NOT_IDENTIFIED, [ResultGround.CONTRADICTED], second=TARIQ
        )
    refuse(world.ma, SAMIRA, thread, RefusalGround.F2)
    work(world)
    assert (case(world.be, thread).ground, case(world.be, thread).negative) == ("a", None)
    assert not Disclosure.objects.using("ma").exists()


def test_a_protected_person_of_another_category_is_told_by_no_code(asked: Open) -> None:
    world, thread = asked
    hold(world.ma, person(MA, Taint.ASYLUM, category=SubjectCategory.VICTIM), KNOWN, version=2)
    with pytest.raises(Refused, match=r"law\.protected"):
        propose_identity(world.ma, SAMIRA, thread, KNOWN)
    assert len(true_grounds(world.ma)) == 1


@pytest.mark.parametrize("mark", [*PROTECTED, "witness", "minor"])
def test_a_statement_does_not_pass_by_the_register(asked: Open, mark: str) -> None:
    """That none is held is compared with whom the request describes: the same name and date of birth are protected here."""
    world, thread = asked
    enter(world.ma, person(MA), KNOWN)  # with the tokens by which it is found
    (PROTECTED[mark] if mark in PROTECTED else by_mark(Taint(mark)))(world)
    with pytest.raises(Refused, match=r"law\.protected"):
        identified(world, thread, **STATED)
    [kept] = read_grounds(world.ma, DPO, RETURN, "monthly check")
    assert (kept.subjects, kept.found) == ((KNOWN,), ("birth", "name"))
    refuse(world.ma, SAMIRA, thread, RefusalGround.F2)
    work(world)
    assert case(world.be, thread).ground == "a"
    assert FAMILY not in str([each.content for each in drafts(world.ma)])


def test_nor_by_what_was_stopped_before(asked: Open) -> None:
    """Whoever was stopped at an entry states in vain that there is none, though it bears another name."""
    world, thread = asked
    found = suspect(owner=MA, regime=RETURN, taints=(Taint.ASYLUM,))
    hold_as(world.ma, found, "c" * 32)
    with pytest.raises(Refused, match=r"law\.protected"):
        propose_identity(world.ma, SAMIRA, thread, "c" * 32)
    with pytest.raises(Refused, match=r"law\.protected"):
        identified(world, thread, **STATED)
    assert identified(world, thread, **NAMED)


def test_who_comes_under_protection_later_is_taken_back_though_only_confirmed(asked: Open) -> None:
    world, thread = asked
    message = identified(world, thread, **CONFIRMED)
    work(world)
    assert "identified" in everything(world.be)
    by_mark(Taint.RETURN_SUSPENDED)(world)
    work(world)
    assert passage(world.be, message).state == "gone"


@pytest.mark.parametrize("how", [NAMED, CONFIRMED])
def test_a_mark_that_comes_in_between_stops_the_answer(
    asked: Open, how: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what is told the check of values sees it; of what is only confirmed, the look again in the storing transaction."""
    world, thread = asked
    submit = answering.submit

    def late(*args: Any, **more: Any) -> str:
        by_mark(Taint.ASYLUM)(world)
        return submit(*args, **more)

    monkeypatch.setattr(answering, "submit", late)
    with pytest.raises(Refused, match=r"law\.protected" if how is NAMED else r"case\.changed"):
        identified(world, thread, **how)
    assert case(world.ma, thread).closing is None
    assert not Disclosure.objects.using("ma").exists()


@pytest.mark.parametrize("mark", PROTECTED)
def test_a_protected_person_is_not_asked_for_and_the_ground_is_kept(tmp_path: Path, mark: str) -> None:
    world, agreement = desks()
    with_homes(world, tmp_path)
    if mark == "restricted":
        restrict(world.be, HEAD, PERSON, "contested")
    elif mark == "quarantined":
        quarantine(world.be, HEAD, PERSON, "obtained under torture")
    else:
        hold(world.be, person(BE, Taint(mark)), PERSON)
    for tried in (
        lambda: propose(world.be, ELS, agreement, PERSON),
        lambda: request(world, agreement),
    ):
        with pytest.raises(Refused, match=r"law\.protected"):
            tried()
    [kept] = read_grounds(world.be, DPO, RETURN, "monthly check")
    assert kept.subjects == (PERSON,)
    assert not Case.objects.using("be").exists()
    assert not ExchangedMessage.objects.using("be").filter(kind="identification-request").exists()
