"""L24: identification for return has its fields, its persons, its purpose, an informed person, an issuer who agrees.

Enforced, tried by removing each and seeing the tests named fail:
- row ``L24`` of `PROHIBITIONS` in `core/policy/law.py` (`test_core_*`);
- each line of `identification_grounds` in `core/policy/returning.py` (`test_each_condition_*`, its case);
- the loop over it in `services/identification/request.py` (`test_here_*`) and in
  `services/identification/handlers.py` (`test_wire_*`): the sender's word is not enough;
- `form_grounds` in `services/exchange/submit.py` (`test_here_free_text_*`) and `accept.py` (`test_wire_free_text_*`);
- `_undecided` in `core/policy/law.py` (`test_core_prints_*`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.agreement.samples import BE, MA, TODAY, in_force, shipped
from tests.cases.cast import TEXTS
from tests.federation.world import World
from tests.identification.cast import (
    ELS,
    JAN,
    PERSON,
    PROGRAM,
    RETURN,
    desks,
    hold,
    person,
    request,
    said,
    work,
)
from tests.policy.conftest import with_homes
from tests.policy.scene import code_of
from tests.told import asked, document

from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import DataCategory, SubjectCategory, Taint
from comity.core.identification.messages import IdentificationBody, Informed, Issuing, Nationality
from comity.core.policy.decide import Permit, ProposedAct, decide
from comity.core.policy.model import Ground
from comity.core.policy.returning import IDENTIFYING, UNBOUNDED, form_grounds, identification_grounds
from comity.errors import Refused
from comity.services.cases.request import open_request
from comity.services.context import Node
from comity.services.exchange import accept, submit
from comity.services.identification import request as asking
from comity.storage.models.cases import Attachment, Case
from comity.storage.models.exchange import ExchangedMessage

RULE = {
    "enforced": (
        "core/policy/law.py:_return_beyond",
        "core/policy/returning.py:identification_grounds",
        "core/policy/returning.py:form_grounds",
    ),
    "core": (
        "test_core_fields_persons_and_purpose",
        "test_each_condition_is_asked",
    ),
    "wire": (
        "test_wire_the_recipient_asks_for_itself",
        "test_wire_free_text_is_not_taken",
        "test_wire_the_header_says_what_the_form_says",
    ),
    "api": ("api/test_identification.py::test_a_system_asks_for_no_identification",),
    "desk": (
        "test_here_nothing_leaves",
        "web/test_identification.py::test_what_the_law_and_the_list_refuse",
    ),
}

MEMORANDUM = in_force(shipped("memorandum_2016"))
ACT = ProposedAct(
    act=Act.REQUEST,
    regime=RETURN,
    sender=BE,
    recipient=MA,
    purpose=Purpose.IDENTIFICATION,
    data=frozenset({DataCategory.NAMES, DataCategory.FINGERPRINTS}),
    subjects=frozenset({SubjectCategory.TO_BE_IDENTIFIED}),
    decision="0" * 64,
)
LAWFUL: dict[str, Any] = {
    "case": "BE-RET-1",
    "subject": {
        "kind": "person",
        "category": "to-be-identified",
        "handling": "H1",
        "evaluation": "X4",
        **document({"names": []}),
    },
    "handling": "H1",
    "evaluation": "X4",
    "subject_category": "to-be-identified",
    "categories": ["names"],
    "nationality": {"presumed": "MA", "contested": True},
    "informed": {"on": "2026-11-20", "language": "ar"},
    "issuing": {"country": "BE"},
}


def codes(**changes: Any) -> list[str]:
    """Return what stands against a lawful request with changes."""
    return [ground.code for ground in grounds_of(**changes)]


def grounds_of(**changes: Any) -> tuple[Ground, ...]:
    """Return the grounds against a lawful request with changes."""
    body = IdentificationBody.model_validate({**LAWFUL, **changes})
    return identification_grounds(body, sender=BE, recipient=MA, at=TODAY)


@pytest.mark.parametrize(("days", "told"), [(-400, True), (0, True), (1, True), (2, False)])
def test_a_date_may_be_a_day_ahead_and_no_more(days: int, told: bool) -> None:
    on = (TODAY + timedelta(days=days)).date().isoformat()
    found = codes(informed={"on": on, "language": "ar"})
    assert found == ([] if told else ["law.return-informed"])
    found = codes(issuing={"country": "FR", "agreed_on": on})
    assert found == ([] if told else ["law.return-issuer"])


def test_the_ground_is_the_law() -> None:
    assert {(one.clause, one.rule) for one in grounds_of(categories=["names", "phones"])} == {("law", "L24")}


@pytest.mark.parametrize(
    "changes",
    [
        {"data": frozenset({DataCategory.PHONES})},
        {"data": frozenset({DataCategory.CRIMINAL_RECORD})},
        {"subjects": frozenset({SubjectCategory.SUSPECT})},
        {"purpose": Purpose.TERRORISM},
    ],
)
def test_core_fields_persons_and_purpose(changes: dict[str, Any]) -> None:
    assert isinstance(decide(MEMORANDUM, ACT, TODAY), Permit)
    decision = decide(MEMORANDUM, replace(ACT, **changes), TODAY)
    assert not isinstance(decision, Permit)
    assert "law.return" in [ground.code for ground in decision.grounds]


@pytest.mark.parametrize("act", [Act.REQUEST, Act.ATTACH])
def test_core_prints_leave_by_a_persons_decision(act: Act) -> None:
    opened = TODAY if act is Act.ATTACH else None
    whole = replace(ACT, act=act, data=frozenset({DataCategory.FINGERPRINTS}), thread_opened_at=opened)
    assert isinstance(decide(MEMORANDUM, whole, TODAY), Permit)
    decision = decide(MEMORANDUM, replace(whole, decision=None), TODAY)
    assert not isinstance(decision, Permit)
    assert decision.code == "law.decision"


def test_core_files_pass_the_gate_and_are_counted_with_their_request() -> None:
    """Each part is looked at like a transfer (L17); the cap of a derogation counts the request, not its parts (L20)."""
    part = replace(ACT, act=Act.ATTACH, data=frozenset({DataCategory.FINGERPRINTS}), thread_opened_at=TODAY)
    silent = replace(MEMORANDUM, agreement=MEMORANDUM.agreement.model_copy(update={"transfers": None}))
    refused = decide(silent, part, TODAY)
    assert not isinstance(refused, Permit)
    assert "transfer.unstated" in [ground.code for ground in refused.grounds]
    full = replace(part, derogated=1_000_000)
    decision = decide(MEMORANDUM, full, TODAY)
    assert isinstance(decision, Permit)
    assert decision.obligations.ground is None
    whole = decide(MEMORANDUM, replace(ACT, derogated=1_000_000), TODAY)
    assert not isinstance(whole, Permit)
    assert whole.code == "transfer.volume"


@pytest.mark.parametrize(
    "taint", [Taint.RETURN_SUSPENDED, Taint.ASYLUM, Taint.EURODAC, Taint.SIS, Taint.TORTURE_RISK]
)
def test_core_protected_persons_get_no_file_sent(taint: Taint) -> None:
    act = replace(ACT, act=Act.ATTACH, thread_opened_at=TODAY, taints=frozenset({taint}))
    decision = decide(MEMORANDUM, act, TODAY)
    assert not isinstance(decision, Permit)
    assert decision.code == "law.protected"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"informed": None}, "law.return-informed"),
        ({"informed": {"on": "2027-01-01", "language": "ar"}}, "law.return-informed"),
        ({"issuing": None}, "law.return-issuer"),
        ({"issuing": {"country": "FR"}}, "law.return-issuer"),
        ({"issuing": {"country": "FR", "agreed_on": "2027-01-01"}}, "law.return-issuer"),
        ({"nationality": {"presumed": "DZ", "contested": True}}, "law.return-addressee"),
        ({"categories": ["names", "phones"]}, "law.return-fields"),
        ({"categories": ["birth", "names"]}, "law.return-fields"),
        ({"subject": {**LAWFUL["subject"], **document({"phones": []})}}, "law.return-fields"),
        ({"subject": {**LAWFUL["subject"], "asylum": False}}, "law.return-fields"),
        ({"subject": {**LAWFUL["subject"], "category": "suspect"}}, "law.return-fields"),
        ({"subject_category": "suspect"}, "law.return-fields"),
    ],
)
def test_each_condition_is_asked(changes: dict[str, Any], code: str) -> None:
    assert codes() == []
    assert codes(issuing={"country": "FR", "agreed_on": "2026-11-01"}) == []
    assert code in codes(**changes)


def test_forms_belong_to_their_regime() -> None:
    assert all(form_grounds(RETURN, kind) for kind in UNBOUNDED)
    assert all(form_grounds(Regime.POLICE, kind) for kind in IDENTIFYING)
    assert not any(form_grounds(RETURN, kind) for kind in (*IDENTIFYING, "refusal", "recall", "extension"))
    assert not any(form_grounds(Regime.POLICE, kind) for kind in UNBOUNDED)


@pytest.fixture
def memo(tmp_path: Path) -> tuple[World, str]:
    world, agreement = desks()
    with_homes(world, tmp_path)
    return world, agreement


BAD = [
    (said(informed=None), "law.return-informed"),
    (said(informed=Informed(on=date(2027, 3, 1), language="ar")), "law.return-informed"),
    (said(issuing=None), "law.return-issuer"),
    (said(issuing=Issuing(country="FR")), "law.return-issuer"),
    (said(nationality=Nationality(presumed="DZ", contested=False)), "law.return-addressee"),
]
databases = pytest.mark.django_db(databases=["be", "ma"])


@databases
@pytest.mark.parametrize(("circumstances", "code"), BAD)
def test_here_nothing_leaves(memo: tuple[World, str], circumstances: Any, code: str) -> None:
    world, agreement = memo
    with pytest.raises(Refused) as refusal:
        request(world, agreement, said=circumstances)
    assert refusal.value.code == code
    assert not Case.objects.using("be").exists()
    assert not ExchangedMessage.objects.using("be").exists()


@databases
@pytest.mark.parametrize(("circumstances", "code"), BAD)
def test_wire_the_recipient_asks_for_itself(
    memo: tuple[World, str], circumstances: Any, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A partner whose node does not ask is refused, before a row is written and before a file leaves."""
    world, agreement = memo
    monkeypatch.setattr(asking, "identification_grounds", lambda *_, **__: ())
    thread = request(world, agreement, said=circumstances)
    work(world)
    assert code_of(world.be, thread) == ("refused", code)
    assert not Case.objects.using("ma").exists()
    assert not Attachment.objects.using("ma").exists()
    assert not ExchangedMessage.objects.using("be").filter(kind="attachment-part").exists()
    # Nobody will answer it: the requester's own copy goes as well.
    row = Case.objects.using("be").get()
    assert (row.request, row.rejected) == (None, code)
    assert Attachment.objects.using("be").get().state == "gone"


