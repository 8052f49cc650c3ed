"""A search blinded from one seed: every blind, and every token of an unused slot, follows from it.

Implements docs/protocol/probe.md §4.2 and §4.6. The asker is committed to the seed together with the person and the
case, so an auditor who is shown them recomputes every point of the signed request (`audit`). Without the seed the
points look uniform and independent of the tokens, as long as SHA-512 does. Every slot costs the same work, used or
not, before and after the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from comity.core.crypto.agent import Evaluation
from comity.core.crypto.voprf import client, sodium
from comity.core.crypto.voprf.layout import KeyClass, SlotLayout
from comity.core.crypto.voprf.sodium import Secret
from comity.core.crypto.voprf.suite import SEED_BYTES, sized
from comity.errors import PeerError

BLIND_TAG: Final = b"CP1-blind"
DUMMY_TAG: Final = b"CP1-dummy"
DUMMY_BYTES: Final = 32

Tokens = Mapping[KeyClass, Sequence[bytes]]


class SeededBlinding:
    """The asker's side of one request: keeps the blinds in this process only, for one `finalize`.

    Args:
        seed: 32 fresh random bytes, for this request alone.
        layout: shape of the request.
        tokens: distinct tokens of each class, at most as many as it has slots.

    Raises:
        ValueError: a wrong seed, or tokens that do not fit (a bug of the caller).
    """

    def __init__(self, seed: bytes, layout: SlotLayout, tokens: Tokens) -> None:
        self._layout, self._used = layout, {name: len(tokens.get(name, ())) for name, _ in layout.slots}
        self._inputs = filled(seed, layout, tokens)
        self._blinds = [blind_of(seed, *layout.place(at)) for at in range(layout.total)]
        self.elements = tuple(client.blind_each(self._inputs, self._blinds))

    def finalize(
        self, answers: Mapping[KeyClass, Evaluation], publics: Mapping[KeyClass, bytes]
    ) -> dict[KeyClass, list[bytes]]:
        """Check one proof a class over all its slots and return the outputs of the tokens, in their order.

        The blinds are wiped, whatever comes of it.

        Args:
            answers: of the partner, hostile.
            publics: the partner's public key of each class, from its signed manifest.

        Raises:
            PeerError: ``probe.batch-size``, ``probe.element``, ``probe.proof``: nothing of the answer is used.
            ValueError: a second time, or the key of a class is missing (a bug of the caller).
        """
        if not self._blinds:
            raise ValueError("finalized already")
        try:
            # 1. Every class is answered, no other, and proven; before anything is unblinded.
            if set(answers) != set(self._used):
                raise PeerError("probe.batch-size", limit=self._layout.total)
            evaluated: list[bytes] = []
            for name, places in self._layout.ranges():
                sent = [self.elements[at] for at in places]
                client.verify_evaluation(sent, answers[name], publics[name])
                evaluated += answers[name].elements
            # 2. All slots are unblinded, so that time does not tell how many were used.
            outputs = client.unblind(self._inputs, self._blinds, evaluated)
            return {
                name: outputs[places.start : places.start + self._used[name]]
                for name, places in self._layout.ranges()
            }
        finally:
            self.wipe()

    def wipe(self) -> None:
        """Overwrite the blinds; the answer can no longer be read."""
        for blind in self._blinds:
            blind.wipe()
        self._blinds.clear()


def filled(seed: bytes, layout: SlotLayout, tokens: Tokens) -> list[bytes]:
    """Return the input of every slot: the tokens of each class first, then what the seed yields.

    Raises:
        ValueError: a wrong seed, a class without slots, too many tokens or one twice.
    """
    if len(seed) != SEED_BYTES or not set(tokens) <= {name for name, _ in layout.slots}:
        raise ValueError("a seed of 32 bytes, and tokens of the classes of the layout")
    inputs: list[bytes] = []
    for name, places in layout.ranges():
        own = list(tokens.get(name, ()))
        if len(own) > len(places) or len(set(own)) != len(own):
            raise ValueError("more tokens than slots, or one twice")
        inputs += own + [dummy_of(seed, name, slot) for slot in range(len(own), len(places))]
    return inputs


def blind_of(seed: bytes, key_class: KeyClass, slot: int) -> Secret:
    """Return the blind of a slot: SHA-512 of tag, class, slot and seed, modulo the order."""
    return sodium.reduced_secret(sodium.digest_secret(_place(BLIND_TAG, key_class, slot), seed))


def dummy_of(seed: bytes, key_class: KeyClass, slot: int) -> bytes:
    """Return the input of an unused slot: the first 32 bytes of SHA-512 of tag, class, slot and seed."""
    return bytes(sodium.digest_secret(_place(DUMMY_TAG, key_class, slot), seed))[:DUMMY_BYTES]


def _place(tag: bytes, key_class: KeyClass, slot: int) -> bytes:
    return sized(tag) + sized(key_class.encode()) + slot.to_bytes(2, "big")
