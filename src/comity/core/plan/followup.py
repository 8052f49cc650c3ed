"""What became of a plan: states of measures, decisions of working visits, points of contact. Pure.

Implements docs/protocol/plan.md §4. Every entry is a message that both nodes hold; folded in the order of their signed
times, both find the same. Rules:
    - only its owner says how a measure stands;
    - a decision holds once the other party has agreed to it; its owner says that it is done;
    - each party appoints and dismisses its own points of contact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, ValidationError, model_validator

from comity.core.agreement.model import ClauseId, Digest, Party
from comity.core.agreement.written import Day, Frozen
from comity.core.codes.languages import UNKNOWN, LanguageTag
from comity.core.faults import Faults, opened, read_faults
from comity.core.instant import Instant
from comity.core.plan.model import ActionPlan
from comity.core.texts import PlainLine, PlainText

PLAN_ENTRY = "plan-entry"
PLAN_SIGNATURE = "plan-signature"

Line = Annotated[PlainLine, Field(min_length=1, max_length=200)]
Text = Annotated[PlainText, Field(min_length=1, max_length=2_000)]
MessageId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class MeasureState(StrEnum):
    """How a measure stands; the last two close it."""

    TO_DO = "to-do"
    UNDER_WAY = "under-way"
    DONE = "done"
    DROPPED = "dropped"


OPEN_STATES = frozenset({MeasureState.TO_DO, MeasureState.UNDER_WAY})


class EntryKind(StrEnum):
    """What is said."""

    STATE = "state"
    DECISION = "decision"
    AGREED = "agreed"
    CARRIED_OUT = "carried-out"
    APPOINTED = "appointed"
    DISMISSED = "dismissed"


_MEMBERS: dict[EntryKind, tuple[frozenset[str], frozenset[str]]] = {
    EntryKind.STATE: (frozenset({"measure", "state"}), frozenset({"text", "language"})),
    EntryKind.DECISION: (frozenset({"text", "owner", "due"}), frozenset({"measure", "language"})),
    EntryKind.AGREED: (frozenset({"of"}), frozenset()),
    EntryKind.CARRIED_OUT: (frozenset({"of"}), frozenset({"text", "language"})),
    EntryKind.APPOINTED: (frozenset({"function", "name", "reach"}), frozenset()),
    EntryKind.DISMISSED: (frozenset({"of"}), frozenset()),
}
"""Members that each kind must have, and may have."""


class EntryBody(Frozen):
    """One entry of the follow-up.

    Args:
        of: message of the decision or appointment that is spoken of.
        text: the decision, or a word on a state. language: of the text, with one only; None: nobody says (cases.md §19).
        function, name, reach: of a point of contact: office, person, how to be reached.
    """

    plan: Digest
    entry: EntryKind
    measure: ClauseId | None = None
    state: MeasureState | None = None
    text: Text | None = None
    language: LanguageTag | None = None
    owner: Party | None = None
    due: Day | None = None
    of: MessageId | None = None
    function: Line | None = None
    name: Line | None = None
    reach: Line | None = None

    @model_validator(mode="after")
    def _check(self) -> EntryBody:
        must, may = _MEMBERS[self.entry]
        given = {name for name in EntryBody.model_fields if getattr(self, name) is not None}
        if not must <= given or given - must - may - {"plan", "entry"}:
            raise ValueError("members do not fit the kind")
        if self.language is not None and self.text is None:
            raise ValueError("a language belongs to a text")
        return self


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that one of the parties made: its message, who, when it was signed."""

    message: str
    by: str
    at: Instant
    body: EntryBody


@dataclass(frozen=True, slots=True)
class Stand:
    """How a measure stands, since when, and the owner's word on it."""

    state: MeasureState = MeasureState.TO_DO
    at: Instant | None = None
    text: str | None = None
    language: str = UNKNOWN


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision of a working visit and its follow-up."""

    message: str
    by: str
    at: Instant
    text: str
    owner: str
    due: date
    measure: str | None
    language: str = UNKNOWN
    agreed_at: Instant | None = None
    done_at: Instant | None = None
    done_text: str | None = None
    done_language: str = UNKNOWN


@dataclass(frozen=True, slots=True)
class Contact:
    """A point of contact of one party, from its appointment to its dismissal."""

    message: str
    party: str
    function: str
    name: str
    reach: str
    appointed_at: Instant
    dismissed_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Everything that was said about a plan."""

    stands: Mapping[str, Stand]
    decisions: Mapping[str, Decision]
    contacts: Mapping[str, Contact]

    def open_measures(self) -> frozenset[str]:
        """Return the measures that are neither done nor dropped."""
        return frozenset(name for name, stand in self.stands.items() if stand.state in OPEN_STATES)


def nothing_yet(plan: ActionPlan) -> FollowUp:
    """Return the follow-up of a plan of which nothing was said yet."""
    return FollowUp({measure.id: Stand() for measure in plan.measures}, {}, {})


