"""L14: who consults, searches, alters, discloses or erases leaves person, time and reason; the log is read with a reason.

Enforced by `stated` in `services/register/accountable.py` (without its check of the reason
`test_nothing_is_read_without_a_reason` fails), by `record(...)` in `consult` and `search` of the register (without it
`test_each_act_leaves_its_entry` fails), and by `leave` in `services/oversight/look.py`, which no look into the log
passes by. Proposals, ledgers and proofs are looks too: without `consult` in `propose_answer`, or the entry in `use_for`,
`ledger`, `proof_of_search` or `hand_out`, its case of `test_whoever_looks_at_a_proposal_leaves_an_entry` fails. What a partner
tries is entered in `_judge` of `services/exchange/accept.py`, refused or not.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.cases.cast import DPO, HEAD, LOTTE, SALMA, UID, ask, deliver, officer, subject
from tests.egress.scene import enter
from tests.federation.world import World
from tests.identification import cast as identifying
from tests.policy.hostile import sent_lawless, telling
from tests.policy.persons import STRANGER, intact, registered
from tests.policy.scene import case, leaves, put_right

from comity.core.codes.exchange import Purpose, Regime
from comity.core.codes.marks import Role
from comity.core.rights.codes import Outcome
from comity.errors import InputError, Refused
from comity.services.cases.answer import answer, propose_answer
from comity.services.context import Actor, Node
from comity.services.egress.grounds import true_grounds
from comity.services.identification.answer import propose_identity
from comity.services.identification.request import propose
from comity.services.oversight.look import looks, replay
from comity.services.people.statements import erase_statements
from comity.services.protection.correct import propose_correction
from comity.services.protection.onward import use_for
from comity.services.register.erase import erase
from comity.services.register.read import consult
from comity.services.register.search import search
from comity.services.register.state import lift_restriction, quarantine, restrict
from comity.services.rights.answering import Decision, decide, hand_out
from comity.services.rights.ledger import ledger
from comity.services.rights.search import proof_of_search, search_everything
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.register import RegisterAct

RULE = {
    "enforced": (
        "services/register/accountable.py:stated",
        "services/register/read.py:consult",
        "services/register/search.py:search",
        "services/oversight/look.py:leave",
        "services/cases/answer.py:propose_answer",
        "services/protection/onward.py:use_for",
        "services/rights/ledger.py:ledger",
        "services/exchange/accept.py:_judge",
    ),
    "core": ("core/evidence/test_event.py::test_a_leaf_shows_nothing_of_what_it_commits_to",),
    "wire": ("test_what_a_hostile_partner_tries_leaves_its_entry",),
    "api": (
        "api/test_rest.py::test_each_address_needs_its_scope",
        "api/test_reading.py::test_no_search_without_a_reason_over_rest",
    ),
    "desk": (
        "test_nothing_is_read_without_a_reason",
        "test_each_act_leaves_its_entry",
        "test_whoever_looks_at_a_proposal_leaves_an_entry",
        "test_the_ledger_is_read_for_a_reason_that_stays",
        "test_the_log_is_no_source_of_figures",
        "web/test_oversight.py::test_a_look_without_a_reason_shows_nothing",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
AUDITOR = officer("amal", Role.AUDITOR)
WHY = "file 12, check of identity"
Act = Callable[[World, str], object]
Look = tuple[Node, Actor, str, Callable[[], object]]
"""Where somebody looks, who, what stands for the reason, and the look itself."""

ACTS: dict[str, Act] = {
    "register.consulted": lambda world, why: consult(world.ma, SALMA, UID, why),
    "register.searched": lambda world, why: search(world.ma, SALMA, Regime.POLICE, "يوسف", why),
    "register.restricted": lambda world, why: restrict(world.ma, DPO, UID, why),
    "register.restriction-lifted": lambda world, why: lift_restriction(world.ma, DPO, UID, why),
    "register.quarantined": lambda world, why: quarantine(world.ma, DPO, UID, why),
    "register.erased": lambda world, why: erase(world.ma, DPO, UID, why),
}


@pytest.mark.parametrize("kind", ACTS)
@pytest.mark.parametrize("reason", ["", "  ", "ab", "x" * 1001])
def test_nothing_is_read_without_a_reason(desks: tuple[World, str], kind: str, reason: str) -> None:
    world, _ = desks
    enter(world.ma, subject(), UID)
    with pytest.raises(InputError, match=r"register\.reason"):
        ACTS[kind](world, reason)
    assert leaves(world.ma, kind) == []
    assert not RegisterAct.objects.using("ma").exists()


def test_each_act_leaves_its_entry(desks: tuple[World, str]) -> None:
    """Person and reason are sealed beside the entry, which commits to them and names nobody."""
    world, _ = desks
    enter(world.ma, subject(), UID)
    for kind, act in ACTS.items():
        before = RegisterAct.objects.using("ma").count()
        act(world, WHY)
        [entry] = leaves(world.ma, kind)
        assert "salma" not in entry
        assert "driss" not in entry
        assert WHY not in entry
        assert RegisterAct.objects.using("ma").count() == before + 1
        statement = RegisterAct.objects.using("ma").latest("pk").statement
        assert (statement["by"], statement["reason"]) in {("salma", WHY), ("driss", WHY)}


def test_what_a_hostile_partner_tries_leaves_its_entry(desks: tuple[World, str]) -> None:
    """Taken or refused, and why; in the log that both countersign, without a word of what it said."""
    world, agreement = desks
    assert (
        sent_lawless(world, telling(agreement, {"reasons": "said of nobody"}, decision=None))[0] == "refused"
    )
    [refused] = leaves(world.be, "message.refused")
    assert '"code":"law.decision"' in refused
    assert leaves(world.be, "message.accepted") == []
    assert sent_lawless(world, telling(agreement, {"reasons": "said of nobody"}))[0] == "delivered"
    [taken] = leaves(world.be, "message.accepted")
    for entry in (refused, taken):
        assert "said of nobody" not in entry
        assert "suspect" not in entry


# --- what shows an entry, another's words or who asked is a consultation, though it is called a proposal or a proof


def _answering(world: World, agreement: str) -> Look:
    """An answer to a request that describes somebody else: the officer may name anybody's entry."""
    thread = ask(world, agreement, reference=None, about="somebody else entirely")
    deliver(world)
    return world.ma, SALMA, thread, lambda: propose_answer(world.ma, SALMA, thread, UID)


