"""Write a breach down, count what it concerns, and see it through: authority, partners, measures.

Implements docs/protocol/rights.md §6; rule L16. Source: LED Art. 30(1) (72 hours from awareness, reasons for a later notice),
30(3) (what the notice says), 30(5) (it is documented), 30(6) (the controller of the other State is told without delay).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from comity.core import canonical
from comity.core.cases.messages import MAX_LINE, MAX_TEXT
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.codes.languages import UNKNOWN, typed_language
from comity.core.codes.marks import Role
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant, write_instant
from comity.core.rights.clock import breach_due_at
from comity.core.rights.codes import BreachNature
from comity.core.texts import typed
from comity.errors import InputError, Refused
from comity.services.breaches.owed import owe_notices, send_due
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence.record import record
from comity.storage import partners as partner_rows
from comity.storage.models.rights import Breach
from comity.storage.rights import breaches as rows
from comity.storage.transaction import atomic

OPENERS = (Role.DATA_PROTECTION_OFFICER, Role.ADMINISTRATOR)
"""May write a breach down and see breaches; the authority is told by the data-protection officer."""

NUMBER_BYTES = 16
LONGEST = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a breach when it is written down.

    Args:
        aware_at: when the controller became aware; the clock runs from it.
        first, before: time in which the cases and searches concerned were opened or made.
        threads: the cases concerned; empty: all of that time. register: the whole register of the regime too.
        language: of the words, as a BCP 47 tag (cases.md §19).
        happened, consequences, measures, contact: in words, for the authority; the last three for partners too.
    """

    nature: BreachNature
    aware_at: Instant
    first: Instant
    before: Instant
    happened: str
    consequences: str
    measures: str
    contact: str
    threads: tuple[str, ...] = ()
    register: bool = False
    language: str = UNKNOWN


def open_breach(node: Node, actor: Actor, regime: Regime, found: Found) -> str:
    """Write a breach down, owe every partner concerned its notice, send what can be sent, and return the number.

    Raises:
        InputError: ``breach.aware``, ``breach.words``, ``breach.period``, ``case.language``, ``case.unknown``.
        Refused: ``actor.person``, ``actor.role``.
    """
    require_opener(actor, regime)
    now = node.clock()
    if not now - LONGEST <= found.aware_at <= now:
        raise InputError("breach.aware")
    if found.before <= found.first:
        raise InputError("breach.period")
    words = {
        name: typed(getattr(found, name), "breach.words", most=MAX_TEXT)
        for name in ("happened", "consequences", "measures")
    }
    language = typed_language(found.language)
    contact = typed(found.contact, "breach.words", most=MAX_LINE, line=True)
    concerned, searches = _concerned(node, regime, found), _searches(node, regime, found)
    with atomic(node.alias):
        row = _breach(node, regime, found, concerned, sum(searches.values()))
        row.content = {
            **words,
            "contact": contact,
            "language": language,
            "by": actor.name,
            "threads": concerned,
        }
        rows.add_breach(node.alias, row)
        facts: dict[str, str | int] = {
            "breach": row.number,
            "nature": row.nature,
            "regime": row.regime,
            "aware": write_instant(row.aware_at),
            "cases": row.cases,
            "searches": row.searches,
            "persons": row.persons,
        }
        committed = canonical.encode(row.content)
        record(node, Internal(), Event("breach.opened", now, facts, committed, erase_key=row.number))
        owe_notices(node, row, searches)
    send_due(node)
    return row.number


def tell_authority(
    node: Node, actor: Actor, number: str, at: Instant, reference: str, late: str = ""
) -> None:
    """Note that the supervisory authority was told, and how it refers to it.

    Args:
        late: why it took more than 72 hours; then, and only then.

    Raises:
        InputError: ``breach.unknown``, ``breach.told``, ``breach.words``, ``breach.late``.
        Refused: ``actor.person``, ``actor.role``, ``breach.closed``.
    """
    row = own_breach(node, actor, number)
    actor.require(Regime(row.regime), Role.DATA_PROTECTION_OFFICER)
    if row.closed_at is not None or row.content is None:
        raise Refused("breach.closed")
    if not row.aware_at <= at <= node.clock():
        raise InputError("breach.told")
    reference = typed(reference, "breach.words", most=MAX_LINE, line=True)
    if (at > row.due_at) != bool(late.strip()):
        raise InputError("breach.late")
    told = {
        "reference": reference,
        "late": typed(late, "breach.words", least=0, most=MAX_TEXT),
        "told_by": actor.name,
    }
    with atomic(node.alias):
        rows.change_breach(node.alias, row, authority_at=at, content={**row.content, **told})
        _record(node, row, "breach.authority-told", canonical.encode({**told, "at": write_instant(at)}))


