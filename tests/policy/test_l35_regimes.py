"""L35: what belongs to identification for return stays in that regime; nothing of another regime gets in.

Enforced, tried by removing each and seeing the tests named fail: `form_grounds` in `services/exchange/accept.py`
(`test_wire_a_request_for_identification_of_another_regime`); `FORM` in `_require_person` and the test of the marks'
regime in `propose` (`services/identification/request.py`: `test_here_*`, `test_a_person_of_another_regime_is_not_*`) and
in `_identity` (`answer.py`: `test_a_person_of_another_regime_is_no_answer`); the regime in `_frame`
(`core/policy/decide.py`: `test_core_*`); `known_case` in `services/cases/access.py` (`test_people_*`). What
`test_wire_words_*` shows is stopped several times over (threads are known per regime, the form, the row's regime): no
single line brings it down.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.agreement.samples import shipped
from tests.cases.cast import LOTTE
from tests.cases.cast import SALMA as POLICE_APPROVER
from tests.federation.world import World, sign_between
from tests.identification.cast import (
    BE,
    ELS,
    JAN,
    KNOWN,
    MA,
    PERSON,
    RETURN,
    SAMIRA,
    TARIQ,
    desks,
    hold,
    person,
    prints,
    request,
    work,
)
from tests.policy.conftest import with_homes
from tests.policy.scene import code_of

from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import DataCategory, SubjectCategory, Urgency
from comity.core.identification.messages import Result, ResultGround
from comity.errors import ComityError, InputError, Refused
from comity.services.cases.views import show_case
from comity.services.exchange import submit
from comity.services.exchange.submit import Outgoing
from comity.services.identification.answer import answer_identification, propose_identity
from comity.services.identification.overdue import overview
from comity.services.identification.read import files_of, open_file
from comity.services.identification.request import propose
from comity.storage.models.cases import Case

RULE = {
    "enforced": (
        "core/policy/decide.py:_frame",
        "core/policy/returning.py:form_grounds",
        "services/cases/access.py:known_case",
        "services/identification/request.py:propose",
    ),
    "core": ("test_core_the_memorandum_serves_no_other_regime",),
    "wire": ("test_wire_a_request_for_identification_of_another_regime",),
    "api": ("api/test_clocks.py::test_an_account_of_another_regime_reads_no_statistics_of_this_one",),
    "desk": (
        "test_people_of_another_regime_see_nothing",
        "web/test_inbox.py::test_a_case_of_another_regime_does_not_exist",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])


@pytest.fixture
def memo(tmp_path: Path) -> tuple[World, str]:
    world, agreement = desks()
    with_homes(world, tmp_path)
    return world, agreement


@pytest.fixture
def asked(memo: tuple[World, str]) -> tuple[World, str, str]:
    world, agreement = memo
    thread = request(world, agreement)
    work(world)
    return world, agreement, thread


def police(world: World) -> str:
    """Put the plan of the police regime into force beside the memorandum."""
    return sign_between((world.be, world.ma), shipped("plan_2025"))


def carried(world: World, agreement: str, **changes: object) -> Outgoing:
    """Return the message that carried the request, to be sent elsewhere."""
    row = Case.objects.using("be").get()
    usual = Outgoing(
        partner=MA,
        regime=RETURN,
        kind="identification-request",
        act=Act.REQUEST,
        body=row.request,
        agreement=agreement,
        purpose=Purpose.IDENTIFICATION,
        data=frozenset({DataCategory(each) for each in row.request["categories"]}),
        subjects=frozenset({SubjectCategory.TO_BE_IDENTIFIED}),
        urgency=Urgency.ORDINARY,
        decision="0" * 64,
    )
    return replace(usual, **changes)


def test_core_the_memorandum_serves_no_other_regime(asked: tuple[World, str, str]) -> None:
    world, agreement, _ = asked
    with pytest.raises(Refused) as refusal:
        submit.submit(world.be, carried(world, agreement, regime=Regime.POLICE, kind="request"), LOTTE)
    assert refusal.value.code == "agreement.regime"


def test_here_a_request_for_identification_needs_its_agreement(memo: tuple[World, str]) -> None:
    world, _ = memo
    with pytest.raises(Refused, match=r"law\.return-form"):
        propose(world.be, LOTTE, police(world), PERSON)


def test_wire_a_request_for_identification_of_another_regime(
    asked: tuple[World, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, _, _ = asked
    plan = police(world)
    outgoing = carried(
        world,
        plan,
        regime=Regime.POLICE,
        purpose=Purpose.TERRORISM,
        subjects=frozenset({SubjectCategory.SUSPECT}),
        data=frozenset({DataCategory.NAMES}),
    )
    with pytest.raises(Refused, match=r"law\.return-form"):
        submit.submit(world.be, outgoing, LOTTE)
    monkeypatch.setattr(submit, "form_grounds", lambda *_: ())
    message = submit.submit(world.be, outgoing, LOTTE)
    work(world)
    assert code_of(world.be, message) == ("refused", "law.return-form")
    assert Case.objects.using("ma").count() == 1


@pytest.mark.parametrize("kind", ["identification-supplement", "attachment-part", "reply", "clarification"])
def test_wire_words_of_another_regime_do_not_enter_a_thread(
    asked: tuple[World, str, str], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread is known; the message is signed with the keys of the police, under the police's agreement."""
    world, _, thread = asked
    plan = police(world)
    monkeypatch.setattr(submit, "form_grounds", lambda *_: ())
    outgoing = carried(
        world, plan, regime=Regime.POLICE, kind=kind, purpose=Purpose.TERRORISM, thread=thread, body={"n": 1}
    )
    acts = {"identification-supplement": Act.ATTACH, "attachment-part": Act.ATTACH, "reply": Act.REPLY}
    outgoing = replace(
        outgoing,
        act=acts.get(kind, Act.CLARIFY),
        data=frozenset() if kind == "clarification" else frozenset({DataCategory.NAMES}),
        subjects=frozenset() if kind == "clarification" else frozenset({SubjectCategory.SUSPECT}),
    )
    before = show_case(world.ma, SAMIRA, thread)["passages"]
    try:
        message = submit.submit(world.be, outgoing, LOTTE)
    except ComityError as refusal:
        # Our own policy knows the thread as one of another regime.
        assert refusal.code == "policy.thread-missing"
    else:
        work(world)
        assert code_of(world.be, message)[0] == "refused"
    assert show_case(world.ma, SAMIRA, thread)["passages"] == before


