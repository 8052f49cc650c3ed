"""Decide what a person is told, write the answer, and hand it out at its time.

Implements docs/protocol/rights.md §4; rules L11, L32. Source: LED Art. 14-17; Regulation (EU) 2018/1862 Art. 67(2) (who
entered it is consulted before its content is told). Rules:
    - the data-protection officer decides, on a search of everything, and documents why something is left out (Art. 15(4));
    - what a partner said is told only after it was asked and has agreed (consent to `answer-to-person`);
    - single fields of an entry may stay out of an answer that tells of it, each with its reason (Art. 15(1)); the answer then
      reads as if nothing of them were held, and does not say either that a recipient was told them;
    - what protects a person from others, or is restricted, is told to that very person like everything else; what is
      quarantined no letter tells: it is for the supervisory authority;
    - "restricted" and "nothing held" make the same letter, in the same size class, that leaves at the same time.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from comity.core import canonical
from comity.core.cases.consent import Use
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import DataCategory
from comity.core.crypto.agent import TokenType
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant, read_instant, write_instant
from comity.core.register.release import told_to_person
from comity.core.register.subject import SubjectState
from comity.core.rights.clock import release_at
from comity.core.rights.codes import Outcome, RestrictionReason, RightsKind, SearchPlace
from comity.core.rights.letter import code_of, verify_outcome, write_letter
from comity.errors import InputError, Refused
from comity.services.agreements.standing import all_standings
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.register.read import held
from comity.services.rights.access import known_request
from comity.storage import cases
from comity.storage.protection import consents
from comity.storage.rights import requests as rows
from comity.storage.transaction import atomic

NONCE_BYTES = 32


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A single field of an entry that stays out of an answer.

    Args:
        key: of the finding, which the answer tells. field: category of its data. reason: why it stays out.
    """

    key: str
    field: DataCategory
    reason: RestrictionReason

    def document(self) -> dict[str, str]:
        """Return it as a JSON value."""
        return {"key": self.key, "field": self.field.value, "reason": self.reason.value}


@dataclass(frozen=True, slots=True)
class Decision:
    """What the officer decides.

    Args:
        told: keys of findings that the answer tells, or on which was done what the person asked.
        others: keys of findings that concern somebody else.
        reasons, reasoning: why the remaining ones are left out; none when nothing is.
        fields: single fields of what is told that stay out; the words explain them too.
    """

    outcome: Outcome
    told: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    reasons: tuple[RestrictionReason, ...] = ()
    reasoning: str = ""
    fields: tuple[LeftOut, ...] = ()

    def withheld(self, key: str) -> frozenset[DataCategory]:
        """Return the fields of a finding that stay out."""
        return frozenset(each.field for each in self.fields if each.key == key)


def decide(node: Node, actor: Actor, number: str, decision: Decision) -> Instant:
    """Decide a request, write its answer, and return when it leaves.

    Raises:
        InputError: ``rights.unknown``, ``rights.finding``, ``rights.field``, ``rights.outcome``, ``rights.reasons``,
            ``rights.too-large``.
        Refused: ``actor.person``, ``actor.role``, ``rights.unsearched``, ``rights.closed``, ``rights.owner``,
            ``rights.quarantined``, ``rights.not-done``.
    """
    row = known_request(node, actor, number)
    with atomic(node.alias):
        found = rows.locked_request(node.alias, row.number)
        if found is None or found.decided_at is not None or found.content is None:
            raise Refused("rights.closed")
        if found.search is None:
            raise Refused("rights.unsearched")
        told = _chosen(found.search["found"], decision)
        concerning = [each for each in found.search["found"] if each["key"] not in decision.others]
        kind, now = RightsKind(found.kind), node.clock()
        _require_fields(kind, told, decision)
        verify_outcome(
            decision.outcome,
            len(concerning),
            len(told),
            decision.reasons,
            decision.reasoning,
            fields=len(decision.fields),
        )
        _require_owners(node, told)
        _require_done(node, kind, told, read_instant(found.search["at"]))
        leaves = release_at(found.received_at, now)
        payload = write_letter(
            service=node.service,
            supervisor=_supervisor(node, Regime(found.regime)),
            number=found.number,
            kind=kind,
            code=code_of(kind, decision.outcome),
            received=found.received_at,
            leaves=leaves,
            told=[_shown(node, each, decision) for each in told] if kind is RightsKind.ACCESS else (),
            recipients=_recipients(found.search, told, decision) if kind is RightsKind.ACCESS else (),
        )
        (letter,) = node.keys.sign(Regime(found.regime), TokenType.LETTER, [payload])
        content = _content(node, actor, decision, now)
        rows.change_request(
            node.alias, found, decided_at=now, release_at=leaves, decision=content, letter=letter
        )
        # The facts are the same whatever was decided; the size class stands for itself.
        facts: dict[str, str | int] = {"request": found.number}
        committed = canonical.encode(content)
        record(node, Internal(), Event("rights.decided", now, facts, committed, erase_key=found.number))
    return leaves


