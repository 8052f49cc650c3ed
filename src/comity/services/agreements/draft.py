"""Draft an agreement from a pack or a source file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from comity.core import canonical
from comity.core.agreement.model import agreement_hash, write_agreement
from comity.core.agreement.source import compile_source, read_source
from comity.core.codes.exchange import ServiceId
from comity.core.codes.marks import Role
from comity.core.evidence.event import Event, Internal
from comity.errors import InputError
from comity.services.agreements import store
from comity.services.agreements.packs import PACKS, read_pack
from comity.services.agreements.standing import find_agreement
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.storage.transaction import atomic

MAX_CHAIN = 16


def draft(
    node: Node,
    actor: Actor,
    theirs: ServiceId,
    *,
    pack: str | None = None,
    source: str | None = None,
    valid_from: date | None = None,
    valid_until: date | None = None,
    predecessor: str | None = None,
) -> str:
    """Compile an agreement between this service and another one and keep it as a draft.

    Args:
        theirs: the other party; need not be a confirmed partner yet.
        pack: name of a shipped pack; or
        source: TOML text.
        valid_from: first day, instead of the source's; valid_until: last day.
        predecessor: code or hash of the agreement it supersedes, instead of the source's.

    Returns:
        Hash of the agreement; drafting the same again gives the same.

    Raises:
        InputError: ``agreement.source-*``, ``agreement.pack-unknown``, ``agreement.no-source``,
            ``agreement.not-found``.
        Refused: ``actor.person``, ``actor.role``, ``agreement.parties``, ``agreement.regime``.
    """
    store.require_person(actor)
    if (pack is None) == (source is None):
        raise InputError("agreement.no-source")
    document = read_pack(pack) if pack is not None else read_source(source or "")
    parties = (node.service, theirs)
    before = (
        find_agreement(node, predecessor) if predecessor else _predecessor(node, document, parties, MAX_CHAIN)
    )
    agreement = compile_source(
        document, parties=parties, predecessor=before, valid_from=valid_from, valid_until=valid_until
    )
    actor.require(agreement.regime, Role.ADMINISTRATOR, Role.HEAD_OF_DESK)
    partner = store.counterpart(node, agreement)
    octets = write_agreement(agreement)
    name = agreement_hash(octets)
    with atomic(node.alias):
        if store.keep(node, agreement, octets, partner=partner, proposed_at=None):
            committed = canonical.encode({"actor": actor.name, "agreement": name})
            record(node, Internal(), Event("agreement.drafted", node.clock(), {"agreement": name}, committed))
    return name


def _predecessor(
    node: Node, document: Mapping[str, Any], parties: tuple[ServiceId, ServiceId], left: int
) -> str | None:
    """Return the hash that a source's predecessor names: a hash, an agreement known here, or another pack."""
    named = document.get("predecessor")
    if named is None:
        return None
    if not isinstance(named, str) or left == 0:
        raise InputError("agreement.source-field", field="predecessor")
    if named not in PACKS:
        return named if len(named) == 64 else find_agreement(node, named)
    older = read_pack(named)
    before = _predecessor(node, older, parties, left - 1)
    return agreement_hash(write_agreement(compile_source(older, parties=parties, predecessor=before)))