def _correcting(world: World, agreement: str) -> Look:
    thread = _answered(world, agreement)
    put_right(world.ma)
    return world.ma, SALMA, thread, lambda: propose_correction(world.ma, SALMA, thread)


def _using(world: World, agreement: str) -> Look:
    thread = _answered(world, agreement)
    message = case(world.be, thread).closing
    return world.be, LOTTE, thread, lambda: use_for(world.be, LOTTE, thread, message, Purpose.TERRORISM)


def _proving(world: World, agreement: str) -> Look:
    number = registered(world.ma, DPO)
    search_everything(world.ma, DPO, number)
    return world.ma, DPO, number, lambda: proof_of_search(world.ma, DPO, number)


def _handing_out_again(world: World, agreement: str) -> Look:
    number = registered(world.ma, DPO, STRANGER)
    search_everything(world.ma, DPO, number)
    world.clock.now = decide(world.ma, DPO, number, Decision(Outcome.NEITHER))
    hand_out(world.ma, DPO, number)
    return world.ma, DPO, number, lambda: hand_out(world.ma, DPO, number)


def _answered(world: World, agreement: str) -> str:
    thread = ask(world, agreement)
    deliver(world)
    answer(world.ma, SALMA, thread)
    deliver(world)
    return thread


LOOKS: dict[str, tuple[str, Callable[[World, str], Look]]] = {
    "a proposed answer": ("register.consulted", _answering),
    "a proposed correction": ("register.consulted", _correcting),
    "words used for their own purpose": ("case.used", _using),
    "the proof of a search": ("rights.proved", _proving),
    "a letter handed out again": ("rights.consulted", _handing_out_again),
}


