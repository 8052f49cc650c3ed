"""Rotates the keys of a regime with overlap: announce, let the new keys sign, retire and destroy the old ones.

Implements docs/protocol/identity.md §5.2:

1. `begin_rotation`: new keys are made and published beside the old ones, whose end is set; they open, but do not sign.
2. `tend_keys` (worker): once all partners have acknowledged the new card, or half of the overlap is over, the new
   keys sign.
3. `tend_keys`: at the end of the overlap the old keys are destroyed; if a partner has not acknowledged the card, what it
   sealed meanwhile is still opened, until a day after it has, at most for the transit. `finish_rotation` destroys at
   once, and is refused while a confirmed partner that nobody named has not acknowledged the card; partners refuse the
   old keys as soon as they have the next one, within a minute where they can be reached.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from comity.core.codes.exchange import Act, Regime, ServiceId
from comity.core.crypto.agent import KeyState
from comity.core.crypto.encoding import to_text
from comity.core.evidence.event import Event, Internal
from comity.core.faults import named
from comity.core.identity.card import Card
from comity.errors import InputError, Refused
from comity.services.context import SYSTEM, Actor, Node
from comity.services.custody.furnish import KEY_DAYS
from comity.services.evidence.record import record
from comity.services.exchange.submit import Outgoing, submit
from comity.services.partners.add import common_regimes
from comity.services.partners.certificate import name_certificate
from comity.services.partners.directory import PartnerState, all_partners
from comity.services.partners.own_card import issue_card, own_card, own_card_octets
from comity.services.people.actors import require_administrator
from comity.storage import partners
from comity.storage.models.partners import OwnKey
from comity.storage.transaction import atomic

OVERLAP = timedelta(days=14)
RESEND = timedelta(hours=1)
GRACE = timedelta(days=1)
"""From a partner's receipt for our card until what it had sealed to the old keys must have come."""

CARD_KIND = "card"
DESTROYED = "destroyed"


def begin_rotation(node: Node, regime: Regime, actor: Actor, *, overlap: timedelta = OVERLAP) -> Card:
    """Make new keys for a regime and tell all partners.

    Raises:
        InputError: ``keys.rotating``: a rotation is under way; ``init.regimes``: not a regime of this node.
        Refused: ``actor.role``.
    """
    require_administrator(actor)
    if regime not in node.config.regimes:
        raise InputError("init.regimes", allowed=named(node.config.regimes))
    if _rows(node, regime, KeyState.NEXT, KeyState.RETIRING):
        raise InputError("keys.rotating", regime=regime.value)
    held = node.keys.create_keys(regime)
    now = node.clock()
    with atomic(node.alias):
        for row in _rows(node, regime, KeyState.ACTIVE):
            row.not_after = min(row.not_after, now + overlap)
            partners.save_own_key(node.alias, row)
        partners.add_own_key(node.alias, regime, held, now, now + timedelta(days=KEY_DAYS))
        card = issue_card(node, now)
        _record(node, "keys.rotation-begun", regime, actor)
    announce_card(node)
    return card


def finish_rotation(
    node: Node, regime: Regime, actor: Actor, *, leave_behind: Collection[ServiceId] = ()
) -> Card:
    """Retire the old keys at once: for a key that may be known to others.

    Args:
        leave_behind: partners that need not have acknowledged the new keys: they believe the old ones until their
            administrators have confirmed the card anew.

    Raises:
        InputError: ``keys.not-rotating``.
        Refused: ``actor.role``; ``keys.partner-behind`` with the partners that would be left behind unsaid.
    """
    require_administrator(actor)
    if not _rows(node, regime, KeyState.NEXT, KeyState.RETIRING):
        raise InputError("keys.not-rotating", regime=regime.value)
    behind = [each for each in unaware(node) if each not in leave_behind]
    if behind:
        raise Refused("keys.partner-behind", partners=" ".join(behind))
    _activate(node, regime)
    now = node.clock()
    with atomic(node.alias):
        for row in _rows(node, regime, KeyState.RETIRING):
            row.not_after = now
            partners.save_own_key(node.alias, row)
        card = issue_card(node, now)
        _record(node, "keys.rotation-finished", regime, actor)
    announce_card(node)
    _destroy_ended(node, at_once=regime)
    return card


