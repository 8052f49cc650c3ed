"""L32: who entered it is asked before its content is told to the person; what came with a SIS alert stays a year at most.

Enforced by `_require_owners` in `services/rights/answering.py` and by `kept_a_year` in `core/register/supplementary.py`,
which the import calls. Without the first, `test_what_a_partner_said_is_told_only_with_its_consent` fails, without the second
`test_an_import_keeps_it_a_year`. Links between entries (SIS Art. 63(3)): `test_l32_links.py`.
"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cases.cast import LOTTE, OPERATOR, SALMA, deliver, subject, tainted
from tests.federation.world import BE, MA, THIRD, World
from tests.policy.hostile import sent_unbound
from tests.policy.persons import BELGIAN, REASONING, letter_of, registered, searched, with_keys
from tests.policy.scene import case
from tests.policy.test_l12_ledger import LIES

from comity.core.cases.consent import Use
from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import SubjectCategory, Taint
from comity.core.register.supplementary import KEPT, kept_a_year
from comity.core.rights.codes import Outcome, RestrictionReason
from comity.errors import Refused
from comity.services.exchange.submit import Outgoing
from comity.services.protection.consent import ask_consent, decide_consent, withdraw_consent
from comity.services.register.erase import erase_due
from comity.services.register.import_ import import_register
from comity.services.register.order import Format, ImportFiles, ImportOrder
from comity.services.rights.answering import Decision, decide, hand_out
from comity.storage.models.register import RegisterSubject

wired = pytest.mark.django_db(databases=["be", "ma"])
RULE = {
    "enforced": (
        "services/rights/answering.py:_require_owners",
        "core/register/supplementary.py:kept_a_year",
        "services/register/chunk.py:Store",
    ),
    "core": ("test_in_the_core_no_list_keeps_it_longer",),
    "wire": ("test_only_its_owner_consents",),
    "api": ("api/test_persons.py::test_a_system_answers_nobody",),
    "desk": (
        "test_what_a_partner_said_is_told_only_with_its_consent",
        "test_an_import_keeps_it_a_year",
    ),
}

TODAY = date(2026, 11, 23)
ROWS = "id,given,family,dob,taints\n1,Youssef,Benjelloun,1984-05-17,sis\n2,Salma,El Idrissi,1991-11-02,\n"


@wired
def test_what_a_partner_said_is_told_only_with_its_consent(
    answered: tuple[World, str, str], tmp_path: Path
) -> None:
    world, _, thread = answered
    with_keys(world, tmp_path)
    number = registered(world.be, BELGIAN)
    [reply] = searched(world.be, BELGIAN, number, tmp_path)["found"]
    assert reply["owner"] == MA
    tell = Decision(Outcome.FULL, (reply["key"],))
    with pytest.raises(Refused, match=r"rights\.owner"):
        decide(world.be, BELGIAN, number, tell)
    usual = (world.be, LOTTE, thread, reply["name"])
    asked = ask_consent(*usual, Use.PERSON, Purpose.TERRORISM, "the person asks what is held", None)
    deliver(world)
    with pytest.raises(Refused, match=r"rights\.owner"):
        decide(world.be, BELGIAN, number, tell)
    decide_consent(world.ma, SALMA, thread, asked, given=True)
    deliver(world)
    world.clock.now = decide(world.be, BELGIAN, number, tell)
    assert letter_of(hand_out(world.be, BELGIAN, number))["told"][0]["origin"] == MA
    # A consent that was taken back, or refused, is none.
    withdraw_consent(world.ma, SALMA, thread, asked)
    deliver(world)
    again = registered(world.be, BELGIAN)
    searched(world.be, BELGIAN, again, tmp_path)
    with pytest.raises(Refused, match=r"rights\.owner"):
        decide(world.be, BELGIAN, again, tell)
    left_out = Decision(Outcome.NEITHER, (), (), (RestrictionReason.OTHERS,), REASONING)
    decide(world.be, BELGIAN, again, left_out)


@wired
def test_consent_to_another_use_is_not_this_one(answered: tuple[World, str, str], tmp_path: Path) -> None:
    world, _, thread = answered
    with_keys(world, tmp_path)
    number = registered(world.be, BELGIAN)
    [reply] = searched(world.be, BELGIAN, number, tmp_path)["found"]
    usual = (world.be, LIES, thread, reply["name"])
    asked = ask_consent(*usual, Use.COURT, Purpose.TERRORISM, "the trial", None)
    deliver(world)
    decide_consent(world.ma, SALMA, thread, asked, given=True)
    deliver(world)
    with pytest.raises(Refused, match=r"rights\.owner"):
        decide(world.be, BELGIAN, number, Decision(Outcome.FULL, (reply["key"],)))


@pytest.mark.django_db(databases=["be", "ma", "third"])
def test_only_its_owner_consents(three: tuple[World, str, str, str], tmp_path: Path) -> None:
    """Another partner, and the person's own node in its name, give nothing that counts."""
    world, thread, message, beyond = three
    with_keys(world, tmp_path)
    number = registered(world.be, BELGIAN)
    [reply] = searched(world.be, BELGIAN, number, tmp_path)["found"]
    asked = ask_consent(world.be, LOTTE, thread, message, Use.PERSON, Purpose.TERRORISM, "what is held", None)
    deliver(world)
    row = case(world.be, thread)
    given_by = {
        "partner": BE,
        "regime": Regime.POLICE,
        "kind": "consent",
        "act": Act.CONSENT,
        "body": {"asked": asked, "given": True},
        "clause": row.clause,
        "purpose": Purpose.TERRORISM,
        "thread": thread,
    }
    third = Outgoing(**given_by, agreement=beyond, decision="0" * 64)
    assert sent_unbound(world, world.nodes[THIRD], third)[0] == "refused"
    undecided = Outgoing(**given_by, agreement=row.agreement)
    assert sent_unbound(world, world.ma, undecided)[0] == "refused"
    with pytest.raises(Refused, match=r"rights\.owner"):
        decide(world.be, BELGIAN, number, Decision(Outcome.FULL, (reply["key"],)))
    owner = Outgoing(**given_by, agreement=row.agreement, decision="0" * 64)
    assert sent_unbound(world, world.ma, owner) == ("delivered", None)
    decide(world.be, BELGIAN, number, Decision(Outcome.FULL, (reply["key"],)))


