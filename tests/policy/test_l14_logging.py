"""L14: who consults, searches, alters, discloses or erases leaves person, time and reason; the log is read with a reason.

Enforced by `stated` in `services/register/accountable.py` (without its check of the reason
`test_nothing_is_read_without_a_reason` fails), by `record(...)` in `consult` and `search` of the register (without it
`test_each_act_leaves_its_entry` fails), and by `leave` in `services/oversight/look.py`, which no look into the log
passes by. Proposals, ledgers and proofs are looks too: without `consult` in `propose_answer`, or the entry in `use_for`,
`ledger`, `proof_of_search` or `hand_out`, its case of `test_whoever_looks_at_a_proposal_leaves_an_entry` fails. What a partner
tries is entered in `_judge` of `services/exchange/accept.py`, refused or not.

Whatever is done with an entry stands in an append-only log, which is read for four uses only: the check of `LogUse` in
`services/rights/logs.py` (without it `test_it_is_read_for_four_uses_only` fails), and `record`, which refuses to run
outside the transaction of the act. That an entry cannot be altered or left out is shown by `verify`
(docs/protocol/evidence.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.cases.cast import (
    DPO,
    HEAD,
    LOTTE,
    OPERATOR,
    SALMA,
    SYSTEM_ACCOUNT,
    UID,
    ask,
    deliver,
    officer,
    subject,
)
from tests.egress.scene import enter
from tests.federation.world import BE, World
from tests.identification import cast as identifying
from tests.policy.hostile import sent_lawless, telling
from tests.policy.persons import STRANGER, intact, registered
from tests.policy.scene import case, leaves, put_right
from tests.policy.test_l32_owner_first import ROWS, brought

from comity.core.codes.exchange import Purpose, Regime
from comity.core.codes.marks import Role
from comity.core.probe.query import read_query
from comity.core.rights.codes import LogUse, Outcome
from comity.errors import ComityError, InputError, Refused
from comity.services import calls
from comity.services.cases.answer import answer, propose_answer
from comity.services.context import Actor, Node
from comity.services.egress.grounds import true_grounds
from comity.services.evidence.sequence import sequence
from comity.services.identification.answer import propose_identity
from comity.services.identification.request import propose
from comity.services.oversight.look import looks, replay
from comity.services.people.statements import erase_statements
from comity.services.protection.correct import propose_correction
from comity.services.protection.onward import use_for
from comity.services.register.erase import erase
from comity.services.register.finding.find import find
from comity.services.register.read import consult
from comity.services.register.search import search
from comity.services.register.state import lift_restriction, quarantine, restrict
from comity.services.rights.answering import Decision, decide, hand_out
from comity.services.rights.ledger import ledger
from comity.services.rights.logs import read_log
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
        "services/rights/logs.py:read_log",
        "services/evidence/record.py:record_many",
    ),
    "core": ("core/evidence/test_event.py::test_a_leaf_shows_nothing_of_what_it_commits_to",),
    "wire": (
        "test_what_a_hostile_partner_tries_leaves_its_entry",
        "test_a_partner_reads_no_log_but_its_own",
    ),
    "api": (
        "api/test_rest.py::test_each_address_needs_its_scope",
        "api/test_reading.py::test_no_search_without_a_reason_over_rest",
        "api/test_reading.py::test_no_operation_reads_the_log_of_processing",
    ),
    "desk": (
        "test_nothing_is_read_without_a_reason",
        "test_each_act_leaves_its_entry",
        "test_whoever_looks_at_a_proposal_leaves_an_entry",
        "test_the_ledger_is_read_for_a_reason_that_stays",
        "test_the_log_is_no_source_of_figures",
        "test_every_kind_of_processing_leaves_its_line",
        "test_it_is_read_for_four_uses_only",
        "test_a_line_that_was_altered_or_taken_out_shows",
        "web/test_oversight.py::test_a_look_without_a_reason_shows_nothing",
    ),
}

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
AUDITOR = officer("amal", Role.AUDITOR)
WHY = "file 12, check of identity"
Desks = tuple[World, str, str]
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


# --- the log of processing of one entry: every kind of processing is in it, and it is read for four uses


def logged(world: World, actor: Actor = DPO, use: str = LogUse.LAWFULNESS, uid: str = UID) -> list[str]:
    """Read the log of processing of an entry, and return the kinds of its lines."""
    return [
        line.kind for line in read_log(world.ma, actor, Regime.POLICE, uid, use, "spot check of November")
    ]


def test_every_kind_of_processing_leaves_its_line(answered: Desks) -> None:
    world = answered[0]
    # Collection.
    brought(world, ROWS)
    assert len(leaves(world.ma, "register.imported")) == 1
    # Consultation, alteration, erasure: who, when, why.
    consult(world.ma, LOTTE, UID, "file 12")
    restrict(world.ma, DPO, UID, "contested")
    lift_restriction(world.ma, DPO, UID, "settled")
    erase(world.ma, DPO, UID, "unlawful")
    found = read_log(world.ma, AUDITOR, Regime.POLICE, UID, LogUse.SELF_MONITORING, "yearly check")
    kinds = {line.kind: line for line in found}
    for kind, by, reason in (
        ("register.consulted", LOTTE, "file 12"),
        ("register.restricted", DPO, "contested"),
        ("register.erased", DPO, "unlawful"),
    ):
        assert (kinds[kind].by, kinds[kind].reason) == (by.name, reason)
    assert "register.restriction-lifted" in kinds
    # Combination and comparison: searches of the register, by words and by likeness.
    search(world.ma, LOTTE, Regime.POLICE, "Benjelloun", "file 12")
    find(world.ma, LOTTE, Regime.POLICE, read_query({"given": "Salma", "family": "El Idrissi"}), "file 12")
    assert len(leaves(world.ma, "register.searched")) == 2
    # Disclosure, with its recipient: the log with that partner.
    assert leaves(world.ma, "message.sent")
    assert EvidenceEntry.objects.using("ma").filter(scope__startswith="bilateral/BE.").exists()


@pytest.mark.parametrize("use", ["analytics", "statistics", "", "verify-lawfulness "])
def test_it_is_read_for_four_uses_only(answered: Desks, use: str) -> None:
    world = answered[0]
    with pytest.raises(Refused, match=r"log\.use"):
        logged(world, use=use)
    assert leaves(world.ma, "log.read") == []
    for allowed in LogUse:
        logged(world, use=allowed)
    assert len(leaves(world.ma, "log.read")) == 4


@pytest.mark.parametrize("actor", [LOTTE, HEAD, OPERATOR, SYSTEM_ACCOUNT, officer("r", Role.ADMINISTRATOR)])
def test_only_officer_and_auditor_read_it(answered: Desks, actor: Actor) -> None:
    with pytest.raises(Refused, match=r"actor\.(role|person)"):
        logged(answered[0], actor)


def test_who_reads_says_why_and_is_logged(answered: Desks) -> None:
    world = answered[0]
    with pytest.raises(InputError, match=r"register\.reason"):
        read_log(world.ma, DPO, Regime.POLICE, UID, LogUse.LAWFULNESS, " ")
    logged(world)
    assert "log.read" in logged(world)
    for uid in ("0" * 32, "nobody"):
        with pytest.raises(InputError, match=r"register\.unknown"):
            logged(world, uid=uid)
    elsewhere = Actor("e", DPO.kind, frozenset({(Regime.RETURN_IDENTIFICATION, Role.AUDITOR)}))
    with pytest.raises(InputError, match=r"register\.unknown"):
        read_log(
            world.ma, elsewhere, Regime.RETURN_IDENTIFICATION, UID, LogUse.LAWFULNESS, "not of this regime"
        )


def test_a_partner_reads_no_log_but_its_own(answered: Desks) -> None:
    """All that a partner can call: no answer holds a line of the internal log, or of the log with another."""
    world = answered[0]
    consult(world.ma, LOTTE, UID, "file 12 and its reason")
    sequence(world.ma)
    internal = [bytes(row.leaf) for row in EvidenceEntry.objects.using("ma").filter(scope="internal")]
    assert internal
    asked: list[Any] = [
        None,
        {},
        {"scope": "internal"},
        {"log": "internal"},
        {"epoch": 1, "old": 0, "proof": []},
    ]
    names = sorted(calls._handlers)
    assert len(names) >= 10
    for name in names:
        for body in asked:
            made = calls.Call("c" * 32, BE, Regime.POLICE, world.clock(), body, b"")
            try:
                answer = calls._handlers[name].function(world.ma, made)
            except ComityError as error:
                answer = (error.code, b"")
            for leaf in internal:
                assert leaf not in answer[1], name
                assert leaf.decode() not in str(answer[0]), name
            assert "file 12 and its reason" not in str(answer), name


def test_a_line_that_was_altered_or_taken_out_shows(answered: Desks) -> None:
    world = answered[0]
    consult(world.ma, LOTTE, UID, "file 12")
    assert intact(world.ma)
    row = next(r for r in EvidenceEntry.objects.using("ma") if b"register.consulted" in bytes(r.leaf))
    leaf = bytes(row.leaf)
    EvidenceEntry.objects.using("ma").filter(pk=row.pk).update(leaf=leaf.replace(b"consulted", b"inspected"))
    assert not intact(world.ma)
    EvidenceEntry.objects.using("ma").filter(pk=row.pk).delete()
    assert not intact(world.ma)
