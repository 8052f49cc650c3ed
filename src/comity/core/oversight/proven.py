"""What the proofs of a dossier show: which agreements are signed, which entries stand in the countersigned log.

Implements docs/protocol/oversight.md §3. Nothing here believes the service that made the dossier: agreements count by
the signatures of both parties, entries by a state of the log that the partner countersigned, receipts by the partner's
signature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from comity.core.agreement.model import agreement_hash, open_agreement
from comity.core.agreement.profile import StatusChange
from comity.core.agreement.standing import AgreementStanding, Stop, successor_of
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.agent import TokenType
from comity.core.crypto.encoding import from_text
from comity.core.crypto.signature import unverified_kid, verify_jws
from comity.core.envelope.batch import Manifest
from comity.core.envelope.fields import read_document
from comity.core.envelope.limits import MANIFEST_BYTES, MANIFEST_DEPTH, RECEIPT_BYTES, RECEIPT_DEPTH
from comity.core.envelope.receipt import Receipt, SentBatch, verify_receipt
from comity.core.evidence import note
from comity.core.evidence.countersigned import verify_countersigned
from comity.core.evidence.event import Bilateral, Leaf, read_leaf
from comity.core.evidence.proofs import verify_inclusion
from comity.core.evidence.tree import leaf_hash
from comity.core.evidence.trust import Keyring
from comity.core.instant import Instant
from comity.core.oversight.dossier import Dossier, ShownAgreement, ShownBatch, Way
from comity.errors import PeerError


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold.

    Args:
        code: what is wrong; a code with a sentence.
        at: message, entry or agreement concerned.
        note: what stands there instead, e.g. the code of the other decision.
    """

    code: str
    at: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the log that was read: since when it is countersigned, None while only the service's word stands."""

    log: str
    number: int
    leaf: Leaf
    covered_at: Instant | None


@dataclass(frozen=True, slots=True)
class ProvenReceipt:
    """What a verified receipt says: when the batch was received, the digest of its manifest, the outcome of each message."""

    received_at: Instant
    manifest: str
    outcomes: Mapping[str, str | None]


def scope_of(dossier: Dossier) -> Bilateral:
    """Return the log in which the exchange stands."""
    return Bilateral(ServiceId(dossier.partner), dossier.regime)


def proven_agreements(
    dossier: Dossier, keys: Keyring, entries: tuple[Entry, ...]
) -> tuple[dict[str, AgreementStanding], list[Finding]]:
    """Return the agreements by hash, each with its verified signatures, stops and successors."""
    alone: dict[str, AgreementStanding] = {}
    findings: list[Finding] = []
    for shown in dossier.agreements:
        octets = from_text(shown.document)
        name, agreement = agreement_hash(octets), open_agreement(octets)
        signed: dict[str, Instant] = {}
        for each in shown.signatures:
            if _signed(octets, each.token, ServiceId(each.party), agreement.regime, each.signed_at, keys):
                signed[each.party] = each.signed_at
            else:
                findings.append(Finding("bundle.agreement-signature", name, each.party))
        stops = tuple(Stop(each.kind, ServiceId(each.by), each.at, each.until) for each in shown.stops)
        findings += _unproven_stops(name, shown, entries)
        changes = tuple(
            StatusChange(each.country, each.kind, each.name, each.effect, each.at) for each in shown.changes
        )
        alone[name] = AgreementStanding(agreement, name, signed, True, stops, changes=changes)
    whole = {name: _with_successors(one, alone) for name, one in alone.items()}
    return whole, findings


def _with_successors(one: AgreementStanding, every: Mapping[str, AgreementStanding]) -> AgreementStanding:
    heirs = [each for each in every.values() if each.agreement.predecessor == one.hash]
    found = [heir for each in heirs if (heir := successor_of(each, one.agreement)) is not None]
    return replace(one, successors=tuple(found))


def _signed(octets: bytes, token: str, party: ServiceId, regime: Regime, at: Instant, keys: Keyring) -> bool:
    """Whether a party signed exactly these bytes, by a key that held then."""
    try:
        kid = unverified_kid(token)
        payload = verify_jws(token, typ=TokenType.AGREEMENT, keys=keys.keys(party, regime)).payload
    except PeerError:
        return False
    return payload == octets and keys.held(party, regime, kid, at)