def test_a_person_of_another_regime_is_not_asked_for(memo: tuple[World, str]) -> None:
    world, agreement = memo
    hold(world.be, person(regime=Regime.POLICE, purposes=(Purpose.TERRORISM,)), PERSON)
    with pytest.raises(Refused, match=r"case\.regime"):
        request(world, agreement)


def test_a_person_of_another_regime_is_no_answer(asked: tuple[World, str, str]) -> None:
    world, _, thread = asked
    hold(world.ma, person(MA, regime=Regime.POLICE, purposes=(Purpose.TERRORISM,)), KNOWN)
    with pytest.raises(Refused, match=r"case\.regime"):
        propose_identity(world.ma, SAMIRA, thread, KNOWN)
    with pytest.raises(Refused, match=r"case\.regime"):
        answer_identification(
            world.ma,
            SAMIRA,
            thread,
            Result.IDENTIFIED,
            [ResultGround.REGISTER],
            subject=KNOWN,
            second=TARIQ,
        )


def test_anothers_person_is_not_asked_for(memo: tuple[World, str]) -> None:
    world, agreement = memo
    hold(world.be, person(MA), PERSON)
    with pytest.raises(Refused, match=r"case\.not-owner"):
        request(world, agreement)


def test_people_of_another_regime_see_nothing(asked: tuple[World, str, str]) -> None:
    world, _, thread = asked
    for look in (
        lambda: files_of(world.ma, POLICE_APPROVER, thread),
        lambda: open_file(world.ma, POLICE_APPROVER, thread, 1, "curious"),
        lambda: show_case(world.ma, POLICE_APPROVER, thread),
        lambda: answer_identification(
            world.ma, POLICE_APPROVER, thread, Result.NOT_IDENTIFIED, [ResultGround.NOT_REGISTERED]
        ),
    ):
        with pytest.raises(InputError, match=r"case\.unknown"):
            look()
    with pytest.raises(Refused, match=r"actor\.role"):
        overview(world.ma, POLICE_APPROVER)
    with pytest.raises(Refused, match=r"actor\.role"):
        request(world, _, actor=LOTTE, second=JAN, files=[prints()])
    assert BE != MA
    assert show_case(world.be, ELS, thread)["request"] is not None
