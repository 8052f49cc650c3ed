"""L19: each transfer has its record: date, authority, justification, data, ground; the log alone brings it back.

Enforced by the fact ``ground`` in `_record` of `services/exchange/submit.py` and in `_judge` of
`services/exchange/accept.py`: without it a record is not proven, and `test_the_log_proves_each_record` fails.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.agreement.samples import TODAY, between, shipped
from tests.cases.cast import DPO, LOTTE, OPERATOR, SALMA, deliver, officer
from tests.federation.world import BE, MA, World
from tests.policy.scene import leaves
from tests.policy.test_l02_fields import wide
from tests.policy.transfers import TO_BE, TO_MA, permitted_on, telling

from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Act, ServiceId
from comity.core.codes.marks import Role
from comity.core.codes.transfer import TransferGround
from comity.core.policy.transfer import TRANSFERS
from comity.errors import InputError, Refused
from comity.services.exchange.submit import submit
from comity.services.protection.restrict import restrict_sent
from comity.services.transfers.records import Period, Record, report, transfer_records
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.exchange import Direction, ExchangedMessage

RULE = {
    "enforced": (
        "services/exchange/submit.py:_record",
        "services/exchange/accept.py:_judge",
        "core/policy/decide.py:_obligations",
    ),
    "core": ("test_in_the_core_each_transfer_names_its_ground",),
    "wire": ("test_the_log_proves_each_record",),
    "api": ("api/test_transfers.py::test_the_report_of_the_regime",),
    "desk": ("web/test_transfers.py::test_the_report_shows_ground_authority_and_proof",),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
BELGIAN_DPO = officer("bram", Role.DATA_PROTECTION_OFFICER)
AUDITOR = officer("anna", Role.AUDITOR)
Scene = tuple[World, str, str]


def week(world: World) -> Period:
    return Period(first=world.clock() - timedelta(days=7), before=world.clock() + timedelta(seconds=1))


def of_reply(world: World, thread: str) -> Record:
    found = transfer_records(world.ma, DPO, week(world), direction=Direction.OUT)
    [record] = [each for each in found if each.thread == thread]
    return record


def test_the_record_says_who_got_what_on_which_ground(answered: Scene) -> None:
    world, _, thread = answered
    record = of_reply(world, thread)
    sent = ExchangedMessage.objects.using("ma").get(message=record.message)
    assert (record.at, record.act, record.partner) == (sent.sent_at, "reply", BE)
    assert record.authority == "Federal police"
    assert (record.ground, record.filing) == ("ma-44-2", "CNDP-BE-MA-ILLUSTRATIVE")
    assert record.reference.startswith("Cooperation agreement")
    assert (record.justification, record.purpose) == ("terrorism.request", "terrorism")
    assert "names" in record.categories
    assert record.subjects == ("suspect",)
    assert record.decision is not None
    assert record.proven


def test_both_sides_have_the_same_record(answered: Scene) -> None:
    world, _, thread = answered
    ours = of_reply(world, thread)
    found = transfer_records(world.be, BELGIAN_DPO, week(world), direction=Direction.IN)
    [theirs] = [each for each in found if each.thread == thread]
    same = ("at", "message", "authority", "categories", "ground", "reference", "justification", "decision")
    assert [getattr(ours, name) for name in same] == [getattr(theirs, name) for name in same]
    assert theirs.proven


@pytest.mark.parametrize("act", sorted(TRANSFERS - {Act.ATTACH}))
def test_in_the_core_each_transfer_names_its_ground(act: Act) -> None:
    """A permit of a transfer says on which of the sender's grounds it rests, in either direction; of what only protects, none."""
    every = tuple(clause.model_copy(update={"acts": tuple(sorted(Act))}) for clause in wide().clauses)
    agreement = wide().model_copy(update={"clauses": every})
    clarifying = {"data": frozenset(), "subjects": frozenset(), "decision": None, "thread_opened_at": TODAY}
    changes = clarifying if act in (Act.CLARIFY, Act.REPORT_HIT) else {}
    for usual, ground in ((TO_MA, TransferGround.LED_INSTRUMENT), (TO_BE, TransferGround.MA_AGREEMENT)):
        assert permitted_on(agreement, replace(usual, act=act, **changes)) is ground
        assert permitted_on(agreement, replace(usual, act=Act.RECALL, **clarifying)) is None