@given(st.integers(-400, 2000), st.none() | st.integers(-400, 2000), st.booleans())
def test_in_the_core_no_list_keeps_it_longer(end: int, before: int | None, sis: bool) -> None:
    found = tainted(Taint.SIS) if sis else subject()
    marks = found.marks.model_copy(update={"erase_at": TODAY + timedelta(days=end)})
    held = None if before is None else TODAY + timedelta(days=before)
    kept = kept_a_year(found.model_copy(update={"marks": marks}), TODAY, held).marks.erase_at
    if not sis:
        assert kept == marks.erase_at
    else:
        assert kept == min(marks.erase_at, TODAY + KEPT if held is None else held)


def brought(world: World, rows: str) -> None:
    """Import a list that asks for five years."""
    octets = rows.encode()
    files = ImportFiles(hashlib.sha256(octets).hexdigest(), lambda: [octets])
    purposes = (Purpose.TERRORISM,)
    order = ImportOrder(Format.CSV, "own", Regime.POLICE, purposes, SubjectCategory.SUSPECT)
    import_register(world.ma, OPERATOR, order, files)


@wired
def test_an_import_keeps_it_a_year(answered: tuple[World, str, str]) -> None:
    world = answered[0]
    begun = world.clock().date()
    brought(world, ROWS)
    ends = RegisterSubject.objects.using("ma").filter(source="own").order_by("pk")
    assert ends[0].erase_at == begun + KEPT
    assert ends[1].erase_at > begun + KEPT
    world.clock.forward(days=300)
    later = ROWS.replace("taints", "taints,retention_until").replace("sis", "sis,2031-01-01")
    brought(world, later.replace("02,\n", "02,,\n"))
    assert ends[0].erase_at == begun + KEPT
    world.clock.forward(days=66)
    erase_due(world.ma)
    assert [row.state for row in ends] == ["erased", "active"]
