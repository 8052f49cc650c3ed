"""The manifest of an index: what it is for, how it is laid out, the digests of its parts, the key of its epoch.

Implements docs/protocol/probe.md §7. Signed by the issuer (JWS, type MANIFEST), sent as a message and entered in the
bilateral log; a replica is used only when every part has the digest that the manifest states.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from comity.core import canonical
from comity.core.codes.exchange import PurposeGroup, Regime
from comity.core.crypto.encoding import from_text
from comity.core.crypto.voprf.layout import OPENINGS, KeyClass
from comity.core.probe.retrieval import CELL_BYTES, Layout
from comity.core.probe.rules.commonness import MAX_LISTED, Commonness
from comity.core.probe.rules.profile import PROFILES, Profile
from comity.errors import PeerError

ROW_BYTES = 48
LABEL_BYTES = 8
MAX_SHARDS = 4096
MAX_PART_BYTES = 1 << 31
MAX_DELTAS = 32
"""Layers on top of a base: every search reads all of them."""

BASE = "base"
DELTA = "delta"

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Code = Annotated[str, Field(pattern=r"^[A-Z0]{1,40}$")]
Time = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$")]


class Shard(BaseModel):
    """One part of the retrieval table."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    digest: Digest
    seed: Annotated[int, Field(ge=0, le=63)]
    segment: Annotated[int, Field(ge=1, le=1 << 18)]
    segments: Annotated[int, Field(ge=1, le=1 << 20)]

    @property
    def layout(self) -> Layout:
        """Where the cells of a key lie."""
        return Layout(self.seed, self.segment, self.segments)

    @property
    def size(self) -> int:
        """Size in bytes."""
        return self.layout.cells * CELL_BYTES