def test_the_log_proves_each_record(answered: Scene) -> None:
    world, _, thread = answered
    message = of_reply(world, thread).message
    [leaf] = [each for each in leaves(world.ma, "message.sent") if message in each]
    assert '"ground":"ma-44-2"' in leaf
    [taken] = [each for each in leaves(world.be, "message.accepted") if message in each]
    assert '"ground":"ma-44-2"' in taken


@pytest.mark.parametrize("change", [{"ground": "ma-43"}, {"header": b'"witness"'}, {"header": b"7"}])
def test_a_row_that_says_otherwise_shows(answered: Scene, change: dict[str, Any]) -> None:
    world, _, thread = answered
    message = of_reply(world, thread).message
    rows = ExchangedMessage.objects.using("ma").filter(message=message)
    if "header" in change:
        change = {"header": bytes(rows.get().header).replace(b'"suspect"', bytes(change["header"]))}
    rows.update(**change)
    found = report(world.ma, DPO, week(world))
    assert found["unproven"] == [message]


def test_a_message_without_its_entry_shows(answered: Scene) -> None:
    world, _, thread = answered
    message = of_reply(world, thread).message
    EvidenceEntry.objects.using("ma").filter(erase_key=message).delete()
    assert report(world.ma, DPO, week(world))["unproven"] == [message]


def test_what_only_protects_is_no_transfer(answered: Scene) -> None:
    world, _, thread = answered
    before = len(transfer_records(world.ma, DPO, week(world)))
    restrict_sent(world.ma, DPO, thread, ProtectionGround.CONTESTED)
    deliver(world)
    assert len(transfer_records(world.ma, DPO, week(world))) == before


def test_the_report_sums_categories_and_names_no_person(answered: Scene) -> None:
    world, agreement, _ = answered
    submit(world.ma, telling(MA, agreement), SALMA)
    deliver(world)
    found = report(world.ma, DPO, week(world), agreement=agreement)
    assert found["transfers"] == 3
    lines = {(each["direction"], each["ground"]): each for each in found["categories"]}
    sent = lines["out", "ma-44-2"]
    assert (sent["transfers"], sent["acts"]) == (2, {"inform": 1, "reply": 1})
    assert "names" in sent["categories"]
    assert lines["in", "led-37-1-a"]["acts"] == {"request": 1}
    assert "salma" not in str(found)
    assert "الخطابي" not in str(found)


def test_the_period_is_half_open(answered: Scene) -> None:
    world, _, thread = answered
    at = of_reply(world, thread).at
    second = timedelta(seconds=1)
    assert transfer_records(world.ma, DPO, Period(first=at, before=at + second), direction=Direction.OUT)
    assert not transfer_records(world.ma, DPO, Period(first=at - second, before=at), direction=Direction.OUT)
    with pytest.raises(InputError, match=r"transfer\.period"):
        transfer_records(world.ma, DPO, Period(first=at, before=at))


def test_who_reads_it(answered: Scene) -> None:
    world, _, _ = answered
    for actor in (BELGIAN_DPO, AUDITOR, OPERATOR):
        assert report(world.be, actor, week(world))["transfers"] == 2
    for actor in (LOTTE, SALMA):
        with pytest.raises(Refused, match=r"actor\.role"):
            report(world.be, actor, week(world))


def test_an_agreement_with_another_service_is_another_line(three: tuple[World, str, str, str]) -> None:
    world, _, _, beyond = three
    submit(world.be, telling(BE, beyond, partner=ServiceId("TN.interior")), SALMA)
    found = report(world.be, BELGIAN_DPO, week(world))["categories"]
    assert {each["partner"] for each in found} == {MA, "TN.interior"}
    assert between(shipped("plan_2025"), (BE, ServiceId("TN.interior"))).profile("TN.interior") is not None
