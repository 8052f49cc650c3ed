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
from comity.core.probe.audit import Opened, verify_commitment, verify_digest, verify_opened
from comity.core.probe.index import KEY_BYTES
from comity.core.probe.query import Query
from comity.core.probe.rules.tokens import query_tokens
from comity.core.watch.justified import read_justification
from comity.errors import DeliveryError, InputError, NodeError, PeerError
from comity.services.context import Actor, Node
from comity.services.custody.officer import open_as_officer
from comity.services.evidence.record import Event, Internal, record
from comity.services.oversight.look import OVERSEERS, leave
from comity.services.probe.index import stored_manifest
from comity.services.probe.layers.chain import chain_of
from comity.services.probe.replica import open_replica
from comity.services.watch.justification import justification_info
from comity.services.watch.remembered import case_pseudonym
from comity.storage import probe as rows
from comity.storage.evidence import entries
from comity.storage.models.probe import ProbeAsked, ProbeReplica
from comity.storage.transaction import atomic

_KEYS_BYTES = OPENINGS.total * KEY_BYTES


@dataclass(frozen=True, slots=True, repr=False)
class Audited:
    """A search that is what its justification says.

    Args:
        rid: identifier of the search.
        partner: who was asked.
        case, actor, reason, asked_at: as the justification states them.
        role: as what the actor searched. said: what else the law wants said; `missing` was not said.
        query: the person.
        opened: records whose opening was asked for, at most two; None when no answer came.
        request, openings: digests of the two requests, made anew; `openings` is empty when no answer came.
        compared: whether the request was compared with what the partner states to have received.
        looked_up: whether the record keys were looked for in the index again; not when its files are gone by now.
    """

    rid: str
    partner: str
    case: str
    actor: str
    reason: str
    asked_at: str
    role: str
    said: dict[str, str]
    missing: tuple[str, ...]
    query: Query
    opened: int | None
    request: str
    openings: str
    compared: bool
    looked_up: bool


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
        PeerError: ``probe.audit-commitment``, ``probe.audit-request``, ``probe.audit-opened``, ``probe.proof``,
            ``sealing.altered``.
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
    again = _again(node, row, document["index"], opened, query)
    request = again.request.digest
    for stated in (document["request"], str(facts["request"]), *([received] if received else [])):
        verify_digest(request, stated)
    # 3. So are the openings: record keys, then what the seed yields.
    kept = None if row.opened is None else open_as_officer(key, row.officer_kid, info, bytes(row.opened))
    keys = None if kept is None else _keys(kept[:_KEYS_BYTES])
    openings = "" if keys is None else _openings(rid, keys, opened.blind_seed).digest
    for stated in (str(facts.get("openings", "")), *([received_openings] if received_openings else [])):
        verify_digest(openings, stated)
    # 4. These keys stand for these tokens in the index: nobody's record was opened that the search does not find.
    looked_up = bool(kept and keys is not None and _look_up(node, again, kept[_KEYS_BYTES:], keys))
    # 5. That somebody looked is itself recorded.
    with atomic(node.alias):
        committed = canonical.encode({"actor": actor.name, "search": rid})
        told: dict[str, str | int] = {"search": rid, "compared": int(bool(received))}
        record(node, Internal(), Event("probe.audited", node.clock(), told, committed, erase_key=rid))
    return Audited(
        rid=rid,
        partner=row.partner,
        **{name: str(document[name]) for name in ("case", "actor", "reason", "asked_at")},
        role=str(document.get("role", "")),
        said=read_justification(document.get("said", {})).document(),
        missing=tuple(document.get("missing", ())),
        query=query,
        opened=None if keys is None else len(keys),
        request=request,
        openings=openings,
        compared=bool(received),
        looked_up=looked_up,
    )


def _evidence(node: Node, rid: str) -> dict[str, str | int]:
    """Return the facts of our own entries on a search."""
    found: dict[str, str | int] = {}
    for entry in entries.keyed(node.alias, rid):
        leaf = json.loads(entry.leaf)
        if leaf["kind"] in ("probe.asked", "probe.answer-verified"):
            found |= leaf["facts"]
    return found


@dataclass(frozen=True, slots=True, repr=False)
class _Again:
    """A search made anew: the newest layer that it read, its blinding, its request."""

    newest: ProbeReplica
    asked: exchange.Asked
    request: exchange.ProbeRequest


def _again(node: Node, row: ProbeAsked, index: str, opened: Opened, query: Query) -> _Again:
    """Make a search anew."""
    newest = _searched(node, row, index)
    # The base says which names are common, and so decides the tokens; the newest layer stood in the request.
    manifest = stored_manifest(chain_of(node, newest)[0].manifest)
    tokens = query_tokens(manifest.rules, manifest.commonness, query)
    asked = exchange.ask(manifest.rules, tokens, opened.blind_seed)
    request = exchange.ProbeRequest(
        rid=row.rid,
        agreement=row.agreement,
        group=row.group,
        epoch=row.epoch,
        profile=manifest.profile,
        case=case_pseudonym(node, ServiceId(row.partner), opened.case),
        commitment=row.commitment,
        layer=newest.version,
        points=asked.points,
    )
    return _Again(newest, asked, request)


def _look_up(node: Node, again: _Again, answered: bytes, keys: list[bytes]) -> bool:
    """Look for the record keys in the index again; False when it is not here any more, or no answer was kept.

    Raises:
        PeerError: ``probe.audit-opened``, ``probe.proof``.
    """
    if not answered:
        return False
    newest, replicas, whole = again.newest, [], True
    for row in rows.replicas_from(node.alias, newest):
        try:
            replicas.append(open_replica(node, row))
        except NodeError:
            whole = False
    if not replicas:
        return False
    try:
        verify_opened(again.asked, answered, replicas, keys)
    except DeliveryError:
        return False
    except PeerError as error:
        # A key may stand in a layer that is gone.
        if error.code == "probe.audit-opened" and not whole:
            return False
        raise
    return True


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
    places = [padded[at : at + KEY_BYTES] for at in range(0, _KEYS_BYTES, KEY_BYTES)]
    return [place for place in places if any(place)]


def _openings(rid: str, keys: list[bytes], seed: bytes) -> exchange.OpeningRequest:
    points = exchange.ask_openings(keys, seed).elements
    return exchange.OpeningRequest(rid=rid, points=tuple(to_text(point) for point in points))
