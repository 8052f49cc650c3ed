"""A fixed search: two classes of tokens in use, one empty, and the keys of the issuer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b, sha512

from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.crypto import oprf
from comity.core.crypto.agent import Evaluation, ProbeKeyId
from comity.core.crypto.voprf import server, sodium
from comity.core.crypto.voprf.layout import KeyClass, SlotLayout

SEED = bytes(range(32))


def key_id(key_class: KeyClass) -> ProbeKeyId:
    """Return the name of the issuer's key of a class."""
    return ProbeKeyId(ServiceId("BE.police"), Regime.POLICE, PurposeGroup.WANTED, 7, key_class)


def key_seed(key_class: KeyClass) -> bytes:
    """Return the seed of that key."""
    return sha512(b"seed of " + key_class.encode()).digest()[:32]


def pair(key_class: KeyClass) -> server.KeyPair:
    """Return that key."""
    return server.derive_key_pair(key_seed(key_class), oprf.key_context(key_id(key_class)))


def token(text: str) -> bytes:
    """Return a token of a value; the real rules stand in the profile."""
    return blake2b(text.encode(), digest_size=32, person=b"CP1-token").digest()


TOKENS: dict[KeyClass, list[bytes]] = {
    KeyClass.NUMBER: [token("example|number-year|AB123456|1981")],
    KeyClass.CONJUNCTION: [token(f"example|names-year|NR+BNL|{year}") for year in range(1979, 1984)],
}


def answers(layout: SlotLayout, points: Sequence[bytes]) -> dict[KeyClass, Evaluation]:
    """Return what an honest issuer answers."""
    made = {}
    for name, places in layout.ranges():
        nonce = sodium.reduced_secret(sodium.digest_secret(b"nonce of " + name.encode()))
        made[name] = server.evaluate(pair(name), [points[at] for at in places], nonce)
    return made


def publics(layout: SlotLayout) -> Mapping[KeyClass, bytes]:
    """Return the public keys of the classes of a layout."""
    return {name: pair(name).public for name, _ in layout.slots}
