"""The card of a service: its identity, endpoint, certificate, suites and public keys, signed by all of its keys.

Implements docs/protocol/identity.md §1. Rules:

- the whole is canonical JSON: ``{"card": {...}, "signatures": [jws, ...]}``; each JWS (``comity-card+jws``) signs the
  SHA-256 of the card's own canonical bytes;
- every published signing key signs, and no other: who publishes a key proves that he holds it;
- no key serves two regimes, and `intelligence` stands alone.

Opening a card proves only that it is whole. Whether it belongs to the service is proven by the fingerprint, which
an administrator compares over another way (`fingerprint`), or by succession (`succession`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from comity.core import canonical
from comity.core.codes.exchange import Regime, ServiceId, service_id
from comity.core.crypto import seal, signature
from comity.core.crypto.agent import TokenType
from comity.core.crypto.certificate import certificate_pin
from comity.core.crypto.encoding import from_text, key_id
from comity.core.instant import Instant, read_instant
from comity.errors import ComityError, PeerError

MAX_CARD_BYTES = 65_536
MAX_KEYS = 4
"""Signing (or sealing) keys of one regime at one time: active, next and two that retire."""

SIGNING = "ed25519"
PROBING = "voprf-ristretto255-sha512"
SUITES: tuple[str, ...] = (SIGNING, seal.SUITE, PROBING)
"""What this version speaks; a card must offer all of them."""

Text = Annotated[
    str,
    Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]+$"),
]
_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)
_HOST = re.compile(r"^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])$")


class PublishedKey(BaseModel):
    """A public key and when it holds: from `not_before` up to, not including, `not_after`."""

    model_config = _STRICT
    kid: str
    public: Annotated[str, Field(max_length=2048)]
    not_before: str
    not_after: str

    @model_validator(mode="after")
    def _check(self) -> Self:
        _sound(lambda: read_instant(self.not_before) < read_instant(self.not_after))
        _sound(lambda: key_id(from_text(self.public)) == self.kid)
        return self

    @property
    def octets(self) -> bytes:
        """The raw public key."""
        return from_text(self.public)

    def holds(self, at: Instant) -> bool:
        """Tell whether the key holds at an instant."""
        return read_instant(self.not_before) <= at < read_instant(self.not_after)


def newest(keys: Sequence[PublishedKey]) -> PublishedKey:
    """Return the key that began last; of several, the one that is published last."""
    return sorted(keys, key=lambda key: key.not_before)[-1]


class RegimeKeys(BaseModel):
    """The keys of one regime, oldest first."""

    model_config = _STRICT
    sign: Annotated[tuple[PublishedKey, ...], Field(min_length=1, max_length=MAX_KEYS, strict=False)]
    seal: Annotated[tuple[PublishedKey, ...], Field(min_length=1, max_length=MAX_KEYS, strict=False)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        for key in self.sign:
            _sound(lambda key=key: _usable(key.octets))  # type: ignore[misc]  # a default binds the loop's value
        for key in self.seal:
            _sound(lambda key=key: seal.open_public(key.octets) is not None)  # type: ignore[misc]  # a default binds the loop's value
        return self


class Card(BaseModel):
    """What a service publishes of itself.

    Args:
        sequence: 1 for the first card, greater in each successor.
        tls: PEM of the one certificate of its endpoint, also its client certificate.
        demo: a demonstration; only other demonstrations speak with it.
    """

    model_config = _STRICT
    version: Literal[1] = 1
    service: str
    name: Text
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    sequence: Annotated[int, Field(ge=1, le=2**31)]
    issued_at: str
    demo: bool
    endpoint: Annotated[str, Field(max_length=400)]
    tls: Annotated[str, Field(max_length=8192)]
    suites: Annotated[tuple[str, ...], Field(max_length=16, strict=False)]
    regimes: Annotated[dict[str, RegimeKeys], Field(min_length=1, max_length=len(Regime))]

    @model_validator(mode="after")
    def _check(self) -> Self:
        _sound(lambda: service_id(self.service)[:2] == self.country)
        _sound(lambda: read_instant(self.issued_at) is not None)
        _sound(lambda: len(certificate_pin(self.tls)) == 32)
        _sound(lambda: set(SUITES) <= set(self.suites) and len(set(self.suites)) == len(self.suites))
        _sound(lambda: all(Regime(name) for name in self.regimes))
        _sound(lambda: Regime.INTELLIGENCE.value not in self.regimes or len(self.regimes) == 1)
        publics = [key.public for keys in self.regimes.values() for key in (*keys.sign, *keys.seal)]
        _sound(lambda: len(set(publics)) == len(publics))
        _sound(lambda: endpoint_is_sound(self.endpoint))
        return self

    @property
    def service_id(self) -> ServiceId:
        """The service."""
        return ServiceId(self.service)

    @property
    def issued(self) -> Instant:
        """When it was issued."""
        return read_instant(self.issued_at)

    @property
    def pin(self) -> bytes:
        """SHA-256 of the DER form of the endpoint's certificate."""
        return certificate_pin(self.tls)

    def regime_keys(self, regime: Regime) -> RegimeKeys | None:
        """Return the keys of a regime, None where the service does not work under it."""
        return self.regimes.get(regime.value)

    def signing_keys(self, regime: Regime, at: Instant) -> dict[str, bytes]:
        """Return the signing keys of a regime that hold at an instant, by key identifier."""
        keys = self.regime_keys(regime)
        return {key.kid: key.octets for key in keys.sign if key.holds(at)} if keys else {}

    def sealing_key(self, regime: Regime, at: Instant) -> PublishedKey | None:
        """Return the newest sealing key of a regime that holds at an instant."""
        keys = self.regime_keys(regime)
        held = [key for key in keys.seal if key.holds(at)] if keys else []
        return newest(held) if held else None

    def octets(self) -> bytes:
        """Return the canonical bytes, whose digest is signed."""
        return canonical.encode(self.model_dump(mode="json"))