class Gone(BaseModel):
    """The part of a delta that lists the labels of rows of earlier layers that are gone: sorted, padded."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    digest: Digest
    labels: Annotated[int, Field(ge=1, le=MAX_PART_BYTES // LABEL_BYTES)]

    @property
    def size(self) -> int:
        """Size in bytes."""
        return self.labels * LABEL_BYTES


class Manifest(BaseModel):
    """What the issuer publishes of one layer of an index: a base, or a delta on top of the layer before it.

    `rows` and the sizes of the shards are padded to 5 % steps; `keys` are the 32-byte public keys of the epoch, one for
    each class, base64url; `persons` and `common` are what both sides must know of common names, and stand in a base only;
    `gone` stands in a delta only; `previous` is the digest of the manifest before this one: the layer on which a delta
    lies, or the one that a base replaces, empty for the first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    v: Literal[1] = 1
    issuer: str
    partner: str
    regime: Annotated[str, Field(max_length=40)]
    group: Annotated[str, Field(max_length=40)]
    epoch: Annotated[int, Field(ge=1, le=1_000_000)]
    layer: Literal["base", "delta"] = "base"
    version: Annotated[int, Field(ge=1, le=1_000_000_000)]
    profile: Annotated[str, Field(max_length=40)]
    keys: dict[KeyClass, Annotated[str, Field(min_length=43, max_length=43)]]
    persons: Annotated[int, Field(ge=0, le=MAX_PART_BYTES)] = 0
    common: Annotated[dict[Code, Annotated[int, Field(ge=1)]], Field(max_length=MAX_LISTED)] = Field(
        default_factory=dict
    )
    shards: Annotated[tuple[Shard, ...], Field(min_length=1, max_length=MAX_SHARDS)]
    records: Digest
    rows: Annotated[int, Field(ge=1, le=MAX_PART_BYTES // ROW_BYTES)]
    gone: Gone | None = None
    created: Time
    valid_before: Time
    previous: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""

    def to_octets(self) -> bytes:
        """Return the canonical bytes that are signed."""
        return canonical.encode(self.model_dump(mode="json", exclude_none=True))

    @property
    def digest(self) -> str:
        """Name of this manifest: SHA-256 of its canonical bytes."""
        return canonical.digest(self.to_octets())

    @property
    def blob_context(self) -> bytes:
        """What blob keys are bound to: issuer, partner, regime, group, epoch, layer and version."""
        parts = (
            self.issuer,
            self.partner,
            self.regime,
            self.group,
            str(self.epoch),
            self.layer,
            str(self.version),
        )
        return "|".join(parts).encode()

    @property
    def scope(self) -> tuple[object, ...]:
        """What all layers of one chain have in common."""
        keys = tuple(sorted(self.keys.items()))
        parties = (self.issuer, self.partner, self.regime, self.group)
        return (*parties, self.epoch, self.profile, keys, self.valid_before)

    @property
    def publics(self) -> dict[KeyClass, bytes]:
        """Return the public key of each class.

        Raises:
            PeerError: ``encoding.malformed``.
        """
        return {key_class: from_text(key) for key_class, key in self.keys.items()}

    @property
    def commonness(self) -> Commonness:
        """Return what is said of common names."""
        return Commonness(self.persons, self.common)

    @property
    def rules(self) -> Profile:
        """Return the profile of rules.

        Raises:
            PeerError: ``probe.profile``: this version does not know it.
        """
        found = PROFILES.get(self.profile)
        if found is None:
            raise PeerError("probe.profile")
        return found

    def parts(self) -> dict[str, int]:
        """Return the digest and the size in bytes of every part: shards, record table, labels that are gone."""
        tables = {**{shard.digest: shard.size for shard in self.shards}, self.records: self.rows * ROW_BYTES}
        return tables if self.gone is None else {**tables, self.gone.digest: self.gone.size}


def open_manifest(
    octets: bytes, *, issuer: str, partner: str, regime: Regime, group: PurposeGroup
) -> Manifest:
    """Parse a manifest whose signature was verified, and check that it is meant for us.

    Raises:
        PeerError: ``probe.manifest-malformed``, ``probe.manifest-wrong`` or an error of `canonical.decode`.
    """
    # 1. Canonical JSON of the known shape.
    try:
        found = Manifest.model_validate_json(
            canonical.encode(canonical.decode(octets, limit=4 * 1024 * 1024))
        )
    except ValidationError:
        raise PeerError("probe.manifest-malformed") from None
    # 2. For this issuer, this partner, this regime and this purpose group.
    if (found.issuer, found.partner, found.regime, found.group) != (
        issuer,
        partner,
        regime.value,
        group.value,
    ):
        raise PeerError("probe.manifest-wrong")
    # 3. Of a profile that we understand, with a key for each of its classes.
    if found.profile not in PROFILES:
        raise PeerError("probe.profile")
    if set(found.keys) != set(key_classes(PROFILES[found.profile])):
        raise PeerError("probe.manifest-malformed")
    # 4. A delta lies on another layer, lists what is gone, and leaves what is said of common names to its base.
    if found.layer == DELTA:
        whole = bool(found.previous) and found.gone is not None and not found.persons and not found.common
    else:
        whole = found.gone is None
    if not whole:
        raise PeerError("probe.manifest-malformed")
    return found


def verify_chain(layers: Sequence[Manifest]) -> None:
    """Refuse layers that are not one chain: a base, then deltas, each on the one before it.

    Args:
        layers: in their order, each from `open_manifest`.

    Raises:
        PeerError: ``probe.manifest-chain``.
    """
    base = layers[0] if layers else None
    # 1. It begins with a base, which nothing but deltas follow, and not too many.
    if base is None or base.layer != BASE or len(layers) > MAX_DELTAS + 1:
        raise PeerError("probe.manifest-chain")
    for before, layer in pairwise(layers):
        # 2. Each lies on the layer before it and on no other, and is newer.
        lies_on = layer.layer == DELTA and layer.previous == before.digest and layer.version > before.version
        # 3. It has the scope, the epoch, the rules, the keys and the end of its base.
        if not lies_on or layer.scope != base.scope:
            raise PeerError("probe.manifest-chain")


def key_classes(profile: Profile) -> tuple[KeyClass, ...]:
    """Return the classes of keys of an epoch: those of the searches, then that of the openings."""
    layouts = (profile.layout, OPENINGS)
    return tuple(key_class for layout in layouts for key_class, _ in layout.slots)
