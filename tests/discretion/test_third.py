"""A third partner cannot tell what two others exchange: whatever it names of theirs is told like what never was.

Enforced by the partner in every look for a thread, a message or a question (`find_case(alias, thread, partner)`,
`passages.passage(alias, partner, message)`, `consents.consent(alias, partner, asked, side)`), and in
`services/exchange/accept.py`, which calls an agreement of others unknown. At the partner endpoint whoever speaks in another's name
gets one answer, whether that other is known, suspended or nobody (`NOT_TOLD` in `node/app.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from tests.cases.cast import LOTTE, SALMA, TEXTS, deliver
from tests.federation.handmade import token_of
from tests.federation.malice import Batch
from tests.federation.world import BE, MA, THIRD, World, make_world, node_keys, set_state
from tests.node.test_app import ask as request
from tests.plans.samples import signed
from tests.policy.conftest import make_three
from tests.policy.hostile import unbound
from tests.told import asked as asked_apart
from tests.told import document, marked

from comity.core.cases.consent import Use
from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory
from comity.core.envelope.batch import payload_of
from comity.core.envelope.call import pack_call
from comity.core.instant import write_instant
from comity.errors import ComityError
from comity.services import calls
from comity.services.cases.request import open_request
from comity.services.evidence.sequence import sequence
from comity.services.exchange.deliver import deliver_due
from comity.services.exchange.submit import Outgoing, submit
from comity.services.protection.consent import ask_consent
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.exchange import AcceptedBatch, ExchangedMessage

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
NEVER = "e" * 32


@dataclass(frozen=True)
class Theirs:
    """What the Belgian and the Moroccan service have with each other, by its names."""

    thread: str
    message: str
    asked: str
    agreement: str


@pytest.fixture
def scene(tmp_path: Any) -> tuple[World, Theirs, str]:
    """Return three nodes, what two of them have together, and the agreement of the third with the first."""
    made = make_three(tmp_path)
    world, thread, message = made.world, made.thread, made.message
    asked = ask_consent(world.be, LOTTE, thread, message, Use.PERSON, Purpose.TERRORISM, "what is held")
    deliver(world)
    return world, Theirs(thread, message, asked, made.agreement), made.beyond


PERSON = {
    "data": frozenset({DataCategory.NAMES}),
    "subjects": frozenset({SubjectCategory.SUSPECT}),
    "handling": Handling.H1,
    "decision": "0" * 64,
}
REPLY = {
    "subject": document({"names": ["x"]}),
    "assertions": {},
    "handling": "H1",
    "evaluation": "X4",
    "subject_category": "suspect",
}

HIT = {
    "outcome": "located",
    "at": "2026-11-20T10:00:00.000Z",
    "measures": ["none"],
    "place": "x",
    "reason": "x",
    "circumstances": "x",
    "assertions": dict.fromkeys(("place", "reason", "circumstances"), "fact"),
    "handling": "H1",
}


def kinds(named: Theirs) -> dict[str, tuple[Act, dict[str, Any], dict[str, Any]]]:
    """Return act, body and header of each kind that names something, well formed."""
    why = {"ground": "provider-decision"}
    at = {"message": named.message}
    return {
        "recall": (Act.RECALL, why, {}),
        "erase": (Act.ERASE, why, {}),
        "rectification": (Act.RECTIFY, {**at, "ground": "inaccurate", "corrected": REPLY}, PERSON),
        "restriction": (Act.RESTRICT, {**at, **why}, {}),
        "restriction-lifted": (Act.LIFT, at, {}),
        "acknowledgement": (Act.RECEIPT, {**at, "conditions": "0" * 64}, {}),
        "reply": (Act.REPLY, REPLY, PERSON),
        "partial-reply": (Act.REPLY, REPLY, PERSON),
        "negative-reply": (Act.REPLY, {"result": "not-held"}, {"decision": "0" * 64}),
        "refusal": (Act.REFUSE, {"ground": "a"}, {"decision": "0" * 64}),
        "clarification-request": (Act.CLARIFY, {"question": "who?"}, {}),
        "clarification": (
            Act.CLARIFY,
            {"question": named.message, "answer": "x", "assertions": {"answer": "fact"}},
            {},
        ),
        "hit-report": (Act.REPORT_HIT, {**HIT, **at}, {"handling": Handling.H1}),
        "consent-request": (
            Act.ASK_CONSENT,
            {**at, "use": "answer-to-person", "purpose": "terrorism", "reasons": "x"},
            {},
        ),
        "consent": (Act.CONSENT, {"asked": named.asked, "given": True}, {"decision": "0" * 64}),
        "consent-withdrawal": (Act.WITHDRAW_CONSENT, {"asked": named.asked}, {}),
        "extension": (Act.DELAY, {"ground": "judicial-authorisation", "span": "P1D", "reason": "x"}, {}),
        "lateness": (Act.DELAY, {"ground": "judicial-authorisation", "reason": "x"}, {}),
    }


KINDS = sorted(kinds(Theirs(NEVER, NEVER, NEVER, NEVER)))


def naming(kind: str, named: Theirs, thread: str, agreement: str) -> Outgoing:
    """Return a message of a kind that names something, in a thread."""
    act, body, header = kinds(named)[kind]
    return Outgoing(
        BE,
        Regime.POLICE,
        kind,
        act,
        body,
        agreement=agreement,
        clause="terrorism.request",
        purpose=Purpose.TERRORISM,
        thread=thread,
        **header,
    )


def told(world: World, outgoing: Outgoing) -> tuple[Any, ...]:
    """Return all that the third partner gets of a message: how it ended, the size of the receipt, what is logged with it."""
    there = world.nodes[THIRD]
    with unbound():
        message = submit(there, outgoing, SALMA)
    world.clock.forward(seconds=1)
    before = EvidenceEntry.objects.using("be").count()
    deliver_due(there, world.network.channels)
    world.clock.forward(seconds=1)
    deliver_due(world.be, world.network.channels)
    row = ExchangedMessage.objects.using("third").get(message=message)
    batch = AcceptedBatch.objects.using("be").latest("id")
    sequence(world.be)
    leaves = [bytes(each.leaf) for each in EvidenceEntry.objects.using("be").order_by("id")[before:]]
    back = ExchangedMessage.objects.using("be").filter(partner=THIRD, direction="out").count()
    return row.state, row.code, len(bytes(batch.receipt)), [len(each) for each in leaves], back


@pytest.mark.parametrize("kind", KINDS)
def test_what_two_others_have_is_told_like_what_never_was(
    scene: tuple[World, Theirs, str], kind: str
) -> None:
    world, theirs, beyond = scene
    found = []
    for named in (theirs, Theirs(NEVER, NEVER, NEVER, NEVER)):
        found.append(told(world, naming(kind, named, named.thread, beyond)))
    assert found[0] == found[1]
    assert found[0][1] not in (
        "case.message-malformed",
        "case.assertion",
        "case.as-of",
        "message.kind",
        "message.act",
    ), found[0]


FROM_ITS_OWN = [
    "rectification",
    "restriction",
    "restriction-lifted",
    "acknowledgement",
    "clarification",
    "consent-request",
    "consent",
    "consent-withdrawal",
]
"""Kinds that name a message or a question within a thread."""


@pytest.mark.parametrize("kind", FROM_ITS_OWN)
def test_nor_does_its_own_thread_lead_to_what_they_have(scene: tuple[World, Theirs, str], kind: str) -> None:
    """The thread is its own and open; the message or the question that it names there is another's, or none."""
    world, theirs, beyond = scene
    texts = {"about": "the brother of the driver", "facts": "a car loaded at night", **TEXTS}
    marks = asked_apart(texts)
    facts = texts.pop("facts")
    own = open_request(
        world.be,
        LOTTE,
        THIRD,
        beyond,
        Purpose.TERRORISM,
        "BE-2026-118",
        None,
        facts,
        assertions=marks,
        **texts,
    )
    deliver(world)
    found = []
    for named in (theirs, Theirs(NEVER, NEVER, NEVER, NEVER)):
        found.append(told(world, naming(kind, named, own, beyond)))
    assert found[0] == found[1]


