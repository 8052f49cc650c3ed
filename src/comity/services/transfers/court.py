"""Give a court what a partner said: only with its permission, whatever the emergency.

Implements docs/protocol/transfer.md §6; scenario S9. Source: Europol handling code H1 (not to be disclosed in judicial
proceedings without the provider's permission); Directive (EU) 2016/680 Art. 9(3) (the sender's conditions bind the
recipient). What a court gets leaves no node: this shows the words to the person who prints them, and writes down which
court got them in which proceedings.
"""

from __future__ import annotations

from typing import Any

from comity.core import canonical
from comity.core.cases.consent import Use
from comity.core.cases.messages import MAX_LINE
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.handling import read_handling
from comity.core.evidence.event import Bilateral, Event
from comity.core.policy.law import prohibited
from comity.core.policy.model import ProposedAct
from comity.errors import InputError, Refused
from comity.services.cases.access import require_approver
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.protection.onward import theirs_of
from comity.storage.protection import consents
from comity.storage.transaction import atomic


def give_to_court(
    node: Node, actor: Actor, thread: str, message: str, court: str, proceedings: str
) -> dict[str, Any]:
    """Return a partner's words for a court, as a named approver, having written down which court gets them.

    Args:
        court, proceedings: name of the court and reference of the proceedings, one line each.

    Raises:
        InputError: ``case.unknown``, ``case.message-unknown``, ``court.named``.
        Refused: ``case.approver``, ``consent.own``, ``case.restricted``, ``case.recalled``, ``case.conditions-open``,
            ``law.court`` while the provider has not permitted it.
    """
    theirs = theirs_of(node, actor, thread, message)
    regime, partner = Regime(theirs.row.regime), ServiceId(theirs.row.partner)
    require_approver(actor, regime)
    named = {"court": court.strip(), "proceedings": proceedings.strip()}
    if not all(0 < len(each) <= MAX_LINE for each in named.values()):
        raise InputError("court.named", limit=MAX_LINE)
    purpose = Purpose(theirs.row.purpose)
    found = consents.given_for(node.alias, partner, message, Use.COURT.value, purpose.value, None)
    act = ProposedAct(
        act=Act.INFORM,
        regime=regime,
        sender=node.service,
        recipient=node.service,
        purpose=purpose,
        held_under=read_handling(theirs.words.get("handling")),
        owner=partner,
        collected_for=purpose,
        consent=None if found is None else found.digest,
        consented_for=None if found is None else purpose,
        judicial=True,
    )
    grounds = prohibited(act, None, None)
    if grounds:
        raise Refused(grounds[0].code)
    with atomic(node.alias):
        facts: dict[str, str | int] = {"thread": thread, "message": message}
        committed = canonical.encode({"actor": actor.name, "consent": act.consent, **named})
        record(node, Bilateral(partner, regime), Event("case.given-to-court", node.clock(), facts, committed))
    return theirs.words