def _unproven_stops(name: str, shown: ShownAgreement, entries: tuple[Entry, ...]) -> list[Finding]:
    """Return the stops of which the log says nothing: a stop invented later would excuse or accuse."""
    kinds = {"suspend": "agreement.suspended", "terminate": "agreement.terminated"}
    logged = {
        (each.leaf.kind, each.leaf.facts.get("by"))
        for each in entries
        if each.leaf.facts.get("agreement") == name
    }
    missing = [each for each in shown.stops if (kinds[each.kind.value], each.by) not in logged]
    return [Finding("bundle.stop-unproven", name, each.by) for each in missing]


def proven_entries(dossier: Dossier, keys: Keyring) -> tuple[tuple[Entry, ...], list[Finding]]:
    """Return the entries, each shown to stand in a countersigned state of the log, and what does not hold."""
    states, findings = _states(dossier, keys)
    found: list[Entry] = []
    for each in dossier.entries:
        octets = from_text(each.leaf)
        leaf = read_leaf(octets)
        where = f"{each.log}#{each.number}"
        if each.size is None:
            found.append(Entry(each.log, each.number, leaf, None))
            continue
        state = states.get((each.log, each.size))
        if state is None:
            findings.append(Finding("bundle.entry-unproven", where))
            continue
        root, covered_at = state
        try:
            proof = [bytes.fromhex(step) for step in each.proof]
            verify_inclusion(leaf_hash(octets), each.number, each.size, proof, root)
        except PeerError:
            findings.append(Finding("bundle.entry-unproven", where))
            continue
        found.append(Entry(each.log, each.number, leaf, covered_at))
    return tuple(found), findings


def _states(
    dossier: Dossier, keys: Keyring
) -> tuple[dict[tuple[str, int], tuple[bytes, Instant]], list[Finding]]:
    service, scope = ServiceId(dossier.service), scope_of(dossier)
    states: dict[tuple[str, int], tuple[bytes, Instant]] = {}
    findings: list[Finding] = []
    for text in dossier.checkpoints:
        opened = note.open_note(text)
        found = opened.checkpoint
        try:
            note.read_origin(found.origin, service, scope)
            covered_at = verify_countersigned(keys, service, scope, opened)
        except PeerError as error:
            findings.append(Finding(error.code, found.origin, str(found.size)))
            continue
        if covered_at is not None:
            states[found.origin, found.size] = (found.root, covered_at)
    return states, findings


def proven_receipts(
    dossier: Dossier, keys: Keyring, entries: tuple[Entry, ...]
) -> tuple[dict[str, ProvenReceipt], list[Finding]]:
    """Return the receipts of batches: the partner's by its signature, our own by the entry that fixed them."""
    found: dict[str, ProvenReceipt] = {}
    findings: list[Finding] = []
    for each in dossier.batches:
        try:
            receipt = _sent(dossier, each, keys) if each.way is Way.OUT else _given(dossier, each, entries)
        except PeerError as error:
            findings.append(Finding("bundle.receipt", each.batch, error.code))
            continue
        outcomes = {outcome.id: outcome.code for outcome in receipt.outcomes}
        found[each.batch] = ProvenReceipt(receipt.received_at, receipt.manifest, outcomes)
    return found, findings


def _sent(dossier: Dossier, shown: ShownBatch, keys: Keyring) -> Receipt:
    octets = from_text(shown.manifest or "")
    manifest = read_document(
        Manifest, octets, code="envelope.manifest", limit=MANIFEST_BYTES, depth=MANIFEST_DEPTH
    )
    sent = SentBatch(
        batch=manifest.id,
        digest=agreement_hash(octets),
        sender=ServiceId(dossier.service),
        recipient=ServiceId(dossier.partner),
        regime=dossier.regime,
        messages=tuple(entry.header.id for entry in manifest.messages),
    )
    return verify_receipt(shown.receipt, sent, keys.keys(ServiceId(dossier.partner), dossier.regime))


def _given(dossier: Dossier, shown: ShownBatch, entries: tuple[Entry, ...]) -> Receipt:
    """Return a receipt that the service gave; it counts by the entry that it made in the same transaction."""
    receipt = read_document(
        Receipt,
        from_text(shown.receipt),
        code="receipt.malformed",
        limit=RECEIPT_BYTES,
        depth=RECEIPT_DEPTH,
    )
    whole = (receipt.batch, receipt.sender, receipt.recipient, receipt.regime)
    facts = [each.leaf.facts for each in entries if each.leaf.kind == "batch.accepted"]
    logged = any(one.get("batch") == shown.batch and one.get("manifest") == receipt.manifest for one in facts)
    if whole != (shown.batch, dossier.service, dossier.partner, dossier.regime) or not logged:
        raise PeerError("receipt.other-batch")
    return receipt
