"""Leaves and commitments."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.evidence.event import (
    Bilateral,
    Event,
    Internal,
    commit,
    read_leaf,
    read_scope,
    scope_key,
    verify_commitment,
    write_leaf,
)
from comity.errors import PeerError

AT = datetime(2026, 11, 23, 20, 15, 0, 123000, tzinfo=UTC)


def test_leaf_bytes_are_fixed() -> None:
    """A change of these bytes breaks every log in existence."""
    event = Event("message.sent", AT, {"message": "01ab", "bytes": 17})
    assert write_leaf(event, None) == (
        b'{"at":"2026-11-23T20:15:00.123Z","commitment":null,"facts":{"bytes":17,"message":"01ab"},'
        b'"kind":"message.sent","v":1}'
    )


def test_commitment_is_hmac_sha256() -> None:
    """RFC 4231 §4.2 has a 20-byte key; zero-padding it to 32 bytes gives the same HMAC."""
    salt = b"\x0b" * 20 + bytes(12)
    expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    assert commit(salt, b"Hi There") == expected
    verify_commitment(expected, salt, b"Hi There")
    with pytest.raises(PeerError, match=r"evidence\.commitment"):
        verify_commitment(expected, salt, b"Hi there")
    with pytest.raises(PeerError):
        verify_commitment(expected, b"short", b"Hi There")


def test_a_leaf_shows_nothing_of_what_it_commits_to() -> None:
    event = Event("subject.read", AT, {"subject": "ab"}, b"Yasmina Ait Lahcen")
    leaf = write_leaf(event, b"s" * 32)
    assert b"Yasmina" not in leaf
    assert write_leaf(event, b"t" * 32) != leaf
    assert read_leaf(leaf).commitment == commit(b"s" * 32, b"Yasmina Ait Lahcen")


@pytest.mark.parametrize(
    "event",
    [
        Event("message", AT, {}),
        Event("Message.sent", AT, {}),
        Event("message.sent", AT, {"Name": "x"}),
        Event("message.sent", AT, {"a": "x" * 201}),
        Event("message.sent", AT, {"a": 2**53}),
        Event("message.sent", AT, {"a": True}),
        Event("message.sent", AT, {f"f{n}": 1 for n in range(25)}),
    ],
)
def test_malformed_events_are_bugs(event: Event) -> None:
    with pytest.raises(ValueError, match="malformed"):
        write_leaf(event, None)


def test_salt_and_commitment_belong_together() -> None:
    with pytest.raises(ValueError, match="salt"):
        write_leaf(Event("a.b", AT, {}, b"x"), None)
    with pytest.raises(ValueError, match="salt"):
        write_leaf(Event("a.b", AT, {}), b"s" * 32)
    with pytest.raises(ValueError, match="32"):
        write_leaf(Event("a.b", AT, {}, b"x"), b"s" * 31)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"[]",
        b'{"v":1}',
        b'{"at":"2026-11-23T20:15:00.123Z","commitment":"xy","facts":{},"kind":"a.b","v":1}',
        b'{"at":"2026-11-23T20:15:00Z","commitment":null,"facts":{},"kind":"a.b","v":1}',
        b'{"at":"2026-11-23T20:15:00.123Z","commitment":null,"facts":{},"kind":"a.b","v":2}',
        b'{"at":"2026-11-23T20:15:00.123Z","commitment":null,"facts":{"a":{}},"kind":"a.b","v":1}',
        b'{"at":"2026-11-23T20:15:00.123Z","commitment":null,"facts":{},"kind":"a.b", "v":1}',
    ],
)
def test_malformed_leaves_are_refused(octets: bytes) -> None:
    with pytest.raises(PeerError, match=r"evidence\.leaf"):
        read_leaf(octets)


def test_scopes_have_names() -> None:
    scope = Bilateral(ServiceId("MA.police"), Regime.POLICE)
    assert scope_key(scope) == "bilateral/MA.police/police"
    assert read_scope(scope_key(scope)) == scope
    assert read_scope(scope_key(Internal())) == Internal()
    with pytest.raises(ValueError, match="scope"):
        read_scope("other/MA.police/police")


def test_the_key_under_which_a_salt_is_destroyed() -> None:
    assert Event("a.b", AT, {"message": "m", "thread": "t"}).key == "m"
    assert Event("a.b", AT, {"message": "m", "subject": "s"}).key == "s"
    assert Event("a.b", AT, {"message": "m"}, b"x", "probe:1").key == "probe:1"
    assert Event("a.b", AT, {}).key == ""