def unaware(node: Node) -> list[ServiceId]:
    """Return the confirmed partners that have not acknowledged the present card.

    Asked before `finish_rotation`: they will know none of the keys that are left, and believe the old ones until their
    administrators have confirmed the card anew.
    """
    card = own_card(node)
    told = partners.acknowledged(node.alias, card.sequence, node.clock())
    return sorted(ServiceId(each) for each in _confirmed(node) - told)


def tend_keys(node: Node) -> int:
    """Carry every rotation one step further; safe to repeat and to interrupt. Returns the steps taken."""
    steps = name_certificate(node) + announce_card(node)
    for regime in node.config.regimes:
        waiting = _rows(node, regime, KeyState.NEXT)
        if waiting and _may_activate(node, regime, waiting[0]):
            _activate(node, regime)
            steps += 1
    return steps + _destroy_ended(node)


def announce_card(node: Node) -> int:
    """Send the current card to each confirmed partner that was not sent it; returns how many."""
    card = own_card(node)
    if card.sequence == 1:
        return 0
    octets = own_card_octets(node)
    now = node.clock()
    done = partners.served(node.alias, card.sequence, now - RESEND)
    sent = 0
    for view in all_partners(node):
        if view.state is not PartnerState.CONFIRMED or view.service in done:
            continue
        regime = Regime(common_regimes(node, view.card)[0])
        outgoing = Outgoing(view.service, regime, CARD_KIND, Act.RENEW_CARD, {"card": to_text(octets)})

        def note(message: str, partner: ServiceId = view.service) -> None:
            partners.note_delivery(node.alias, card.sequence, partner, message, now)

        try:
            submit(node, outgoing, SYSTEM, within=note)
        except Refused:
            continue  # the partner was suspended meanwhile: it is sent the card when it is resumed
        sent += 1
    return sent


def _may_activate(node: Node, regime: Regime, waiting: OwnKey) -> bool:
    if _confirmed(node) <= partners.acknowledged(node.alias, own_card(node).sequence, node.clock()):
        return True
    ends = [row.not_after for row in _rows(node, regime, KeyState.ACTIVE)]
    return not ends or node.clock() >= waiting.not_before + (min(ends) - waiting.not_before) / 2


def _activate(node: Node, regime: Regime) -> None:
    """Let the waiting keys sign: first in the vault, then in the database; a crash between is healed by repeating."""
    waiting = _rows(node, regime, KeyState.NEXT)
    if not waiting:
        return
    node.keys.activate_keys(regime)
    with atomic(node.alias):
        for row in _rows(node, regime, KeyState.ACTIVE):
            row.state = KeyState.RETIRING.value
            partners.save_own_key(node.alias, row)
        for row in waiting:
            row.state = KeyState.ACTIVE.value
            partners.save_own_key(node.alias, row)
        _record(node, "keys.activated", regime, SYSTEM)


def _destroy_ended(node: Node, *, at_once: Regime | None = None) -> int:
    """Destroy the private halves of retired keys whose time is over and that no partner may still have sealed to."""
    now = node.clock()
    ended = 0
    awaited = not _confirmed(node) <= partners.acknowledged(node.alias, own_card(node).sequence, now - GRACE)
    late = timedelta(days=node.config.transit_days) if awaited else timedelta(0)
    for regime in node.config.regimes:
        for row in _rows(node, regime, KeyState.RETIRING):
            if row.not_after > now - (timedelta(0) if regime is at_once else late):
                continue
            node.keys.destroy_keys(regime, row.sign_kid)
            with atomic(node.alias):
                row.state = DESTROYED
                partners.save_own_key(node.alias, row)
                _record(node, "keys.destroyed", regime, SYSTEM)
            ended += 1
    return ended


def _confirmed(node: Node) -> set[str]:
    return {view.service for view in all_partners(node) if view.state is PartnerState.CONFIRMED}


def _rows(node: Node, regime: Regime, *states: KeyState) -> list[OwnKey]:
    return partners.own_keys(node.alias, regime, [state.value for state in states])


def _record(node: Node, kind: str, regime: Regime, actor: Actor) -> None:
    facts: dict[str, str | int] = {"regime": regime.value}
    record(node, Internal(), Event(kind, node.clock(), facts, actor.name.encode()))
