"""Shows our checkpoints to partners and stores their countersignatures (docs/protocol/evidence.md §6 and §8).

Checkpoints are no entries themselves: they would make the log grow by being exchanged. What a partner countersigned is
remembered by the partner; when our log holds less, ours is the one that was restored or rewritten, and it stops.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from comity.core.codes.exchange import ServiceId
from comity.core.crypto.agent import KeyState
from comity.core.crypto.encoding import to_text
from comity.core.evidence import note, tree
from comity.core.evidence.event import Bilateral, Event, Internal, read_scope
from comity.core.evidence.trust import SKEW
from comity.errors import ComityError, NodeError, PeerError
from comity.services.context import Node
from comity.services.evidence import alarms, keyring
from comity.services.evidence.record import record
from comity.services.evidence.sequence import bound_state, leaf, reader, sequence, sign_checkpoint
from comity.services.evidence.witness import answer_checkpoint
from comity.storage.evidence import checkpoints, entries
from comity.storage.models.evidence import EvidenceLog, LogState
from comity.storage.transaction import atomic

if TYPE_CHECKING:
    from comity.transport.channel import Channels

__all__ = ["answer_checkpoint", "exchange_checkpoints", "exchange_with", "leaf", "sequence", "show_all"]

CALL = "checkpoint"
CALL_LAST = "checkpoint-last"
ROUNDS = 3
LEASE = timedelta(seconds=120)
"""How long a log that is being shown is left alone by other processes: two states shown at once, the later first,
would look like a log that shrank."""

Ask = Callable[[Bilateral, str, Any], Any]
"""Calls a partner: scope, name of the call, body; returns the body of the signed answer."""


def exchange_checkpoints(node: Node, channels: Channels) -> int:
    """Show each bilateral log that has grown to its partner; return how many countersignatures came back.

    A partner that is away, or that refuses, is asked again at the next round and holds up no other.
    """
    return show_all(node, _asking(node, channels))


def exchange_with(node: Node, channels: Channels, partner: ServiceId) -> int:
    """Show the logs of one partner to it, as `exchange_checkpoints`; for the worker, who does not wait for the others."""
    return show_all(node, _asking(node, channels), partner)


def _asking(node: Node, channels: Channels) -> Ask:
    from comity.services.calls import call

    def ask(scope: Bilateral, name: str, body: Any) -> Any:
        return call(node, channels, scope.partner, scope.regime, name, body, protective=True)[0]

    return ask


def show_all(node: Node, ask: Ask, partner: ServiceId | None = None) -> int:
    """Number what is new and show every bilateral log; return how many countersignatures came back.

    Args:
        node: this node.
        ask: the way to the partners.
        partner: whose logs alone; None: all.

    Raises:
        NodeError: this node itself is broken.
    """
    sequence(node)
    done = 0
    for log in entries.current_logs(node.alias):
        scope = read_scope(log.scope)
        if not isinstance(scope, Bilateral) or partner not in (None, scope.partner):
            continue
        now = node.clock()
        if not entries.lease(node.alias, log, now, now + LEASE):
            continue
        try:
            entries.renew(node.alias, log)
            done += show(node, scope, log, ask)
        except NodeError:
            raise
        except ComityError:
            continue
        finally:
            entries.release(node.alias, log)
    return done


def show(node: Node, scope: Bilateral, log: EvidenceLog, ask: Ask) -> bool:
    """Show one log to its partner; tell whether a countersignature came back.

    Raises:
        PeerError: the answer is malformed or not signed by the partner.
        DeliveryError: the partner is away.
        Refused: the partner is suspended.
    """
    if log.state == LogState.UNCONFIRMED:
        _confirm(node, scope, log, ask)
    if log.state != LogState.OPEN:
        return False
    last = checkpoints.last_checkpoint(node.alias, log, cosigned=True)
    old = 0 if last is None else last.size
    if log.size == old:
        return False
    shown = _checkpoint(node, scope, log)
    for _ in range(ROUNDS):
        steps = tree.consistency_proof(old, log.size, reader(node, log))
        answer = ask(scope, CALL, {"note": shown, "old": old, "proof": [to_text(step) for step in steps]})
        state = answer.get("state") if isinstance(answer, dict) else None
        if state == "cosigned":
            _keep(node, scope, log, shown, answer.get("line"))
            return True
        if state == "refused":
            _refused(node, scope, log, shown, answer)
            return False
        if state != "stale":
            raise PeerError("evidence.call")
        size = _known_to_partner(node, scope, log, answer.get("note"))
        if size is None:
            return False
        old = size
    return False


def _refused(node: Node, scope: Bilateral, log: EvidenceLog, shown: str, answer: dict[str, Any]) -> None:
    """Find out who is wrong when the partner refuses to countersign, and say so."""
    known = answer.get("note")
    if known is not None and _known_to_partner(node, scope, log, known) is None:
        return
    code = answer.get("code")
    proof = f"{shown}\n{code if isinstance(code, str) else ''}"
    alarms.raise_alarm(node, alarms.REFUSED, log.origin, scope, proof[:4096])


def _checkpoint(node: Node, scope: Bilateral, log: EvidenceLog) -> str:
    """Return the signed note of the present state, made once for each size."""
    found = checkpoints.checkpoint(node.alias, log, log.size)
    if found is not None and _is_fresh(node, scope, found.note):
        return found.note
    signed = sign_checkpoint(node, log, scope.regime)
    with atomic(node.alias):
        checkpoints.add_checkpoint(node.alias, log, log.size, signed, node.clock())
    return signed


def _is_fresh(node: Node, scope: Bilateral, signed: str) -> bool:
    """Tell whether the key that signed a note still signs; a retired key would be refused."""
    active = [held for held in node.keys.held_keys(scope.regime) if held.state is KeyState.ACTIVE]
    keys = {held.sign_kid: held.sign_public for held in active}
    try:
        note.verify_checkpoint(note.open_note(signed), keys)
    except PeerError:
        return False
    return True


def _keep(node: Node, scope: Bilateral, log: EvidenceLog, shown: str, line: Any) -> None:
    # 1. The countersignature is the partner's, over this very text, made now.
    if not isinstance(line, str) or not line.endswith("\n") or line.count("\n") != 1:
        raise PeerError("evidence.call")
    opened = note.open_note(shown + line)
    name = note.witness_name(scope.partner, scope.regime)
    keys = keyring.partner_keys_now(node, scope.partner, scope.regime)
    try:
        made = note.verify_cosignature(opened, name, keys)
        if abs(made.at - node.clock()) > SKEW:
            raise PeerError("evidence.cosignature")
    except PeerError:
        alarms.raise_alarm(node, alarms.COSIGNATURE, log.origin, scope, shown + line)
        raise
    # 2. Stored with the note; the log is covered up to here, and the internal one as far as its last leaf in it says.
    size = opened.checkpoint.size
    bound = bound_state(node, log, size)
    with atomic(node.alias):
        checkpoints.set_cosigned(node.alias, log, size, shown + line, made.at)
        if bound is not None:
            checkpoints.set_cosigned(node.alias, bound.log, bound.size, bound.signed, made.at)
        keyring.keep_partner_card(node, scope.partner)


def _confirm(node: Node, scope: Bilateral, log: EvidenceLog, ask: Ask) -> None:
    """Ask how far the partner had countersigned a log that was restored; open it, or find it behind."""
    answer = ask(scope, CALL_LAST, {})
    if not isinstance(answer, dict) or set(answer) != {"note"}:
        raise PeerError("evidence.call")
    if answer["note"] is not None and _known_to_partner(node, scope, log, answer["note"]) is None:
        return
    with atomic(node.alias):
        entries.set_state(node.alias, log, LogState.OPEN)
        record(node, Internal(), Event("evidence.log-confirmed", node.clock(), {"origin": log.origin}))


def _known_to_partner(node: Node, scope: Bilateral, log: EvidenceLog, text: Any) -> int | None:
    """Return the size that the partner countersigned last, or None when our log does not hold that state.

    Raises:
        PeerError: the note is not one that we signed.
    """
    if not isinstance(text, str):
        raise PeerError("evidence.call")
    # 1. Only a note under our own signature convicts us.
    opened = note.open_note(text)
    epoch = note.read_origin(opened.checkpoint.origin, node.service, scope)
    note.verify_checkpoint(opened, keyring.own_keys(node, scope.regime))
    # 2. Our log must hold that state.
    if epoch < log.epoch:
        return 0
    size = opened.checkpoint.size
    if (
        epoch == log.epoch
        and size <= log.size
        and tree.root(size, reader(node, log)) == opened.checkpoint.root
    ):
        return size
    # 3. It does not: it was rolled back. It stops until an administrator starts a new epoch.
    with atomic(node.alias):
        entries.set_state(node.alias, log, LogState.BEHIND)
        alarms.raise_alarm(node, alarms.BEHIND, log.origin, scope, text)
    return None
