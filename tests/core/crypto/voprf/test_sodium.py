"""The library is refused when it is absent or too old; secrets are wiped and go nowhere."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from comity.core.crypto.voprf import client, sodium
from comity.core.crypto.voprf.sodium import ORDER, Secret
from comity.errors import NodeError

ONE = b"\1" + bytes(31)


@pytest.fixture
def _unloaded() -> Iterator[None]:
    sodium.library.cache_clear()
    yield
    sodium.library.cache_clear()


@pytest.mark.usefixtures("_unloaded")
def test_absent_library_is_refused_until_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sodium, "SONAMES", ("libsodium.so.0", "libnowhere.so"))
        with pytest.raises(NodeError, match=r"^probe\.sodium-missing"):
            client.blind(b"x", Secret.of(ONE))
        with pytest.raises(NodeError, match=r"^probe\.sodium-missing"):
            sodium.require()
    assert sodium.require()


class Old(SimpleNamespace):
    """A library that knows its version and little else."""


@pytest.mark.usefixtures("_unloaded")
@pytest.mark.parametrize("version", [b"1.0.17", b"0.9.99", b"1.0", b"junk", b"1.0.18"])
def test_old_library_is_refused(monkeypatch: pytest.MonkeyPatch, version: bytes) -> None:
    """The last of them claims the right version and has no ristretto255 (a minimal build)."""

    def told() -> bytes:
        return version

    monkeypatch.setattr(sodium, "_load", lambda: Old(sodium_version_string=told))
    with pytest.raises(NodeError, match=r"^probe\.sodium-old") as raised:
        sodium.require()
    assert raised.value.facts == {"found": version.decode(), "least": "1.0.18"}


def test_secrets_are_not_shown_stored_or_copied() -> None:
    secret = Secret.of(b"\7" * 32)
    assert "7" not in repr(secret)
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(secret)


def test_secrets_are_wiped() -> None:
    secret = Secret.of(b"\7" * 32)
    buffer = secret.buffer
    secret.wipe()
    assert buffer.raw == bytes(32)
    secret = Secret.of(b"\7" * 32)
    buffer = secret.buffer
    del secret
    assert buffer.raw == bytes(32)


def test_wide_secrets_are_wiped_where_they_are_reduced() -> None:
    wide = sodium.digest_secret(b"one", b"two")
    assert wide.raw != bytes(64)
    assert sodium.reduced_secret(wide).revealed() != bytes(32)
    assert wide.raw == bytes(64)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_sizes_are_checked_before_the_library_reads(size: int) -> None:
    point = bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76")
    wrong = bytes(size)
    calls = [
        lambda: sodium.multiply(wrong, point),
        lambda: sodium.multiply(ONE, wrong),
        lambda: sodium.multiply_generator(wrong),
        lambda: sodium.add(wrong, point),
        lambda: sodium.add(point, wrong),
        lambda: sodium.from_uniform(wrong[:63]),
        lambda: sodium.reduced(wrong[:63]),
        lambda: sodium.times(wrong, ONE),
        lambda: sodium.minus(ONE, wrong),
        lambda: sodium.inverse(wrong),
        lambda: Secret.of(wrong),
    ]
    for call in calls:
        with pytest.raises(ValueError, match="bytes are needed"):
            call()


def test_scalars_of_the_wire_are_canonical() -> None:
    assert sodium.is_scalar((ORDER - 1).to_bytes(32, "little"))
    assert not sodium.is_scalar(ORDER.to_bytes(32, "little"))
    assert not sodium.is_scalar(bytes(31))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 16])
def test_inverses_of_many_are_the_inverses_of_each(count: int) -> None:
    scalars = [Secret.of((number + 2).to_bytes(32, "little")) for number in range(count)]
    found = [one.revealed() for one in client.inverses(scalars)]
    assert found == [pow(number + 2, -1, ORDER).to_bytes(32, "little") for number in range(count)]
