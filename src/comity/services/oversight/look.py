"""Looks into an exchange: who may, for which reason, and what each look leaves behind.

Implements docs/protocol/oversight.md §1. The data-protection officer and the auditor of a regime look, each with a
reason; the reason is kept sealed for three years, committed to in the internal log. An exchange of another regime is
answered as one that does not exist.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.codes.marks import Role
from comity.core.evidence import note
from comity.core.evidence.event import Event, Internal
from comity.core.evidence.trust import Anchors
from comity.core.instant import Instant
from comity.core.oversight.bundle import SEAL, seal_origin, seal_text, write_members
from comity.core.oversight.dossier import Dossier
from comity.core.oversight.judge import Judgement, judge
from comity.errors import InputError, NodeError, PeerError, Refused
from comity.services.cases.access import find_thread
from comity.services.context import Actor, ActorKind, Node
from comity.services.evidence import keyring
from comity.services.evidence.record import record
from comity.services.evidence.sequence import sequence, signer
from comity.services.oversight.gather import find_messages, find_search, gather_search, gather_thread
from comity.services.register.accountable import keep_statement, stated
from comity.storage.register import acts
from comity.storage.transaction import atomic

OVERSEERS = (Role.DATA_PROTECTION_OFFICER, Role.AUDITOR)
KIND = "overseen"
SHOWN = 200
UID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Look:
    """One look into an exchange, as it is remembered."""

    at: Instant
    by: str
    act: str
    subject: str
    reason: str


def replay(node: Node, actor: Actor, subject: str, reason: str) -> Judgement:
    """Lay a thread or a search open and decide each envelope of it again.

    Args:
        subject: identifier of the search, or of the thread as `find_thread` takes it.
        reason: why; kept.

    Raises:
        InputError: ``oversight.unknown``, also for an exchange of another regime; ``case.ambiguous``;
            ``register.reason``.
        Refused: ``actor.role``.
        NodeError: ``oversight.unreadable``: what is stored cannot be read any more.
    """
    dossier = _looked(node, actor, subject, reason, "replay")
    try:
        return judge(dossier, Anchors(cards=tuple(keyring.trusted_cards(node))))
    except (PeerError, InputError) as error:
        raise NodeError("oversight.unreadable", reason=error.code) from None


def bundle(node: Node, actor: Actor, subject: str, reason: str) -> dict[str, bytes]:
    """Return the files of a bundle for the authority, sealed by this service.

    Raises:
        InputError, Refused: as `replay`.
        NodeError: the keys are out of reach.
    """
    dossier = _looked(node, actor, subject, reason, "bundle")
    files = write_members(dossier)
    text = seal_text(node.service, files)
    (signature,) = node.keys.sign_note(dossier.regime, [text])
    public = signer(node, dossier.regime, text, signature)
    seal = note.assemble(text, note.signature_line(seal_origin(node.service), public, signature))
    return {**files, SEAL: seal.encode()}


def looks(node: Node, actor: Actor) -> list[Look]:
    """Return who looked into exchanges of the actor's regimes and why, newest first.

    Raises:
        Refused: ``actor.role``.
    """
    regimes = overseen_regimes(node, actor)
    if not regimes:
        raise Refused("actor.role")
    found = []
    for row in acts.acts_of(node.alias, KIND, SHOWN):
        told = row.statement
        if Regime(told["regime"]) in regimes:
            found.append(Look(row.at, told["by"], told["act"], told["subject"], told["reason"]))
    return found


def overseen_regimes(node: Node, actor: Actor) -> list[Regime]:
    """Return the regimes whose exchanges the actor oversees, in the node's order."""
    if actor.kind is ActorKind.OPERATOR:
        return list(node.config.regimes)
    held = {regime for regime, role in actor.roles if role in OVERSEERS}
    return [regime for regime in node.config.regimes if regime in held]


def leave(node: Node, actor: Actor, regime: Regime, act: str, subject: str, reason: str) -> None:
    """Leave the statement of a look, with its evidence, in a transaction of its own.

    Args:
        act: ``replay``, ``bundle``, ``sample``. subject: what was looked at; stands in the sealed statement only.

    Raises:
        InputError: ``register.reason``.
    """
    statement = stated(actor, reason, act=act, subject=subject, regime=regime.value)
    at, uid = node.clock(), node.random(UID_BYTES).hex()
    facts: dict[str, str | int] = {"act": act, "regime": regime.value}
    with atomic(node.alias):
        committed = keep_statement(node, KIND, at, statement, uid)
        record(node, Internal(), Event("oversight.looked", at, facts, committed, erase_key=uid))


def _looked(node: Node, actor: Actor, subject: str, reason: str, act: str) -> Dossier:
    """Find an exchange that the actor oversees, leave the reason, and return its dossier."""
    regimes = overseen_regimes(node, actor)
    if not regimes:
        raise Refused("actor.role")
    wanted = subject.strip()
    search = find_search(node, wanted, regimes)
    rows = [] if search else find_messages(node, wanted := _thread(node, wanted, regimes), regimes)
    found = rows[0] if rows else search
    if found is None:
        raise InputError("oversight.unknown")
    regime, partner = Regime(found.regime), ServiceId(found.partner)
    leave(node, actor, regime, act, wanted, reason)
    # What waits for its number gets one, so that the dossier is as complete as it can be.
    sequence(node)
    if search is not None:
        return gather_search(node, search)
    return gather_thread(node, partner, regime, wanted)


def _thread(node: Node, typed: str, regimes: Collection[Regime]) -> str:
    try:
        return find_thread(node, typed, regimes)
    except InputError as error:
        if error.code == "case.ambiguous":
            raise
        return typed