@databases
@pytest.mark.parametrize("named", [{DataCategory.FINGERPRINTS}, {DataCategory.NAMES}])
def test_wire_the_header_says_what_the_form_says(
    memo: tuple[World, str], named: set[DataCategory], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both policies decide on the header: what a form asks for beside it is not taken."""
    world, agreement = memo
    sending = asking.submit

    def otherwise(node: Node, outgoing: submit.Outgoing, *rest: Any, **more: Any) -> str:
        return sending(node, replace(outgoing, data=frozenset(named)), *rest, **more)

    monkeypatch.setattr(asking, "submit", otherwise)
    thread = request(world, agreement)
    work(world)
    assert code_of(world.be, thread) == ("refused", "case.header")
    assert not Case.objects.using("ma").exists()


def ordinary(world: World, agreement: str, actor: Any = ELS) -> str:
    """Open an ordinary request, with its free text, under the memorandum."""
    words = {**TEXTS, "subject_category": SubjectCategory.TO_BE_IDENTIFIED}
    return open_request(
        world.be,
        actor,
        MA,
        agreement,
        Purpose.IDENTIFICATION,
        "BE-RET-2",
        None,
        "he asked for asylum",
        about="a man",
        categories=[DataCategory.NAMES],
        **words,
        assertions=asked({**words, "facts": "he asked for asylum", "about": "a man"}),
    )


@databases
def test_here_free_text_does_not_leave(memo: tuple[World, str]) -> None:
    world, agreement = memo
    with pytest.raises(Refused, match=r"law\.return-form"):
        ordinary(world, agreement)
    with pytest.raises(Refused, match=r"law\.return-form"):
        ordinary(world, agreement, PROGRAM)


@databases
def test_wire_free_text_is_not_taken(memo: tuple[World, str], monkeypatch: pytest.MonkeyPatch) -> None:
    world, agreement = memo
    monkeypatch.setattr(submit, "form_grounds", lambda *_: ())
    thread = ordinary(world, agreement)
    work(world)
    assert code_of(world.be, thread) == ("refused", "law.return-form")
    assert not Case.objects.using("ma").exists()
    assert accept.form_grounds is form_grounds


@databases
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"second": None}, "case.second"),
        ({"second": ELS}, "case.approver"),
        ({"actor": JAN}, "case.second"),
        ({"actor": PROGRAM}, "case.person"),
        ({"categories": {DataCategory.PHONES}}, "law.return-fields"),
        ({"shown": "0" * 64}, "case.changed"),
    ],
)
def test_here_persons_decide_what_is_lawful(
    memo: tuple[World, str], changes: dict[str, Any], code: str
) -> None:
    world, agreement = memo
    with pytest.raises(Refused) as refusal:
        request(world, agreement, **changes)
    assert refusal.value.code == code
    assert not Case.objects.using("be").exists()


@databases
@pytest.mark.parametrize("taint", [Taint.RETURN_SUSPENDED, Taint.ASYLUM, Taint.EURODAC])
def test_here_a_protected_person_is_not_asked_for(memo: tuple[World, str], taint: Taint) -> None:
    world, agreement = memo
    hold(world.be, person(BE, taint), PERSON)
    with pytest.raises(Refused) as refusal:
        request(world, agreement)
    assert refusal.value.code == "law.protected"
