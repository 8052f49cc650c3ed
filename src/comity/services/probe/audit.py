"""The data-protection officer's audit of a search of this node: who was asked for, and that nobody else was.

Implements docs/protocol/probe.md §4.8 and §9. The whole request is made anew from the opened justification, every point
of it and of the openings, and compared by its digest with the evidence: with our own entry, and with the partner's, which
alone says what really arrived. The officer's private key is read for this call only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from comity.core import canonical
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.encoding import from_text, to_text
from comity.core.crypto.voprf.layout import OPENINGS
from comity.core.probe import exchange
from comity.core.probe.audit import Opened, verify_commitment, verify_digest
from comity.core.probe.index import KEY_BYTES
from comity.core.probe.query import Query
from comity.core.probe.rules.tokens import query_tokens
from comity.errors import InputError
from comity.services.context import Actor, Node
from comity.services.custody.officer import open_as_officer
from comity.services.evidence.record import Event, Internal, record
from comity.services.oversight.look import OVERSEERS, leave
from comity.services.probe.ask import case_pseudonym, justification_info
from comity.services.probe.index import stored_manifest
from comity.services.probe.layers.chain import chain_of
from comity.storage import probe as rows
from comity.storage.evidence import entries
from comity.storage.models.probe import ProbeAsked, ProbeReplica
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
    node: Node,
    rid: str,
    key: Path,
    actor: Actor,
    *,
    reason: str,
    received: str = "",
    received_openings: str = "",
) -> Audited:
    """Open the justification of a search and refuse a search that is not the one justified.

    Args:
        node: this node.
        rid: identifier of the search.
        key: file of the officer's private key.
        actor: who audits; named in the internal log. reason: why; kept sealed, as for every look of oversight.
        received: digest of the request in the partner's entry ``probe.answered``; empty to compare with ours only.
        received_openings: digest in the partner's entry ``probe.opened``.

    Raises:
        InputError: ``probe.search-unknown``, ``probe.no-index`` (its manifest is no longer here), ``officer.*``,
            ``register.reason``.
        Refused: ``actor.role``.
        PeerError: ``probe.audit-commitment``, ``probe.audit-request``, ``sealing.altered``.
    """
    row = rows.asked(node.alias, rid)
    if row is None:
        raise InputError("probe.search-unknown")
    actor.require(Regime(row.regime), *OVERSEERS)
    # 0. The reason is left before anything is opened, whatever is found.
    leave(node, actor, Regime(row.regime), "open", rid, reason)
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
    request = _request(node, row, document["index"], opened, query).digest
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


def _request(node: Node, row: ProbeAsked, index: str, opened: Opened, query: Query) -> exchange.ProbeRequest:
    """Make the request of a search anew."""
    newest = _searched(node, row, index)
    # The base says which names are common, and so decides the tokens; the newest layer stood in the request.
    manifest = stored_manifest(chain_of(node, newest)[0].manifest)
    tokens = query_tokens(manifest.rules, manifest.commonness, query)
    return exchange.ProbeRequest(
        rid=row.rid,
        agreement=row.agreement,
        group=row.group,
        epoch=row.epoch,
        profile=manifest.profile,
        case=case_pseudonym(node, ServiceId(row.partner), opened.case),
        commitment=row.commitment,
        layer=newest.version,
        points=exchange.ask(manifest.rules, tokens, opened.blind_seed).points,
    )


def _searched(node: Node, row: ProbeAsked, digest: str) -> ProbeReplica:
    """Return the newest layer of the index that was searched.

    Raises:
        InputError: ``probe.no-index``.
    """
    scope = (row.partner, row.regime, row.group)
    found = rows.replica_of(node.alias, scope, digest)
    if found is None or found.epoch != row.epoch:
        raise InputError("probe.no-index")
    return found


def _keys(padded: bytes) -> list[bytes]:
    """Return the record keys opened; unused places are zero."""
    places = [padded[at : at + KEY_BYTES] for at in range(0, OPENINGS.total * KEY_BYTES, KEY_BYTES)]
    return [place for place in places if any(place)]


def _openings(rid: str, keys: list[bytes], seed: bytes) -> exchange.OpeningRequest:
    points = exchange.ask_openings(keys, seed).elements
    return exchange.OpeningRequest(rid=rid, points=tuple(to_text(point) for point in points))