def test_an_agreement_of_two_others_is_unknown(scene: tuple[World, Theirs, str]) -> None:
    world, theirs, _ = scene
    body = marked({"matter": "a depot", "reasons": "near you", "handling": "H1", "evaluation": "X4"})
    found = []
    for agreement in (theirs.agreement, "e" * 64):
        outgoing = Outgoing(
            BE,
            Regime.POLICE,
            "information",
            Act.INFORM,
            body,
            agreement=agreement,
            clause="terrorism.request",
            purpose=Purpose.TERRORISM,
            handling=Handling.H1,
        )
        found.append(told(world, outgoing))
        at = write_instant(world.clock())
        for kind, act, words in (
            ("agreement-stop", Act.SUSPEND, {"agreement": agreement, "kind": "suspend", "at": at}),
            ("agreement-resumption", Act.RESUME, {"agreement": agreement, "at": at}),
        ):
            found.append(told(world, Outgoing(BE, Regime.POLICE, kind, act, words)))
    assert [each[:2] for each in found] == [("refused", "agreement.unknown")] * 6
    assert found[:3] == found[3:]


def test_a_plan_of_two_others_is_unknown(scene: tuple[World, Theirs, str]) -> None:
    world, theirs, _ = scene
    found = []
    for plan in (signed(world, theirs.agreement), "e" * 64):
        body = {"plan": plan, "entry": "state", "measure": "desk-of-belgium", "state": "done"}
        found.append(told(world, Outgoing(BE, Regime.POLICE, "plan-entry", Act.SIGN, body)))
    assert found[0] == found[1]
    assert found[0][:2] == ("refused", "plan.unknown")