def follow(plan: ActionPlan, entries: Iterable[Entry]) -> FollowUp:
    """Return what became of a plan; entries that may not stand are passed over."""
    found = nothing_yet(plan)
    for entry in sorted(entries, key=lambda each: (each.at, each.message)):
        if against(plan, found, entry.by, entry.body) is None:
            found = _take(found, entry)
    return found


def against(plan: ActionPlan, found: FollowUp, by: str, body: EntryBody) -> str | None:
    """Return the code that stands against an entry, or None; sender and recipient both ask this."""
    if body.entry is EntryKind.STATE:
        owner = next((measure.owner for measure in plan.measures if measure.id == body.measure), None)
        return _whose(owner, by, "plan.measure-unknown")
    if body.entry is EntryKind.DECISION:
        known = body.measure is None or body.measure in found.stands
        return None if known and body.owner in plan.parties else "plan.measure-unknown"
    if body.entry is EntryKind.APPOINTED:
        return None
    if body.entry is EntryKind.DISMISSED:
        contact = found.contacts.get(body.of or "")
        if contact is not None and contact.dismissed_at is not None:
            return "plan.settled"
        return _whose(None if contact is None else contact.party, by, "plan.entry-unknown")
    return _against_decision(found, by, body)


def _against_decision(found: FollowUp, by: str, body: EntryBody) -> str | None:
    decision = found.decisions.get(body.of or "")
    if decision is None:
        return "plan.entry-unknown"
    if body.entry is EntryKind.AGREED:
        if decision.agreed_at is not None:
            return "plan.settled"
        return "plan.own-decision" if decision.by == by else None
    if decision.agreed_at is None:
        return "plan.not-agreed"
    return (
        "plan.settled" if decision.done_at is not None else _whose(decision.owner, by, "plan.entry-unknown")
    )


def _whose(owner: str | None, by: str, unknown: str) -> str | None:
    if owner is None:
        return unknown
    return None if owner == by else "plan.not-the-owner"


def _take(found: FollowUp, entry: Entry) -> FollowUp:
    body = entry.body
    if body.entry is EntryKind.STATE and body.measure is not None and body.state is not None:
        stand = Stand(body.state, entry.at, body.text, body.language or UNKNOWN)
        return replace(found, stands={**found.stands, body.measure: stand})
    if body.entry in (EntryKind.APPOINTED, EntryKind.DISMISSED):
        return replace(found, contacts=_contacts(found, entry))
    return replace(found, decisions=_decisions(found, entry))


def _contacts(found: FollowUp, entry: Entry) -> dict[str, Contact]:
    body, contacts = entry.body, dict(found.contacts)
    if body.of is not None:
        contacts[body.of] = replace(contacts[body.of], dismissed_at=entry.at)
    else:
        function, name, reach = body.function or "", body.name or "", body.reach or ""
        contacts[entry.message] = Contact(entry.message, entry.by, function, name, reach, entry.at)
    return contacts


def _decisions(found: FollowUp, entry: Entry) -> dict[str, Decision]:
    body, decisions = entry.body, dict(found.decisions)
    if body.entry is EntryKind.AGREED and body.of is not None:
        decisions[body.of] = replace(decisions[body.of], agreed_at=entry.at)
    elif body.entry is EntryKind.CARRIED_OUT and body.of is not None:
        decisions[body.of] = replace(
            decisions[body.of],
            done_at=entry.at,
            done_text=body.text,
            done_language=body.language or UNKNOWN,
        )
    elif body.due is not None:
        decisions[entry.message] = Decision(
            message=entry.message,
            by=entry.by,
            at=entry.at,
            text=body.text or "",
            owner=body.owner or "",
            due=body.due,
            measure=body.measure,
            language=body.language or UNKNOWN,
        )
    return decisions


def entry_faults(said: Mapping[str, Any], today: date) -> Faults:
    """Return what is missing or wrong in an entry about to be made, the plan apart.

    Args:
        said: members of `EntryBody` that hold something. today: no decision is due before (UTC).
    """
    found = _body_faults(said)
    if "due" not in said or "due" in found.wrong or date.fromisoformat(str(said["due"])) >= today:
        return found
    return found + Faults((), {"due": "this day has passed"})


def _body_faults(said: Mapping[str, Any]) -> Faults:
    try:
        EntryBody.model_validate({**said, "plan": "0" * 64})
    except ValidationError as error:
        found = read_faults(error.errors(include_input=False, include_url=False))
    else:
        return Faults()
    if said.get("entry") not in set(EntryKind):
        return found
    must, may = _MEMBERS[EntryKind(said["entry"])]
    missing = tuple(name for name in EntryBody.model_fields if name in must and name not in said)
    foreign = {
        name: "does not belong to this kind of entry" for name in said if name not in must | may | {"entry"}
    }
    wrong = {name: rule for name, rule in found.wrong.items() if name}
    return Faults(missing, {**wrong, **foreign})


def open_entry(body: Mapping[str, Any]) -> EntryBody:
    """Return the typed body of a verified message.

    Raises:
        PeerError: ``plan.malformed``, naming the field.
    """
    return opened(EntryBody, body, "plan.malformed")