@dataclass(frozen=True, slots=True)
class SignedCard:
    """A card whose signatures were all verified, and its exact bytes."""

    card: Card
    octets: bytes


def sign_card(card: Card, sign: Callable[[Regime, str, bytes], str]) -> bytes:
    """Return the bytes of a signed card.

    Args:
        sign: given regime, key identifier and payload, returns a JWS of type `TokenType.CARD`.
    """
    payload = _payload(card.octets())
    marks = [
        sign(Regime(name), key.kid, payload)
        for name, keys in sorted(card.regimes.items())
        for key in keys.sign
    ]
    return canonical.encode({"card": card.model_dump(mode="json"), "signatures": marks})


def open_signed_card(octets: bytes) -> SignedCard:
    """Read a card and verify that every published signing key signed it.

    Raises:
        PeerError: ``card.malformed``, ``card.signature``, ``json.*``.
    """
    # 1. Canonical JSON of the one form.
    document = canonical.decode(octets, limit=MAX_CARD_BYTES, depth=8)
    if not isinstance(document, dict) or set(document) != {"card", "signatures"}:
        raise PeerError("card.malformed")
    card, marks = _parse(document["card"]), document["signatures"]
    # 2. One signature by each published signing key, and no other.
    publics = {key.kid: key.octets for keys in card.regimes.values() for key in keys.sign}
    if not isinstance(marks, list) or len(marks) != len(publics):
        raise PeerError("card.signature")
    payload = _payload(card.octets())
    _verify_marks(marks, publics, payload)
    return SignedCard(card, octets)


def open_card(octets: bytes) -> Card:
    """Read and verify a card; its fingerprint is still to be confirmed.

    Raises:
        PeerError: ``card.malformed``, ``card.signature``, ``json.*``.
    """
    return open_signed_card(octets).card


def check_demo(card: Card, demo: bool) -> None:
    """Keep demonstrations and real services apart.

    Raises:
        PeerError: ``card.demo`` when a real node meets a demonstration; ``card.not-demo`` the other way round.
    """
    if card.demo and not demo:
        raise PeerError("card.demo")
    if demo and not card.demo:
        raise PeerError("card.not-demo")


def endpoint_is_sound(url: str) -> bool:
    """Tell whether an endpoint is a bare http(s) URL: host, port, no user, no path, no query."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = parts.netloc.rsplit(":", 1)[0] if port is not None else parts.netloc
    bare = parts.path in ("", "/") and not parts.query and not parts.fragment and "@" not in parts.netloc
    return (
        parts.scheme in ("https", "http")
        and bare
        and bool(_HOST.fullmatch(host))
        and (port is None or port > 0)
    )


def _verify_marks(marks: Sequence[Any], publics: Mapping[str, bytes], payload: bytes) -> None:
    seen: set[str] = set()
    for mark in marks:
        if not isinstance(mark, str):
            raise PeerError("card.malformed")
        try:
            verified = signature.verify_jws(mark, typ=TokenType.CARD, keys=publics)
        except PeerError:
            raise PeerError("card.signature") from None
        if verified.payload != payload:
            raise PeerError("card.signature")
        seen.add(verified.kid)
    if seen != set(publics):
        raise PeerError("card.signature")


def _payload(octets: bytes) -> bytes:
    return canonical.encode({"card": canonical.digest(octets)})


def _parse(value: Any) -> Card:
    try:
        return Card.model_validate(value)
    except ValidationError:
        raise PeerError("card.malformed") from None


def _usable(public: bytes) -> bool:
    signature.check_public(public)
    return True


def _sound(check: Callable[[], bool]) -> None:
    """Turn any reason against a value into the one that pydantic understands."""
    try:
        sound = check()
    except (ComityError, ValueError):
        sound = False
    if not sound:
        raise ValueError("unsound")
