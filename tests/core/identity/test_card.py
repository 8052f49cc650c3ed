"""Cards: what opens, what is refused, fingerprints, succession."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.crypto.agent import HeldKeys, TokenType
from comity.core.crypto.certificate import new_certificate
from comity.core.crypto.encoding import to_text
from comity.core.crypto.local import LocalKeys
from comity.core.identity.card import (
    SUITES,
    Card,
    PublishedKey,
    RegimeKeys,
    check_demo,
    endpoint_is_sound,
    open_card,
    open_signed_card,
    sign_card,
)
from comity.core.identity.fingerprint import WORDS, fingerprint, same_fingerprint
from comity.core.identity.succession import Succession, succession
from comity.core.instant import write_instant
from comity.errors import PeerError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
REGIMES = (Regime.POLICE, Regime.RETURN_IDENTIFICATION)
CERTIFICATE, _ = new_certificate("BE.police", ["127.0.0.1"], NOW, b"password")


def published(kid: str, public: bytes, since: datetime = NOW, until: datetime = NOW + YEAR) -> PublishedKey:
    return PublishedKey(
        kid=kid, public=to_text(public), not_before=write_instant(since), not_after=write_instant(until)
    )


def regime_keys(held: list[HeldKeys]) -> RegimeKeys:
    moments = [NOW + timedelta(hours=n) for n in range(len(held))]
    return RegimeKeys(
        sign=tuple(
            published(one.sign_kid, one.sign_public, at) for one, at in zip(held, moments, strict=True)
        ),
        seal=tuple(
            published(one.seal_kid, one.seal_public, at) for one, at in zip(held, moments, strict=True)
        ),
    )


def make(keys: LocalKeys, **changes: Any) -> Card:
    fields: dict[str, Any] = {
        "service": "BE.police",
        "name": "Federal Police",
        "country": "BE",
        "sequence": 1,
        "issued_at": write_instant(NOW),
        "demo": False,
        "endpoint": "https://node.example:8443",
        "tls": CERTIFICATE,
        "suites": SUITES,
        "regimes": {regime.value: regime_keys(keys.held_keys(regime)) for regime in REGIMES},
    }
    return Card(**{**fields, **changes})


def signed(keys: LocalKeys, card: Card) -> bytes:
    return sign_card(card, lambda regime, kid, payload: keys.sign_as(regime, kid, TokenType.CARD, payload))


KEYS = LocalKeys.generate(REGIMES, secrets.token_bytes)
CARD = make(KEYS)
OCTETS = signed(KEYS, CARD)


def refused(octets: bytes) -> str:
    with pytest.raises(PeerError) as caught:
        open_card(octets)
    return caught.value.code


def test_a_signed_card_opens() -> None:
    card = open_card(OCTETS)
    assert card == CARD
    assert card.signing_keys(Regime.POLICE, NOW) == {
        KEYS.public_keys(Regime.POLICE).sign_kid: KEYS.public_keys(Regime.POLICE).sign_public
    }
    sealing = card.sealing_key(Regime.POLICE, NOW)
    assert sealing is not None
    assert sealing.octets == KEYS.public_keys(Regime.POLICE).seal_public
    assert card.signing_keys(Regime.INTELLIGENCE, NOW) == {}
    assert len(card.pin) == 32


def test_keys_hold_only_in_their_time() -> None:
    for at in (NOW - timedelta(milliseconds=1), NOW + YEAR, NOW + 2 * YEAR):
        assert CARD.signing_keys(Regime.POLICE, at) == {}
        assert CARD.sealing_key(Regime.POLICE, at) is None
    assert CARD.signing_keys(Regime.POLICE, NOW + YEAR - timedelta(milliseconds=1))


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
@settings(max_examples=150)
def test_any_altered_byte_is_refused(where: int, change: int) -> None:
    altered = bytearray(OCTETS)
    altered[where % len(altered)] ^= change
    with pytest.raises(PeerError):
        open_card(bytes(altered))


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Other"},
        {"endpoint": "https://evil.example"},
        {"sequence": 2},
        {"demo": True},
        {"service": "BE.other"},
    ],
)
def test_any_altered_member_breaks_the_signatures(change: dict[str, Any]) -> None:
    document = json.loads(OCTETS)
    document["card"].update(change)
    assert refused(canonical.encode(document)) == "card.signature"


@pytest.mark.parametrize(
    "change",
    [
        {"country": "MA"},
        {"version": 2},
        {"sequence": 0},
        {"sequence": True},
        {"name": ""},
        {"name": "A\u202eB"},
        {"suites": ["ed25519"]},
        {"endpoint": "https://user@host"},
        {"endpoint": "ftp://host"},
        {"endpoint": "https://host/path"},
        {"tls": "nothing"},
        {"tls": CERTIFICATE + CERTIFICATE},
        {"regimes": {}},
        {"extra": 1},
        {"issued_at": "2026-11-23"},
    ],
)
def test_malformed_cards_are_refused(change: dict[str, Any]) -> None:
    document = json.loads(OCTETS)
    document["card"].update(change)
    assert refused(canonical.encode(document)) == "card.malformed"


def test_intelligence_stands_alone() -> None:
    document = json.loads(OCTETS)
    document["card"]["regimes"]["intelligence"] = document["card"]["regimes"].pop("police")
    assert refused(canonical.encode(document)) == "card.malformed"


def test_no_key_serves_two_regimes() -> None:
    document = json.loads(OCTETS)
    document["card"]["regimes"]["police"] = document["card"]["regimes"]["return-identification"]
    assert refused(canonical.encode(document)) == "card.malformed"


def test_every_signing_key_must_sign_once_and_no_other() -> None:
    document = json.loads(OCTETS)
    first, second = document["signatures"]
    for marks in ([first], [first, first], [first, second, second], [], [first, 1], "x", None):
        assert refused(canonical.encode({**document, "signatures": marks})).startswith("card.")
    assert refused(b"[]") == "card.malformed"
    assert refused(b"{") == "json.malformed"
    assert refused(b"x" * 70_000) == "json.too-large"


def test_the_fingerprint_has_twelve_words_and_depends_on_identity_and_keys() -> None:
    words = fingerprint(CARD)
    assert len(words) == WORDS
    assert fingerprint(open_card(OCTETS)) == words
    assert fingerprint(make(KEYS, name="Another name", sequence=2)) == words
    other = LocalKeys.generate(REGIMES, secrets.token_bytes)
    for card in (make(other), make(KEYS, service="BE.other"), make(KEYS, demo=True)):
        assert fingerprint(card) != words
    assert same_fingerprint(CARD, "  " + "  ".join(words).upper() + "\n")
    assert not same_fingerprint(CARD, " ".join([*words[:-1], "abandon" if words[-1] != "abandon" else "zoo"]))
    assert not same_fingerprint(CARD, "")


def test_demonstrations_and_real_services_stay_apart() -> None:
    check_demo(CARD, demo=False)
    check_demo(make(KEYS, demo=True), demo=True)
    with pytest.raises(PeerError, match=r"card\.demo"):
        check_demo(make(KEYS, demo=True), demo=False)
    with pytest.raises(PeerError, match=r"card\.not-demo"):
        check_demo(CARD, demo=True)


def test_a_card_renewed_by_the_newest_key_succeeds() -> None:
    keys = LocalKeys.generate(REGIMES, secrets.token_bytes)
    first = make(keys)
    keys.create_keys(Regime.POLICE)
    later = NOW + timedelta(hours=2)
    renewed = open_signed_card(signed(keys, make(keys, sequence=2, issued_at=write_instant(later))))
    assert succession(first, renewed, later) is Succession.ACCEPTED
    assert succession(renewed.card, renewed, later) is Succession.SAME
    # The retiring key alone can no longer renew.
    retiring = keys.held_keys(Regime.POLICE)[:1]
    prolonged = make(
        keys,
        sequence=3,
        issued_at=write_instant(later),
        regimes={
            "police": regime_keys(retiring),
            "return-identification": regime_keys(keys.held_keys(Regime.RETURN_IDENTIFICATION)),
        },
    )
    offered = open_signed_card(signed(keys, prolonged))
    assert succession(renewed.card, offered, later) is Succession.NEEDS_CONFIRMATION


def test_new_keys_regimes_or_expired_keys_need_confirmation() -> None:
    other = LocalKeys.generate(REGIMES, secrets.token_bytes)
    replaced = open_signed_card(signed(other, make(other, sequence=2)))
    assert succession(CARD, replaced, NOW) is Succession.NEEDS_CONFIRMATION
    renewed = open_signed_card(signed(KEYS, make(KEYS, sequence=2)))
    assert succession(CARD, renewed, NOW) is Succession.ACCEPTED
    assert succession(CARD, renewed, NOW + YEAR) is Succession.NEEDS_CONFIRMATION
    only = {"police": CARD.regimes["police"]}
    fewer = open_signed_card(signed(KEYS, make(KEYS, sequence=2, regimes=only)))
    assert succession(CARD, fewer, NOW) is Succession.NEEDS_CONFIRMATION
    assert succession(fewer.card, open_signed_card(signed(KEYS, make(KEYS, sequence=3))), NOW) is (
        Succession.NEEDS_CONFIRMATION
    )


def test_older_and_foreign_cards_are_refused() -> None:
    second = make(KEYS, sequence=2)
    for offered, code in (
        (CARD, "card.stale"),
        (make(KEYS, sequence=2, name="Same sequence"), "card.stale"),
        (make(KEYS, sequence=3, issued_at=write_instant(NOW - YEAR)), "card.stale"),
        (make(KEYS, sequence=3, service="BE.other"), "card.other-service"),
        (make(KEYS, sequence=3, demo=True), "card.other-service"),
    ):
        with pytest.raises(PeerError, match=code):
            succession(second, open_signed_card(signed(KEYS, offered)), NOW)


@pytest.mark.parametrize(
    ("url", "sound"),
    [
        ("https://node.example", True),
        ("https://node.example:8443/", True),
        ("https://[2001:db8::1]:8443", True),
        ("http://127.0.0.1:80", True),
        ("https://", False),
        ("https://a:b@node.example", False),
        ("https://node.example?x", False),
        ("https://node.example#x", False),
        ("https://node.example:0", False),
        ("https://node.example:99999", False),
        ("https://node example", False),
        ("file:///etc/passwd", False),
        ("//node.example", False),
        ("https://[", False),
    ],
)
def test_endpoints(url: str, sound: bool) -> None:
    assert endpoint_is_sound(url) is sound
