"""The bundle for the authority: a dossier as files of canonical JSON under one seal, verified without a node.

Implements docs/protocol/oversight.md §5. Rules:

- exactly the members of `MEMBERS`, each its own canonical form;
- the seal, a signed note, names the digest of each member; it is by a key of the service's card in the bundle;
- the seal says who made the bundle and that nothing was changed since; what the exchange was is proven by the parts.

Attacks stopped: a member exchanged, dropped or added; a bundle of one service passed for another's; a dossier that
the partner's export contradicts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import ServiceId
from comity.core.crypto.encoding import from_text
from comity.core.evidence import note
from comity.core.evidence.export import ExportReport
from comity.core.evidence.trust import Anchors, Keyring
from comity.core.oversight.dossier import Dossier, read_dossier
from comity.core.oversight.judge import Judgement, judge
from comity.errors import InputError, PeerError

MEMBERS: dict[str, tuple[str, ...]] = {
    "exchange.json": (
        "format",
        "service",
        "partner",
        "regime",
        "subject",
        "made_at",
        "messages",
        "turns",
        "search",
    ),
    "agreements.json": ("agreements",),
    "receipts.json": ("batches",),
    "evidence.json": ("checkpoints", "entries", "pending"),
    "cards.json": ("cards",),
}
"""Which member of the dossier stands in which file."""

SEAL = "seal.txt"
MOST_BYTES = 64 * 1024 * 1024
"""Greatest size of all members together."""

_DEPTH = 8


def seal_origin(service: ServiceId) -> str:
    """Return the origin of the seal of a service's bundles."""
    return f"comity/{service}/bundle"


def write_members(dossier: Dossier) -> dict[str, bytes]:
    """Return the files of a dossier, without the seal."""
    whole = dossier.model_dump(mode="json")
    return {file: canonical.encode({name: whole[name] for name in names}) for file, names in MEMBERS.items()}


def seal_text(service: ServiceId, members: Mapping[str, bytes]) -> bytes:
    """Return what the service signs: its origin, how many files, the digest over the digest of each."""
    digests = {name: hashlib.sha256(octets).hexdigest() for name, octets in members.items()}
    root = hashlib.sha256(canonical.encode(digests)).digest()
    return note.checkpoint_text(note.Checkpoint(seal_origin(service), len(members), root))


def open_bundle(files: Mapping[str, bytes], anchors: Anchors | None = None) -> Judgement:
    """Verify a bundle, and decide what it holds again.

    Args:
        files: name to bytes; hostile.
        anchors: cards and fingerprints known from elsewhere.

    Raises:
        InputError: ``bundle.malformed``, ``bundle.seal``, ``evidence.card``, ``evidence.anchor``.
    """
    # 1. Exactly the files, each canonical, and together a dossier.
    if set(files) != {*MEMBERS, SEAL} or sum(map(len, files.values())) > MOST_BYTES:
        raise InputError("bundle.malformed", field="files")
    members = {name: files[name] for name in MEMBERS}
    dossier = read_dossier(_joined(members))
    try:
        # 2. Sealed by the service that it names.
        _verify_seal(dossier, members, files[SEAL], anchors or Anchors())
        # 3. What it proves.
        return judge(dossier, anchors)
    except (PeerError, ValueError) as error:
        raise InputError("bundle.malformed", field=getattr(error, "code", "part")) from None


def verify_against(found: Judgement, export: ExportReport) -> int:
    """Compare the states of the log in a bundle with what the partner's export says it countersigned.

    Args:
        found: a verified bundle.
        export: the partner's, verified; it holds the last state that the partner countersigned of each log.

    Returns:
        How many states were compared.

    Raises:
        InputError: ``bundle.contradicted``: the partner countersigned another state of the same size, or a state that
            covers an entry which the bundle shows as not covered.
    """
    seen = {(each.origin, each.size): each.root for each in export.witnessed}
    compared = 0
    for text in found.dossier.checkpoints:
        state = note.open_note(text).checkpoint
        known = seen.get((state.origin, state.size))
        if known is None:
            continue
        if known != state.root:
            raise InputError("bundle.contradicted", log=state.origin, size=state.size)
        compared += 1
    reached = {origin: max(size for of, size in seen if of == origin) for origin, _ in seen}
    for entry in found.dossier.entries:
        if entry.size is None and entry.number < reached.get(entry.log, 0):
            raise InputError("bundle.contradicted", log=entry.log, entry=entry.number)
    return compared


def _joined(members: Mapping[str, bytes]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for name, octets in members.items():
        try:
            value = canonical.decode(octets, limit=MOST_BYTES, depth=_DEPTH)
        except PeerError as error:
            raise InputError("bundle.malformed", field=f"{name}: {error.code}") from None
        if not isinstance(value, dict) or set(value) != set(MEMBERS[name]):
            raise InputError("bundle.malformed", field=name)
        whole |= value
    return whole


def _verify_seal(dossier: Dossier, members: Mapping[str, bytes], seal: bytes, anchors: Anchors) -> None:
    service = ServiceId(dossier.service)
    keys = Keyring([from_text(card) for card in dossier.cards], anchors)
    try:
        opened = note.open_note(seal.decode())
        if opened.text != seal_text(service, members):
            raise PeerError("evidence.note")
        note.verify_checkpoint(opened, keys.keys(service, dossier.regime))
    except (PeerError, UnicodeDecodeError):
        raise InputError("bundle.seal") from None
