"""The act that a verified header claims: what the recipient decides on, and what a replay decides on again."""

from __future__ import annotations

from comity.core.envelope.header import Header
from comity.core.instant import Instant
from comity.core.policy.model import ProposedAct


def proposed(header: Header, opened_at: Instant | None) -> ProposedAct:
    """Return the act that a header claims.

    Args:
        header: verified.
        opened_at: signed time of the first message of its thread, None when it opens one.
    """
    return ProposedAct(
        act=header.act,
        regime=header.regime,
        sender=header.sender,
        recipient=header.recipient,
        purpose=header.purpose,
        clause=header.clause,
        data=frozenset(header.data),
        subjects=frozenset(header.subjects),
        handling=header.handling,
        urgency=header.urgency,
        decision=header.decision,
        thread_opened_at=opened_at,
    )