def test_what_a_third_partner_calls_names_nothing_of_theirs(scene: tuple[World, Theirs, str]) -> None:
    world, theirs, _ = scene
    batch = AcceptedBatch.objects.using("be").filter(partner=MA).latest("id").batch
    at = write_instant(world.clock() - timedelta(minutes=1))

    def reading(thread: str) -> dict[str, Any]:
        return {
            "at": at,
            "readings": [{"thread": thread, "state": "open", "deadline": None, "late": False}],
        }

    for name, ours, none in (
        ("case-clocks", reading(theirs.thread), reading(NEVER)),
        ("parts", {"batch": batch, "messages": [theirs.message]}, {"batch": NEVER, "messages": [NEVER]}),
    ):
        answers = []
        for body, named in ((ours, (batch, theirs.message, theirs.thread)), (none, (NEVER,) * 3)):
            made = calls.Call("c" * 32, THIRD, Regime.POLICE, world.clock(), body, b"")
            try:
                answer = str(calls._handlers[name].function(world.be, made))
            except ComityError as error:
                answer = error.code
            for word in named:
                answer = answer.replace(word, "")
            answers.append(answer)
        assert answers[0] == answers[1], name
        assert "malformed" not in answers[0], name


@pytest.mark.parametrize("path", ["/c/1/batch", "/c/1/call"])
def test_who_speaks_in_another_s_name_learns_nothing_of_that_other(path: str) -> None:
    """A partner that is confirmed, suspended, revoked, waits, or is none: one status, one body."""
    answers = []
    for state in ("none", "confirmed", "suspended", "revoked", "pending"):
        world = make_world()
        sender = "FR.dcpj" if state == "none" else BE
        if state != "none":
            set_state(world.ma, BE, state)
        if path.endswith("batch"):
            octets = Batch(world, keys=node_keys(THIRD), sender=sender).build()
        else:
            octets = pack_call(
                token_of(world, lambda d, s=sender: d.update({"from": s}), keys=node_keys(THIRD)), b""
            )
        answers.append(request(world.ma, "POST", path, octets))
        wipe("be", "ma", "third")
    assert answers == [answers[0]] * 5
    assert answers[0][0] == 400


def wipe(*aliases: str) -> None:
    """Forget the partners of a world, for the next one in the same test."""
    from comity.storage.models.agreements import StoredAgreement, StoredSignature
    from comity.storage.models.partners import Partner

    for alias in aliases:
        for model in (StoredSignature, StoredAgreement, Partner):
            model.objects.using(alias).all().delete()


def test_what_leaves_for_one_partner_bears_nothing_of_another(scene: tuple[World, Theirs, str]) -> None:
    """All headers and bodies that the third partner has got, in whatever was passed between the three."""
    world, theirs, beyond = scene
    body = marked({"matter": "a depot", "reasons": "near you", "handling": "H1", "evaluation": "X4"})
    submit(
        world.be,
        Outgoing(
            THIRD,
            Regime.POLICE,
            "information",
            Act.INFORM,
            body,
            agreement=beyond,
            clause="terrorism.request",
            purpose=Purpose.TERRORISM,
            handling=Handling.H1,
        ),
        SALMA,
    )
    world.clock.forward(seconds=1)
    deliver_due(world.be, world.network.channels)
    rows = list(ExchangedMessage.objects.using("third").filter(direction="in"))
    assert rows
    said = [bytes(row.header) + payload_of(row.content or "") for row in rows]
    for word in (theirs.thread, theirs.message, theirs.asked, theirs.agreement, MA):
        assert not [each for each in said if word.encode() in each], word