def close_breach(node: Node, actor: Actor, number: str) -> None:
    """Close a breach of which the authority was told and every partner concerned has taken its notice.

    Raises:
        InputError: ``breach.unknown``.
        Refused: ``actor.person``, ``actor.role``, ``breach.closed``, ``breach.untold``.
    """
    row = own_breach(node, actor, number)
    actor.require(Regime(row.regime), Role.DATA_PROTECTION_OFFICER)
    if row.closed_at is not None:
        raise Refused("breach.closed")
    untold = [each for each in rows.notices(node.alias, row.number) if each.received_at is None]
    if row.authority_at is None or untold:
        raise Refused("breach.untold", partners=len(untold))
    with atomic(node.alias):
        rows.change_breach(node.alias, row, closed_at=node.clock())
        _record(node, row, "breach.closed", canonical.encode({"actor": actor.name}))


def take_note(node: Node, actor: Actor, number: str) -> None:
    """Take note of a breach of which a partner has told; what it means here is one's own to judge.

    Raises:
        InputError: ``breach.unknown``.
        Refused: ``actor.person``, ``actor.role``, ``breach.closed``.
    """
    row = known_breach(node, actor, number)
    if not row.partner:
        raise InputError("breach.unknown")
    if row.noted_at is not None:
        raise Refused("breach.closed")
    now = node.clock()
    with atomic(node.alias):
        rows.change_breach(node.alias, row, noted_at=now, closed_at=now)
        _record(node, row, "breach.noted", canonical.encode({"actor": actor.name}))


def require_opener(actor: Actor, regime: Regime) -> None:
    """Refuse unless a named person who may deal with breaches acts.

    Raises:
        Refused: ``actor.person``, ``actor.role``.
    """
    if actor.kind is not ActorKind.OFFICER:
        raise Refused("actor.person")
    actor.require(regime, *OPENERS)


def known_breach(node: Node, actor: Actor, number: str) -> Breach:
    """Return a breach of a regime in which the actor deals with breaches.

    Raises:
        InputError: ``breach.unknown``.
        Refused: ``actor.person``, ``actor.role``.
    """
    row = rows.breach(node.alias, number)
    if row is None:
        raise InputError("breach.unknown")
    require_opener(actor, Regime(row.regime))
    return row


def own_breach(node: Node, actor: Actor, number: str) -> Breach:
    """Return a breach of our own.

    Raises:
        InputError: ``breach.unknown``.
        Refused: ``actor.person``, ``actor.role``.
    """
    row = known_breach(node, actor, number)
    if row.partner:
        raise InputError("breach.unknown")
    return row


def _concerned(node: Node, regime: Regime, found: Found) -> list[list[str]]:
    """Return partner and thread of each case concerned.

    Raises:
        InputError: ``case.unknown``.
    """
    if not found.threads:
        pairs = rows.threads_between(node.alias, regime.value, found.first, found.before)
    else:
        pairs = rows.partners_of(node.alias, regime.value, found.threads)
        if {thread for _, thread in pairs} != set(found.threads):
            raise InputError("case.unknown")
    return [[ServiceId(partner), thread] for partner, thread in pairs]


def _searches(node: Node, regime: Regime, found: Found) -> dict[str, int]:
    """Return how many searches at each partner are concerned: none where single cases are named."""
    if found.threads:
        return {}
    partners = [row.service for row in partner_rows.all_rows(node.alias)]
    return {
        each: rows.count_searches(node.alias, regime.value, found.first, found.before, each)
        for each in partners
    }


def _breach(node: Node, regime: Regime, found: Found, concerned: list[list[str]], searches: int) -> Breach:
    threads = [thread for _, thread in concerned]
    persons = rows.count_persons(node.alias, regime.value, threads)
    if found.register:
        persons = max(persons, rows.count_register(node.alias, regime.value))
    return Breach(
        number=node.random(NUMBER_BYTES).hex(),
        regime=regime.value,
        nature=found.nature.value,
        aware_at=found.aware_at,
        opened_at=node.clock(),
        due_at=breach_due_at(found.aware_at),
        cases=len(concerned),
        searches=searches,
        persons=persons,
    )


def _record(node: Node, row: Breach, kind: str, committed: bytes) -> None:
    facts: dict[str, str | int] = {"breach": row.number}
    record(node, Internal(), Event(kind, node.clock(), facts, committed, erase_key=row.number))
