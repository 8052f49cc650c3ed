"""The ledger of disclosures: to whom what was told of a person, third countries too, and its proof from the log.

Implements docs/protocol/rights.md §5; rule L12. Source: LED Art. 14(c). The ledger holds only which message tells of which
entry of the register; to whom, when, what and on which ground, the message and its signed header say. `verify_ledger`
makes the list of such messages anew from the message log and the evidence, and names every difference.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.codes.marks import DataCategory, Role
from comity.core.codes.transfer import BOUND_COUNTRIES
from comity.core.envelope.fields import read_document
from comity.core.envelope.header import Header
from comity.core.envelope.limits import MANIFEST_BYTES, MANIFEST_DEPTH
from comity.core.evidence.event import Bilateral, Event, Internal, read_leaf, scope_key
from comity.core.instant import Instant, write_instant
from comity.errors import PeerError
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.exchange.submit import TELLING, TELLING_KINDS, tells
from comity.services.register.accountable import keep_statement, stated
from comity.services.rights.access import require_officer
from comity.storage.evidence import entries
from comity.storage.models.exchange import ExchangedMessage
from comity.storage.models.overlaps import RegisterEdge
from comity.storage.models.rights import Disclosure
from comity.storage.register import overlaps
from comity.storage.rights import disclosures as rows
from comity.storage.rights import held
from comity.storage.transaction import atomic

KEPT = timedelta(days=1095)
"""How long the ledger is kept: as long as decisions."""


@dataclass(frozen=True, slots=True)
class Told:
    """One disclosure.

    Args:
        kind: of the message; ``index`` when a partner could find the entry by a private search, ``number`` when one of its
            telephone numbers was shown to a partner that has it too (overlap.md §4).
        state: what became of the message. third_country: the recipient's State is bound by no Union law.
    """

    subject: str
    recipient: str
    third_country: bool
    at: Instant
    kind: str
    message: str
    thread: str
    regime: str
    purpose: str
    categories: tuple[str, ...]
    ground: str
    state: str

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {**found, "at": write_instant(self.at), "categories": list(self.categories)}


@dataclass(frozen=True, slots=True)
class Differences:
    """Messages by which ledger, message log and evidence differ; all empty when they are equal.

    Args:
        missing: tell of a person and do not stand in the ledger. unfounded: stand in it, and no such message exists.
        unproven: stand in it, and the evidence does not say the same.
    """

    missing: tuple[str, ...]
    unfounded: tuple[str, ...]
    unproven: tuple[str, ...]


def ledger(node: Node, actor: Actor, regime: Regime, subject: str, reason: str) -> list[Told]:
    """Return every disclosure of one entry of the register, oldest first, and record who read it and why (LED Art. 25).

    Args:
        reason: why; kept with the statement of this reading.

    Raises:
        InputError: ``register.reason``.
        Refused: ``actor.person``, ``actor.role``.
    """
    require_officer(actor, regime)
    statement = stated(actor, reason)
    found = [each for each in ledger_of(node, [subject]) if each.regime == regime.value]
    with atomic(node.alias):
        now = node.clock()
        committed = keep_statement(node, "ledger-read", now, statement, subject)
        facts: dict[str, str | int] = {"subject": subject, "regime": regime.value, "entries": len(found)}
        record(node, Internal(), Event("ledger.read", now, facts, committed))
    return found


def ledger_of(node: Node, subjects: Collection[str]) -> list[Told]:
    """Return every disclosure of some entries, oldest first, for a caller whose right was checked."""
    found = rows.of_subjects(node.alias, subjects)
    messages = rows.messages(node.alias, [(row.partner, row.message) for row in found])
    told = [_told(row, messages.get((row.partner, row.message))) for row in found]
    for subject in subjects:
        told += [_findable(subject, row) for row in held.references(node.alias, subject)]
        told += [_number_shown(node, subject, row) for row in overlaps.edges_of(node.alias, subject)]
    return sorted(told, key=lambda each: (each.at, each.message))


def verify_ledger(node: Node, actor: Actor, regime: Regime) -> Differences:
    """Compare the ledger with the message log and the evidence, over the time for which it is kept.

    Raises:
        Refused: ``actor.role``.
    """
    actor.require(regime, Role.DATA_PROTECTION_OFFICER, Role.AUDITOR)
    return differences(node)


def differences(node: Node) -> Differences:
    """Return where ledger, message log and evidence differ, for a caller whose right was checked."""
    since = node.clock() - KEPT
    noted = {(row.partner, row.message) for row in rows.since(node.alias, since)}
    log = rows.telling(node.alias, [act.value for act in TELLING], TELLING_KINDS, since)
    telling = {(row.partner, row.message): row for row in log if _describes(row)}
    sent = _sent(node, {(row.partner, row.regime) for row in telling.values()})
    return Differences(
        missing=tuple(sorted(message for _, message in telling.keys() - noted)),
        unfounded=tuple(sorted(message for _, message in noted - telling.keys())),
        unproven=tuple(sorted(row.message for key, row in telling.items() if sent.get(key[1]) != row.digest)),
    )


def header_of(row: ExchangedMessage) -> Header | None:
    """Return the header of a message; None when what is stored is none any more."""
    try:
        return read_document(
            Header, bytes(row.header), code="envelope.manifest", limit=MANIFEST_BYTES, depth=MANIFEST_DEPTH
        )
    except PeerError:
        return None


def _describes(row: ExchangedMessage) -> bool:
    header = header_of(row)
    return header is None or tells(header.act, header.kind, carries=bool(header.data))


def _sent(node: Node, lanes: Collection[tuple[str, str]]) -> Mapping[str, str]:
    """Return the digest of the header of each message that the evidence says we sent."""
    found: dict[str, str] = {}
    for partner, regime in lanes:
        for octets in entries.leaves(node.alias, scope_key(Bilateral(ServiceId(partner), Regime(regime)))):
            if b'"kind":"message.sent"' in octets:
                facts = read_leaf(octets).facts
                found[str(facts["message"])] = str(facts["header"])
    return found


def _third(partner: str) -> bool:
    return partner[:2] not in BOUND_COUNTRIES


def _told(row: Disclosure, message: ExchangedMessage | None) -> Told:
    header = None if message is None else header_of(message)
    return Told(
        subject=row.subject,
        recipient=row.partner,
        third_country=_third(row.partner),
        at=row.at if message is None else message.sent_at,
        kind="" if message is None else message.kind,
        message=row.message,
        thread="" if message is None else message.thread or "",
        regime="" if message is None else message.regime,
        purpose="" if message is None else message.purpose or "",
        categories=() if header is None else tuple(each.value for each in header.data),
        ground="" if message is None else message.ground or "",
        state="" if message is None else message.state,
    )


def _findable(subject: str, row: Any) -> Told:
    """Return that a partner could find an entry; whether it did, only the partner knows."""
    return Told(
        subject=subject,
        recipient=row.partner,
        third_country=_third(row.partner),
        at=row.created_at,
        kind="index",
        message=row.reference,
        thread="",
        regime=row.regime,
        purpose=row.group,
        categories=(),
        ground="",
        state="findable",
    )


def _number_shown(node: Node, subject: str, row: RegisterEdge) -> Told:
    """Return that a partner was shown a number of an entry, which it has too."""
    found = overlaps.overlap_named(node.alias, row.overlap)
    return Told(
        subject=subject,
        recipient=row.partner,
        third_country=_third(row.partner),
        at=row.created_at,
        kind="number",
        message=row.overlap,
        thread="",
        regime=row.regime,
        purpose="" if found is None else found.purpose,
        categories=(DataCategory.PHONES.value,),
        ground="",
        state="shown",
    )