@pytest.mark.parametrize("name", LOOKS)
def test_whoever_looks_at_a_proposal_leaves_an_entry(desks: tuple[World, str], name: str) -> None:
    """Each look leaves one, with who looked sealed beside it and the case or the request as the reason."""
    world, agreement = desks
    enter(world.ma, subject(), UID)
    kind, begin = LOOKS[name]
    node, actor, why, look = begin(world, agreement)
    for number in (1, 2):
        assert look() is not None
        found = leaves(node, kind)
        assert len(found) == number
        assert actor.name not in found[-1]
        if kind == "register.consulted":
            act = RegisterAct.objects.using(node.alias).latest("pk")
            assert (act.subject_uid, act.statement) == (UID, {"by": actor.name, "reason": f"case {why}"})
        else:
            assert why in found[-1]


def test_whom_a_request_for_identification_would_tell_of_is_looked_at_with_a_trace() -> None:
    world, agreement = identifying.desks()
    propose(world.be, identifying.ELS, agreement, identifying.PERSON)
    thread = identifying.request(world, agreement, files=[], second=None)
    identifying.work(world)
    propose_identity(world.ma, identifying.SAMIRA, thread, identifying.KNOWN)
    for node, uid, by in ((world.be, identifying.PERSON, "els"), (world.ma, identifying.KNOWN, "samira")):
        [act] = RegisterAct.objects.using(node.alias).filter(kind="consulted")
        assert (act.subject_uid, act.statement["by"]) == (uid, by)
        assert len(leaves(node, "register.consulted")) == 1
    assert "identified by MA." in RegisterAct.objects.using("be").get().statement["reason"]


@pytest.mark.parametrize("reason", ["", " ", "ab", "x" * 1001])
def test_the_ledger_is_read_for_a_reason_that_stays(desks: tuple[World, str], reason: str) -> None:
    world, _ = desks
    with pytest.raises(InputError, match=r"register\.reason"):
        ledger(world.ma, DPO, Regime.POLICE, UID, reason)
    assert leaves(world.ma, "ledger.read") == []
    ledger(world.ma, DPO, Regime.POLICE, UID, WHY)
    [entry] = leaves(world.ma, "ledger.read")
    assert WHY not in entry
    act = RegisterAct.objects.using("ma").get(kind="ledger-read")
    assert (act.subject_uid, act.statement) == (UID, {"by": "driss", "reason": WHY})


def test_statements_of_ledgers_and_true_grounds_go_with_their_salts(desks: tuple[World, str]) -> None:
    world, _ = desks
    ledger(world.ma, DPO, Regime.POLICE, UID, WHY)
    true_grounds(world.ma, DPO, Regime.POLICE, WHY)

    def salted() -> int:
        rows = EvidenceEntry.objects.using("ma").filter(salt__isnull=False)
        return sum(b'"ledger.read"' in bytes(r.leaf) or b"grounds-read" in bytes(r.leaf) for r in rows)

    assert (erase_statements(world.ma), salted()) == (0, 2)
    world.clock.forward(days=1096)
    assert (erase_statements(world.ma), salted()) == (2, 0)
    assert not RegisterAct.objects.using("ma").exists()
    assert intact(world.ma)


def test_the_log_is_no_source_of_figures(answered: tuple[World, str, str]) -> None:
    """Officers and heads of desk do not read it; who oversees reads it for a reason, which stays."""
    world, _, thread = answered
    for actor in (LOTTE, SALMA, HEAD):
        with pytest.raises(Refused, match=r"actor\.role"):
            replay(world.be, actor, thread, WHY)
    with pytest.raises(InputError, match=r"register\.reason"):
        replay(world.be, AUDITOR, thread, "")
    assert looks(world.be, AUDITOR) == []
    replay(world.be, AUDITOR, thread, WHY)
    assert [(look.by, look.reason) for look in looks(world.be, AUDITOR)] == [("amal", WHY)]
