"""L34: the status of a State in the treaties stands with its dates; a change makes every open flow be looked at anew.

Enforced by `_treaties_hold` in `core/policy/transfer.py` and by `_withdraw` in `services/transfers/status.py`. Without the
former a denounced treaty carries on; without the latter what waits to be sent leaves all the same.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.agreement.samples import TODAY, between, in_force
from tests.cases.cast import DPO, HEAD, OPERATOR, SALMA, SYSTEM_ACCOUNT, YOUSSEF, ask, deliver, officer
from tests.federation.world import BE, MA, THIRD, World
from tests.policy.conftest import with_homes
from tests.policy.scene import code_of, leaves
from tests.policy.transfers import (
    DEROGATION,
    TO_BE,
    TO_MA,
    ground_of,
    grounds,
    permitted_on,
    plan,
    sent,
    signed_world,
    stating,
    telling,
)

from comity.core.agreement.profile import ChangeEffect, ChangeKind, StatusChange, TreatyStatus
from comity.core.agreement.standing import AgreementStanding
from comity.core.codes.marks import Role
from comity.core.codes.transfer import TransferGround, Treaty, TreatyStanding
from comity.errors import InputError, Refused
from comity.services.agreements.standing import all_standings, stored_standing
from comity.services.exchange.deliver import deliver_due
from comity.services.exchange.submit import submit
from comity.services.transfers.status import end_again, flows, note_change
from comity.storage.cases import find_case
from comity.storage.models.agreements import TransferStatus
from comity.transport.memory import Fault

RULE = {
    "enforced": (
        "core/policy/transfer.py:_treaties_hold",
        "services/transfers/status.py:_withdraw",
    ),
    "core": ("test_the_recipient_s_state_must_be_party_on_that_day",),
    "wire": ("test_the_recipient_refuses_by_what_it_knows_itself",),
    "api": ("api/test_law.py::test_a_denounced_treaty_closes_the_way_over_rest",),
    "desk": ("test_a_change_binds_at_once_and_withdraws_what_waits",),
}

wired = pytest.mark.django_db(databases=["be", "ma", "third"])
C108 = Treaty.CONVENTION_108
RESTING = stating("BE", grounds=(ground_of("BE", rests_on=(C108,)),))
PART = "transfers.BE.grounds.led-37-1-a"
BELGIAN_DPO = officer("bram", Role.DATA_PROTECTION_OFFICER)


def known(agreement: Any, *changes: tuple[str, ChangeEffect, int]) -> AgreementStanding:
    """Return a standing with changes to Convention 108: of which State, what, how many hours ago."""
    found = [
        StatusChange(country, ChangeKind.TREATY, C108.value, effect, TODAY - timedelta(hours=hours))
        for country, effect, hours in changes
    ]
    return replace(in_force(agreement), changes=tuple(found))


def denounce(world: World, agreement: str, **changes: Any) -> Any:
    usual: dict[str, Any] = {
        "actor": BELGIAN_DPO,
        "country": "MA",
        "kind": ChangeKind.TREATY,
        "name": C108.value,
        "effect": ChangeEffect.ENDED,
        "at": world.clock(),
        "reason": "denounced, Official Journal of yesterday",
    }
    return note_change(world.be, agreement=agreement, **{**usual, **changes})


def test_the_recipient_s_state_must_be_party_on_that_day() -> None:
    assert grounds(RESTING, TO_MA) == []
    for treaties in (
        (),
        (TreatyStatus(treaty=C108, status=TreatyStanding.SIGNED, since=TODAY.date()),),
        (TreatyStatus(treaty=C108, status=TreatyStanding.PARTY, since=TODAY.date() + timedelta(days=1)),),
        (
            TreatyStatus(
                treaty=C108,
                status=TreatyStanding.PARTY,
                since=TODAY.date() - timedelta(days=9),
                until=TODAY.date() - timedelta(days=1),
            ),
        ),
    ):
        outside = stating("MA", RESTING, treaties=treaties)
        assert grounds(outside, TO_MA) == [("transfer.treaty", PART, "L34")]
        assert grounds(outside, TO_BE) == []


def test_a_denunciation_counts_from_its_day_and_an_accession_again() -> None:
    ended = ("MA", ChangeEffect.ENDED, 2)
    assert grounds(known(RESTING, ended), TO_MA) == [("transfer.treaty", PART, "L34")]
    assert grounds(known(RESTING, ended), TO_MA, TODAY - timedelta(hours=3)) == []
    assert grounds(known(RESTING, ("BE", ChangeEffect.ENDED, 2)), TO_MA) == []
    assert grounds(known(RESTING, ended, ("MA", ChangeEffect.HOLDS, 1)), TO_MA) == []
    outside = stating("MA", RESTING, treaties=())
    assert grounds(known(outside, ("MA", ChangeEffect.HOLDS, 1)), TO_MA) == []


def test_the_engine_picks_the_next_ground_that_holds() -> None:
    two = stating("BE", grounds=(*(RESTING.transfers or {})["BE"].grounds, DEROGATION))
    assert permitted_on(two, TO_MA) is TransferGround.LED_INSTRUMENT
    fallen = known(two, ("MA", ChangeEffect.ENDED, 1))
    assert permitted_on(fallen, TO_MA) is TransferGround.LED_IMMEDIATE_THREAT
    assert [code for code, _, _ in grounds(fallen, replace(TO_MA, derogated=2))] == [
        "transfer.treaty",
        "transfer.volume",
    ]


def test_a_repealed_ground_is_none() -> None:
    change = StatusChange("BE", ChangeKind.GROUND, "led-37-1-a", ChangeEffect.ENDED, TODAY)
    repealed = replace(in_force(plan()), changes=(change,))
    assert grounds(repealed, TO_MA) == [("transfer.ground-ended", PART, "L17")]


def test_free_flow_among_parties_is_for_parties_only() -> None:
    free = between(plan(), (BE, THIRD))
    profiles = dict(free.transfers or {})
    ground = profiles["TN"].grounds[0].model_copy(update={"ground": TransferGround.CONVENTION_PARTY})
    profiles["TN"] = profiles["TN"].model_copy(update={"grounds": (ground,)})
    whole = free.model_copy(update={"transfers": profiles})
    act = replace(TO_BE, sender=THIRD)
    assert [code for code, _, _ in grounds(whole, act)] == ["transfer.treaty"]
    plus = Treaty.CONVENTION_108_PLUS.value
    change = StatusChange("BE", ChangeKind.TREATY, plus, ChangeEffect.HOLDS, TODAY)
    assert grounds(replace(in_force(whole), changes=(change,)), act) == []


@wired
def test_a_change_binds_at_once_and_withdraws_what_waits() -> None:
    world, agreement = signed_world(RESTING)
    assert sent(world, BE, agreement) == ("delivered", None)
    waiting = submit(world.be, telling(BE, agreement), SALMA)
    asked = ask(world, agreement)
    noted = denounce(world, agreement)
    assert set(noted.withdrawn) == {waiting, asked}
    assert agreement in noted.agreements
    deliver(world)
    for message in (waiting, asked):
        assert code_of(world.be, message) == ("withdrawn", "transfer.status-changed")
        assert find_case("ma", message) is None
    with pytest.raises(Refused, match=r"transfer\.treaty"):
        submit(world.be, telling(BE, agreement), SALMA)
    assert sent(world, MA, agreement) == ("delivered", None)
    found = leaves(world.be, "transfer.status-changed")
    assert len(found) == len(noted.agreements)
    assert "denounced, Official" not in str(found)


@wired
@pytest.mark.parametrize("fault", [Fault.DROP, Fault.LOSE_ANSWER])
def test_a_change_reaches_what_a_worker_has_tried_to_deliver(fault: Fault) -> None:
    world, agreement = signed_world(RESTING)
    message = submit(world.be, telling(BE, agreement), SALMA)
    left = [fault]
    world.network.draw = lambda: left.pop() if left else Fault.NONE
    deliver_due(world.be, world.network.channels)
    assert message in denounce(world, agreement).withdrawn
    deliver(world, 400)
    arrived = fault is Fault.LOSE_ANSWER
    expected = ("delivered", None) if arrived else ("withdrawn", "transfer.status-changed")
    assert code_of(world.be, message) == expected
    assert (find_case("ma", message) is not None) is arrived


@wired
def test_what_was_being_submitted_meanwhile_does_not_leave_either() -> None:
    world, agreement = signed_world(RESTING)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("comity.services.transfers.status._withdraw", lambda *_: [])
        waiting = submit(world.be, telling(BE, agreement), SALMA)
        back = submit(world.ma, telling(MA, agreement), SALMA)
        denounce(world, agreement)
    deliver(world)
    assert code_of(world.be, waiting) == ("withdrawn", "transfer.status-changed")
    assert code_of(world.ma, back) == ("delivered", None)


@wired
def test_the_recipient_refuses_by_what_it_knows_itself() -> None:
    world, agreement = signed_world(stating("MA", grounds=(ground_of("MA", rests_on=(C108,)),)))
    denounce(world, agreement, country="BE")
    world.clock.forward(minutes=1)
    assert sent(world, MA, agreement) == ("refused", "transfer.treaty")


@wired
def test_a_treaty_binds_the_state_in_all_it_has_signed_an_assurance_in_one_agreement() -> None:
    world, agreement = signed_world(RESTING)
    noted = denounce(world, agreement)
    with_profile = {each.hash for each in all_standings(world.be) if "MA" in (each.agreement.transfers or {})}
    assert set(noted.agreements) == with_profile
    assert len(with_profile) == 2
    one = denounce(world, agreement, kind=ChangeKind.ASSURANCE, name="confidentiality")
    assert one.agreements == (agreement,)


@wired
def test_who_notes_what() -> None:
    world, agreement = signed_world(RESTING)
    for actor in (YOUSSEF, SYSTEM_ACCOUNT):
        with pytest.raises(Refused, match=r"actor\.(role|person)"):
            denounce(world, agreement, actor=actor)
    for change, code in (
        ({"country": "FR"}, "transfer.change-unknown"),
        ({"name": "convention-109"}, "transfer.change-unknown"),
        ({"kind": ChangeKind.GROUND}, "transfer.change-unknown"),
        ({"reason": " "}, "transfer.change-reason"),
        ({"at": world.clock() + timedelta(seconds=1)}, "transfer.change-early"),
    ):
        with pytest.raises(InputError) as refused:
            denounce(world, agreement, **change)
        assert refused.value.code == code
    assert TransferStatus.objects.using("be").count() == 0
    for actor in (HEAD, OPERATOR, BELGIAN_DPO):
        denounce(world, agreement, actor=actor)
    assert TransferStatus.objects.using("be").filter(agreement=agreement).count() == 1


@wired
def test_the_flows_say_what_is_open_and_what_is_missing() -> None:
    world, agreement = signed_world(RESTING)
    denounce(world, agreement)
    seen = flows(world.be, DPO, agreement)
    [change] = seen["changes"]
    assert (change["country"], change["name"], change["effect"]) == ("MA", "convention-108", "ended")
    ways = {each["sender"]: each for each in seen["directions"]}
    assert ways[MA]["missing"] == {}
    assert ways[MA]["open"]["terrorism"] == "ma-44-2"
    assert ways[BE]["open"] == {}
    assert ways[BE]["missing"]["terrorism"][0] == {"code": "transfer.treaty", "part": PART, "rule": "L34"}


@wired
def test_a_restored_backup_learns_it_again(tmp_path: Any) -> None:
    world, agreement = signed_world(RESTING)
    with_homes(world, tmp_path)
    at = world.clock()
    denounce(world, agreement)
    written = (tmp_path / "be" / "journal" / "erasures.log").read_text(encoding="utf-8")
    assert f"{agreement}/MA/treaty/convention-108/" in written
    TransferStatus.objects.using("be").all().delete()
    assert grounds(stored_standing(world.be, agreement), TO_MA, world.clock()) == []
    stamp = at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    end_again(world.be, [f"{agreement}/MA/treaty/convention-108/{stamp}"])
    found = grounds(stored_standing(world.be, agreement), TO_MA, world.clock())
    assert found == [("transfer.treaty", PART, "L34")]
