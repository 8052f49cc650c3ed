"""The justification of a search: sealed to the data-protection officer, stored with the search, never sent.

Implements docs/protocol/probe.md §9.1. Source: Directive (EU) 2016/680 Art. 25; Regulation (EU) 2024/982 Art. 33.
"""

from __future__ import annotations

from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.crypto.encoding import to_text
from comity.core.instant import Instant, write_instant
from comity.core.probe.exchange import ProbeRequest
from comity.core.watch.justified import Justification
from comity.errors import InputError
from comity.services.context import Actor, ActorKind
from comity.services.custody.officer import OfficerKey
from comity.services.probe.batch.asked import Search


def seal_justification(
    key: OfficerKey,
    search: Search,
    request: ProbeRequest,
    index: str,
    nonce: bytes,
    seed: bytes,
    now: Instant,
) -> bytes:
    """Seal who was asked for, by whom and why; the opening of the commitment stands in it too (LED Art. 25).

    Args:
        key: of the data-protection officer.
        search: what is asked.
        request: as it is sent.
        index: digest of the index; with nonce and seed, what the request is made anew from (§4.8).
        nonce, seed: of the commitment and of the blinds.
        now: when.
    """
    document = {
        "v": 2,
        "search": request.rid,
        "request": request.digest,
        "partner": search.partner,
        "agreement": request.agreement,
        "purpose": search.purpose.value,
        "case": search.case,
        "actor": search.actor.name,
        "role": role_of(search.actor, search.regime),
        "reason": search.reason,
        "said": search.said.document(),
        "missing": list(search.said.missing(search.regime)),
        "asked_at": write_instant(now),
        "query": search.query.model_dump(mode="json"),
        "nonce": to_text(nonce),
        "blind_seed": to_text(seed),
        "index": index,
    }
    info = justification_info(request.rid, request.commitment)
    return key.seal(info, canonical.encode(document))


def justification_info(rid: str, commitment: str) -> bytes:
    """Return what the seal of a justification is bound to."""
    return f"comity/1 probe justification|{rid}|{commitment}".encode()


def require_said(said: Justification, regime: Regime) -> Justification:
    """Return what was said of a search, all that the law wants of a person or of a system that acts for one.

    Raises:
        InputError: ``probe.justification``, naming what is missing; ``probe.justification-text``.
    """
    missing = said.missing(regime)
    if missing:
        raise InputError("probe.justification", missing=", ".join(missing))
    return said.checked()


def role_of(actor: Actor, regime: Regime) -> str:
    """Return as what somebody searches: roles under the regime, or a case system, the operator, the node itself."""
    if actor.kind is not ActorKind.OFFICER:
        return actor.kind.value
    return ", ".join(sorted(role.value for held, role in actor.roles if held is regime))
