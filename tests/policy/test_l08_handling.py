"""L8: what H3 restricts is said by sub-codes, a colour stands beside the code, and each holds at both nodes.

Enforced, tried by removing each and seeing the tests named fail:
- `Handling.__new__` (H3, and only that, has sub-codes): `test_wire_*`, `test_the_register_*`;
- `_beyond_sub_code` in `core/policy/law.py`: `test_core_*`, `test_no_consent_lifts_*`;
- `_ruled_out` in `services/protection/consent.py`, at who asks (`test_what_a_sub_code_rules_out_is_not_asked_for`) and at who
  is asked (`test_wire_a_consent_*`);
- `may_read_named` in `services/cases/access.py`: `test_only_who_has_taken_*`;
- `_conditions_are_there` in `core/cases/messages.py` and `require_written`: `test_conditions_*`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.cases.cast import (
    DPO,
    HEAD,
    LOTTE,
    SALMA,
    SYSTEM_ACCOUNT,
    UID,
    ask,
    deliver,
    hold,
    officer,
    subject,
)
from tests.federation.world import BE, THIRD, World
from tests.policy.hostile import sent_unbound, telling
from tests.policy.scene import OLD, everything, passage, put_right
from tests.policy.transfers import TO_MA
from tests.told import FACTS, released

from comity.core.cases.consent import Use
from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Act, Purpose
from comity.core.codes.handling import Handling
from comity.core.codes.marks import Role
from comity.core.codes.transfer import OverrideGround
from comity.core.policy.law import prohibited
from comity.errors import InputError, Refused
from comity.services.cases.answer import answer
from comity.services.cases.inbox import assign
from comity.services.cases.thread.acknowledge import acknowledge
from comity.services.cases.thread.say import in_thread
from comity.services.cases.views import show_case
from comity.services.context import Actor
from comity.services.protection.consent import ask_consent, decide_consent
from comity.services.protection.correct import correct
from comity.services.protection.onward import pass_on, use_for
from comity.services.transfers.court import give_to_court
from comity.storage import cases as rows
from comity.storage.models.register import RegisterSubject

RULE = {
    "enforced": (
        "core/codes/handling.py:Handling",
        "core/policy/law.py:_beyond_sub_code",
        "services/protection/consent.py:_ruled_out",
        "services/cases/access.py:may_read_named",
    ),
    "core": ("test_core_no_consent_lifts_a_sub_code",),
    "wire": ("test_wire_a_handling_that_is_none_is_refused", "test_wire_a_consent_that_we_ruled_out"),
    "api": ("test_only_who_has_taken_the_case_reads_what_is_for_named_officers",),
    "desk": (
        "test_what_a_sub_code_rules_out_is_not_asked_for",
        "test_only_who_has_taken_the_case_reads_what_is_for_named_officers",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
LIES = officer("lies", Role.OFFICER, Role.APPROVER)
BELGIAN_DPO = officer("bram", Role.DATA_PROTECTION_OFFICER)
EVERYTHING = "H3/case-only+consult-first+no-court+no-onward TLP:AMBER+STRICT"


def given_under(desks: tuple[World, str], handling: str, **said: Any) -> tuple[World, str, str]:
    """Answer a request under a handling; the conditions are acknowledged where there are any."""
    world, agreement = desks
    hold(world.ma, subject(handling=Handling(handling)))
    thread = ask(world, agreement)
    deliver(world)
    message = answer(world.ma, SALMA, thread, **said)
    deliver(world)
    if passage(world.be, message).conditions_open:
        acknowledge(world.be, LOTTE, thread, message)
        deliver(world)
    return world, thread, message


ANOTHERS = replace(TO_MA, act=Act.INFORM, owner=THIRD, collected_for=Purpose.TERRORISM, consent="0" * 64)


@pytest.mark.parametrize(
    ("sub_code", "changes"),
    [
        ("no-onward", {}),
        ("case-only", {}),
        ("case-only", {"recipient": BE, "purpose": Purpose.DRUGS, "consented_for": Purpose.DRUGS}),
        ("no-court", {"recipient": BE, "judicial": True}),
    ],
)
def test_core_no_consent_lifts_a_sub_code(sub_code: str, changes: dict[str, Any]) -> None:
    act = replace(ANOTHERS, **changes)
    bound = replace(act, held_under=Handling(f"H3/{sub_code}"))
    assert "law.handling" in [one.code for one in prohibited(bound, None, None)]
    free = replace(act, held_under=Handling("H3/consult-first"))
    assert "law.handling" not in [one.code for one in prohibited(free, None, None)]
    # One's own information is one's own, and an emergency tells the owner instead of asking.
    own = replace(bound, owner=None)
    urgent = replace(bound, override=OverrideGround.THREAT_TO_LIFE)
    for other in (own, urgent):
        assert "law.handling" not in [one.code for one in prohibited(other, None, None)]


def test_it_travels_whole_and_is_shown(desks: tuple[World, str]) -> None:
    world, thread, message = given_under(desks, EVERYTHING)
    reply = show_case(world.be, LOTTE, thread)["reply"]
    assert reply["handling"] == reply["subject"]["handling"] == EVERYTHING
    said = next(one for one in show_case(world.ma, SALMA, thread)["passages"] if one["message"] == message)
    assert said["acknowledged_at"] is not None


def test_the_narrower_of_entry_and_clause_leaves(desks: tuple[World, str]) -> None:
    """The clause says H1; the colour of the entry stays beside it."""
    world, thread, _ = given_under(desks, "H0 TLP:AMBER")
    assert show_case(world.be, LOTTE, thread)["reply"]["handling"] == "H1 TLP:AMBER"


@pytest.mark.parametrize(
    ("use_", "handling"),
    [
        (Use.ONWARD, "H3/no-onward"),
        (Use.ONWARD, "H3/case-only"),
        (Use.PURPOSE, "H3/case-only"),
        (Use.COURT, "H3/no-court"),
    ],
)
def test_what_a_sub_code_rules_out_is_not_asked_for(
    desks: tuple[World, str], use_: Use, handling: str
) -> None:
    world, thread, message = given_under(desks, handling)
    recipient = THIRD if use_ is Use.ONWARD else None
    with pytest.raises(Refused, match=r"law\.handling"):
        ask_consent(world.be, LOTTE, thread, message, use_, Purpose.DRUGS, "needed there", recipient)
    with pytest.raises(Refused, match=r"law\.(court|purpose)"):
        if_used(world, thread, message, use_)


def if_used(world: World, thread: str, message: str, use_: Use) -> None:
    """Use it all the same."""
    if use_ is Use.COURT:
        give_to_court(world.be, LIES, thread, message, "a court", "2026/1")
    else:
        use_for(world.be, LOTTE, thread, message, Purpose.DRUGS)


def test_wire_a_consent_that_we_ruled_out(desks: tuple[World, str]) -> None:
    """The asker's node does not look; the owner's does, and keeps nothing of the question."""
    world, thread, message = given_under(desks, "H3/no-court")
    body = {
        "message": message,
        "use": "judicial-use",
        "purpose": "terrorism",
        "recipient": None,
        "reasons": "a trial",
    }
    row = rows.find_case("be", thread)
    assert row is not None
    outgoing = in_thread(row, "consent-request", Act.ASK_CONSENT, body)
    assert sent_unbound(world, world.be, outgoing) == ("refused", "case.handling")
    assert "a trial" not in everything(world.ma)


@pytest.mark.parametrize("colour", ["H3/named-officers", "H1 TLP:RED"])
def test_only_who_has_taken_the_case_reads_what_is_for_named_officers(
    desks: tuple[World, str], colour: str
) -> None:
    world, agreement = desks
    hold(world.ma, subject(handling=Handling(colour)))
    thread = ask(world, agreement)
    deliver(world)
    message = answer(world.ma, SALMA, thread)
    deliver(world)
    with pytest.raises(Refused, match=r"case\.named-officers"):
        acknowledge(world.be, LIES, thread, message)
    acknowledge(world.be, LOTTE, thread, message)
    deliver(world)

    def reads(actor: Actor) -> bool:
        return OLD in str(show_case(world.be, actor, thread))

    assert (reads(LOTTE), reads(LIES), reads(HEAD), reads(SYSTEM_ACCOUNT)) == (True, False, False, False)
    assert reads(BELGIAN_DPO)
    shown = next(one for one in show_case(world.be, LIES, thread)["passages"] if one["message"] == message)
    assert (shown["for_named"], shown["handling"]) == (True, Handling(colour).narrowed(Handling.H1))
    with pytest.raises(Refused, match=r"case\.named-officers"):
        give_to_court(world.be, LIES, thread, message, "a court", "2026/1")
    assign(world.be, HEAD, thread, LIES)
    assert (reads(LIES), reads(LOTTE)) == (True, False)
    # Whoever gave it reads its own words as ever.
    assert OLD in str(show_case(world.ma, SALMA, thread)["reply"])
    assert OLD in str(show_case(world.ma, DPO, thread)["reply"])


def test_conditions_stand_beside_the_sub_code_that_refers_to_them(desks: tuple[World, str]) -> None:
    world, agreement = desks
    hold(world.ma, subject(handling=Handling("H3/as-written")))
    thread = ask(world, agreement)
    deliver(world)
    with pytest.raises(InputError, match=r"case\.conditions-missing"):
        answer(world.ma, SALMA, thread)
    answer(world.ma, SALMA, thread, conditions="only by the magistrate named")
    deliver(world)
    assert OLD in everything(world.be)


@pytest.mark.parametrize(
    "handling",
    [
        "H3",
        "H3/",
        "H1/no-court",
        "H3/no-court+case-only",
        "H3/whatever",
        "H1 TLP:WHITE",
        "H3/as-written",
        "",
        None,
    ],
)
def test_wire_a_handling_that_is_none_is_refused(desks: tuple[World, str], handling: Any) -> None:
    world, agreement = desks
    outgoing = telling(agreement, {"handling": handling})
    assert sent_unbound(world, world.ma, outgoing) == ("refused", "case.handling")
    person = {**released({"names": []}), "handling": handling}
    if handling != "H3/as-written":
        within = telling(agreement, {"subject": person})
        assert sent_unbound(world, world.ma, within) == ("refused", "case.handling")
    assert "a driver on his way" not in everything(world.be)


def test_wire_the_header_says_the_same(desks: tuple[World, str]) -> None:
    world, agreement = desks
    wider = telling(agreement, {"handling": "H3/no-onward"}, handling=Handling("H3/no-court"))
    assert sent_unbound(world, world.ma, wider) == ("refused", "case.header")
    same = telling(agreement, {"handling": "H3/no-onward"}, handling=Handling("H3/no-onward"))
    assert sent_unbound(world, world.ma, same)[0] == "delivered"


def test_a_correction_narrows_and_never_widens(desks: tuple[World, str]) -> None:
    world, thread, _ = given_under(desks, "H3/case-only TLP:GREEN")
    put_right(world.ma)
    correct(world.ma, SALMA, thread, ProtectionGround.INACCURATE)
    deliver(world)
    assert show_case(world.be, LOTTE, thread)["reply"]["handling"] == "H3/case-only TLP:GREEN"


@pytest.mark.django_db(databases=["be", "ma", "third"])
@pytest.mark.parametrize(
    ("use_", "sub_code"),
    [(Use.ONWARD, "no-onward"), (Use.PURPOSE, "case-only"), (Use.COURT, "no-court")],
)
def test_a_consent_that_was_given_ends_where_its_owner_narrows(
    three: tuple[World, str, str, str], use_: Use, sub_code: str
) -> None:
    """Each use goes with its consent; then the owner corrects under a sub-code, and it goes no more."""
    world, thread, message, beyond = three
    purpose = Purpose.DRUGS if use_ is Use.PURPOSE else Purpose.TERRORISM
    to = THIRD if use_ is Use.ONWARD else None
    asked = ask_consent(world.be, LOTTE, thread, message, use_, purpose, "needed there", to)
    deliver(world)
    decide_consent(world.ma, SALMA, thread, asked, given=True)
    deliver(world)

    def used() -> None:
        if use_ is Use.ONWARD:
            words = ("a driver", "his brother")
            pass_on(world.be, LIES, thread, message, THIRD, beyond, purpose, *words, assertions=FACTS)
        else:
            if_used(world, thread, message, use_)

    used()
    hold(world.ma, subject(handling=Handling(f"H3/{sub_code}")))
    RegisterSubject.objects.using("ma").filter(uid=UID).update(version=2)
    correct(world.ma, SALMA, thread, ProtectionGround.INCOMPLETE)
    deliver(world)
    acknowledge(world.be, LOTTE, thread, message)
    with pytest.raises(Refused, match=r"law\.handling"):
        used()
