"""The data-protection officer's audit of a search of this node: who was asked for, and that nobody else was.

Implements docs/protocol/probe.md §4.8 and §9. The whole request is made anew from the opened justification, every point
of it and of the openings, and compared by its digest with the evidence: with our own entry, and with the partner's, which
alone says what really arrived. The officer's private key is read for this call only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import ServiceId
from comity.core.crypto.encoding import from_text, to_text
from comity.core.crypto.voprf.layout import OPENINGS
from comity.core.probe import exchange
from comity.core.probe.audit import Opened, verify_commitment, verify_digest
from comity.core.probe.index import KEY_BYTES
from comity.core.probe.manifest import Manifest
from comity.core.probe.query import Query
from comity.core.probe.rules.tokens import query_tokens
from comity.errors import InputError
from comity.services.context import Actor, Node
from comity.services.custody.officer import open_as_officer
from comity.services.evidence.record import Event, Internal, record
from comity.services.probe.ask import case_pseudonym, justification_info
from comity.services.probe.index import stored_manifest
from comity.storage import probe as rows
from comity.storage.evidence import entries
from comity.storage.models.probe import ProbeAsked
from comity.storage.transaction import atomic


@dataclass(frozen=True, slots=True, repr=False)
class Audited:
    """A search that is what its justification says.

    Args:
        rid: identifier of the search.
        partner: who was asked.
        case, actor, reason, asked_at: as the justification states them.
        query: the person.
        opened: records whose opening was asked for, at most two; None when no answer came.
        request, openings: digests of the two requests, made anew; `openings` is empty when no answer came.
        compared: whether the request was compared with what the partner states to have received.
    """

    rid: str
    partner: str
    case: str
    actor: str
    reason: str
    asked_at: str
    query: Query
    opened: int | None
    request: str
    openings: str
    compared: bool


def audit(
    node: Node, rid: str, key: Path, actor: Actor, *, received: str = "", received_openings: str = ""
) -> Audited:
    """Open the justification of a search and refuse a search that is not the one justified.

    Args:
        node: this node.
        rid: identifier of the search.
        key: file of the officer's private key.
        actor: who audits; named in the internal log.
        received: digest of the request in the partner's entry ``probe.answered``; empty to compare with ours only.
        received_openings: digest in the partner's entry ``probe.opened``.

    Raises:
        InputError: ``probe.search-unknown``, ``probe.no-index`` (its manifest is not here, or the search was made before it was named), ``officer.*``.
        PeerError: ``probe.audit-commitment``, ``probe.audit-request``, ``sealing.altered``.
    """
    row = rows.asked(node.alias, rid)
    if row is None:
        raise InputError("probe.search-unknown")
    # 1. What was sealed, and what it commits to.
    info = justification_info(row.rid, row.commitment)
    document = canonical.decode(open_as_officer(key, row.officer_kid, info, bytes(row.justification)))
    query = Query.model_validate_json(canonical.encode(document["query"]))
    opened = Opened(
        from_text(document["nonce"]), query.to_octets(), document["case"], from_text(document["blind_seed"])
    )
    verify_commitment(opened, row.commitment)
    # 2. The request, made anew with all its points, is the one in the evidence.
    facts = _evidence(node, rid)
    request = _request(node, row, document, opened, query).digest
    for stated in (document["request"], str(facts["request"]), *([received] if received else [])):
        verify_digest(request, stated)
    # 3. So are the openings: record keys, then what the seed yields.
    keys = (
        None if row.opened is None else _keys(open_as_officer(key, row.officer_kid, info, bytes(row.opened)))
    )
    openings = "" if keys is None else _openings(rid, keys, opened.blind_seed).digest
    for stated in (str(facts.get("openings", "")), *([received_openings] if received_openings else [])):
        verify_digest(openings, stated)
    # 4. That somebody looked is itself recorded.
    with atomic(node.alias):
        committed = canonical.encode({"actor": actor.name, "search": rid})
        told: dict[str, str | int] = {"search": rid, "compared": int(bool(received))}
        record(node, Internal(), Event("probe.audited", node.clock(), told, committed, erase_key=rid))
    return Audited(
        rid=rid,
        partner=row.partner,
        **{name: str(document[name]) for name in ("case", "actor", "reason", "asked_at")},
        query=query,
        opened=None if keys is None else len(keys),
        request=request,
        openings=openings,
        compared=bool(received),
    )


def _evidence(node: Node, rid: str) -> dict[str, str | int]:
    """Return the facts of our own entries on a search."""
    found: dict[str, str | int] = {}
    for entry in entries.keyed(node.alias, rid):
        leaf = json.loads(entry.leaf)
        if leaf["kind"] in ("probe.asked", "probe.answer-verified"):
            found |= leaf["facts"]
    return found


def _request(
    node: Node, row: ProbeAsked, document: dict[str, Any], opened: Opened, query: Query
) -> exchange.ProbeRequest:
    """Make the request of a search anew."""
    manifest = _manifest(node, row, document.get("index", ""))
    tokens = query_tokens(manifest.rules, manifest.commonness, query)
    return exchange.ProbeRequest(
        rid=row.rid,
        agreement=row.agreement,
        group=row.group,
        epoch=row.epoch,
        profile=manifest.profile,
        case=case_pseudonym(node, ServiceId(row.partner), opened.case),
        commitment=row.commitment,
        layer=document["layer"],
        points=exchange.ask(manifest.rules, tokens, opened.blind_seed).points,
    )


def _manifest(node: Node, row: ProbeAsked, digest: str) -> Manifest:
    """Return the manifest of the index that was searched: which names are common decides the tokens.

    Raises:
        InputError: ``probe.no-index``.
    """
    scope = (row.partner, row.regime, row.group, row.epoch, digest)
    for one in rows.replicas(node.alias):
        if (one.partner, one.regime, one.group, one.epoch, one.digest) == scope:
            return stored_manifest(one.manifest)
    raise InputError("probe.no-index")


def _keys(padded: bytes) -> list[bytes]:
    """Return the record keys opened; unused places are zero."""
    places = [padded[at : at + KEY_BYTES] for at in range(0, OPENINGS.total * KEY_BYTES, KEY_BYTES)]
    return [place for place in places if any(place)]


def _openings(rid: str, keys: list[bytes], seed: bytes) -> exchange.OpeningRequest:
    points = exchange.ask_openings(keys, seed).elements
    return exchange.OpeningRequest(rid=rid, points=tuple(to_text(point) for point in points))