def hand_out(node: Node, actor: Actor, number: str) -> str:
    """Return the signed answer for the person, once its time has come.

    Each time is recorded, the first one as answered.

    Raises:
        InputError: ``rights.unknown``.
        Refused: ``actor.person``, ``actor.role``, ``rights.undecided``, ``rights.not-yet``.
    """
    row = known_request(node, actor, number)
    now = node.clock()
    if row.letter is None or row.release_at is None:
        raise Refused("rights.undecided")
    if now < row.release_at:
        raise Refused("rights.not-yet", at=write_instant(row.release_at))
    kind = "rights.consulted" if row.answered_at is not None else "rights.answered"
    with atomic(node.alias):
        if row.answered_at is None:
            rows.change_request(node.alias, row, answered_at=now)
        facts: dict[str, str | int] = {"request": row.number, "size": len(row.letter)}
        committed = canonical.encode({"actor": actor.name})
        record(node, Internal(), Event(kind, now, facts, committed, erase_key=row.number))
    return str(row.letter)


def _chosen(found: Sequence[dict[str, Any]], decision: Decision) -> list[dict[str, Any]]:
    """Return the findings that are told.

    Raises:
        InputError: ``rights.finding``: one that was not found, or both told and another's.
    """
    known = {each["key"] for each in found}
    named = {*decision.told, *decision.others}
    if not named <= known or set(decision.told) & set(decision.others):
        raise InputError("rights.finding")
    return [each for each in found if each["key"] in decision.told]


def _require_fields(kind: RightsKind, told: Collection[dict[str, Any]], decision: Decision) -> None:
    """Refuse to leave a field out of anything but a told entry of the register, or twice.

    Raises:
        InputError: ``rights.field``.
    """
    entries = {each["key"] for each in told if each["place"] == SearchPlace.REGISTER}
    named = [(each.key, each.field) for each in decision.fields]
    wanted = entries if kind is RightsKind.ACCESS else set()
    if len(set(named)) < len(named) or not {key for key, _ in named} <= wanted:
        raise InputError("rights.field")


def _require_owners(node: Node, told: Collection[dict[str, Any]]) -> None:
    """Refuse to tell what another service owns before it was asked and has agreed (rule L32).

    Raises:
        Refused: ``rights.owner``.
    """
    for each in told:
        if each["owner"] == node.service:
            continue
        row = cases.find_case(node.alias, each["thread"], each["partner"]) if each["thread"] else None
        agreed = None
        if row is not None and each["owner"] == row.partner:
            agreed = consents.given_for(
                node.alias, row.partner, each["name"], Use.PERSON.value, row.purpose, None
            )
        if agreed is None:
            raise Refused("rights.owner", owner=each["owner"])


def _require_done(node: Node, kind: RightsKind, told: Collection[dict[str, Any]], searched: Instant) -> None:
    """Refuse to say that entries were restricted or corrected that were not (LED Art. 16).

    Raises:
        Refused: ``rights.not-done``.
    """
    if kind is RightsKind.ACCESS:
        return
    for each in told:
        if each["place"] != SearchPlace.REGISTER:
            continue
        entry = held(node, each["name"])
        restricted = entry.state is SubjectState.RESTRICTED
        corrected = entry.changed_at >= searched or entry.state is SubjectState.ERASED
        if not (restricted if kind is RightsKind.RESTRICTION else corrected):
            raise Refused("rights.not-done")


def _shown(node: Node, each: dict[str, Any], decision: Decision) -> dict[str, Any]:
    """Return what the answer tells of a finding (LED Art. 14(a)-(d), (g)).

    Raises:
        Refused: ``rights.quarantined``.
        InputError: ``rights.field``: a field that stays out is none that the entry holds, or all do.
    """
    withheld = decision.withheld(each["key"])
    shown: dict[str, Any] = {"place": each["place"], "origin": each["owner"]}
    if each["place"] != SearchPlace.REGISTER:
        return {**shown, "partner": each["partner"], "purpose": each["purpose"], "at": each["at"]}
    subject = held(node, each["name"]).subject
    if subject is None:
        if withheld:
            raise InputError("rights.field")
        return shown
    marks = subject.marks
    return {
        **shown,
        "content": told_to_person(subject, withheld),
        "purposes": sorted(purpose.value for purpose in marks.purposes),
        "kept_until": None if marks.erase_at is None else marks.erase_at.isoformat(),
    }


def _recipients(
    search: dict[str, Any], told: Collection[dict[str, Any]], decision: Decision
) -> list[dict[str, Any]]:
    """Return who was told something of the entries that the answer tells (LED Art. 14(c)); no field that stays out."""
    keys = {each["name"]: each["key"] for each in told if each["place"] == SearchPlace.REGISTER}
    found = []
    for each in search["recipients"]:
        if each["subject"] in keys and each["kind"] != "index":
            withheld = decision.withheld(keys[each["subject"]])
            line = {name: each[name] for name in ("recipient", "third_country", "at", "purpose")}
            found.append({**line, "categories": [one for one in each["categories"] if one not in withheld]})
    return found


def _content(node: Node, actor: Actor, decision: Decision, now: Instant) -> dict[str, Any]:
    return {
        "by": actor.name,
        "at": write_instant(now),
        "outcome": decision.outcome.value,
        "told": list(decision.told),
        "others": list(decision.others),
        "reasons": sorted(reason.value for reason in decision.reasons),
        "reasoning": decision.reasoning.strip(),
        "fields": [each.document() for each in decision.fields],
        "nonce": node.random(NONCE_BYTES).hex(),
    }


def _supervisor(node: Node, regime: Regime) -> str:
    """Return the authority with which the person may complain, as our own agreements name it."""
    for each in all_standings(node):
        profile = each.agreement.profile(node.service)
        if each.agreement.regime == regime and profile is not None:
            return str(profile.supervisor)
    return ""
