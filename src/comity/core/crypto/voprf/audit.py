"""The auditor's side: recomputes the points of a signed request from what the asker opened.

Implements docs/protocol/probe.md §4.8, steps 2 and 3. What it stops: asking about one person and justifying another; asking about a
second person in slots that are said to be unused. The caller has verified the signature of the request, and that its
commitment opens to this seed and to the description from which the tokens were made.
"""

from __future__ import annotations

from collections.abc import Sequence

from comity.core.crypto.voprf import client
from comity.core.crypto.voprf.layout import SlotLayout
from comity.core.crypto.voprf.seeded import Tokens, blind_of, filled
from comity.errors import PeerError


def verify_points(seed: bytes, layout: SlotLayout, tokens: Tokens, points: Sequence[bytes]) -> None:
    """Refuse a request of which some point is not what seed and tokens yield.

    Args:
        seed: the opened blind seed.
        layout: shape of the request.
        tokens: tokens of each class, made anew from the opened description.
        points: blinded elements of the signed request.

    Raises:
        PeerError: ``probe.audit-size``; ``probe.audit-point`` with class and slot of the first wrong point.
        ValueError: a wrong seed, or tokens that do not fit.
    """
    # 1. The shape.
    if len(points) != layout.total:
        raise PeerError("probe.audit-size", limit=layout.total)
    # 2. Each point, used or not.
    for at, (token, point) in enumerate(zip(filled(seed, layout, tokens), points, strict=True)):
        name, slot = layout.place(at)
        if client.blind(token, blind_of(seed, name, slot)) != point:
            raise PeerError("probe.audit-point", key_class=name.value, slot=slot)
