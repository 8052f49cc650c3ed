"""The private keys in memory: used inside the `keys` process and in tests.

Implements docs/protocol/identity.md §5. A regime has one active pair (signing key, sealing key), perhaps one that
waits and several that retire: the active one signs, all of them open. Probe keys are made on demand, one for each
partner, regime, purpose group and epoch. Every change is handed to `keep` before it is used or answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey
from voprf import ristretto

from comity.core.codes.exchange import Regime
from comity.core.crypto import oprf, seal
from comity.core.crypto.agent import (
    Evaluation,
    HeldKeys,
    KeyState,
    ProbeKeyId,
    Sealed,
    TokenType,
)
from comity.core.crypto.derive import Label, derive
from comity.core.crypto.encoding import key_id
from comity.core.crypto.native.library import library
from comity.core.crypto.native.own import OwnTokens
from comity.core.crypto.signature import sign_jws, sign_note
from comity.errors import NodeError, PeerError

SIGN_SEED_BYTES = 32

Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True, repr=False)
class PairSecret:
    """The stored form of a pair: 32-byte Ed25519 seed, 96-byte sealing key."""

    regime: Regime
    sign: bytes
    seal: bytes
    state: KeyState


@dataclass(frozen=True, slots=True, repr=False)
class ProbeSecret:
    """The stored form of a probe key: its 32-byte seed."""

    key: ProbeKeyId
    seed: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """All private keys of a node, as the vault keeps them."""

    pairs: tuple[PairSecret, ...]
    probes: tuple[ProbeSecret, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class _Pair:
    secret: PairSecret
    held: HeldKeys
    signer: Ed25519PrivateKey
    opener: MLKEM768X25519PrivateKey


class LocalKeys:
    """A `KeyAgent` that holds the private keys itself.

    Args:
        secrets: what `generate` made or the vault held.
        random: source of new keys.
        root: the unlock key, 32 bytes; for `derived`.
        keep: stores the secrets durably; raises if it cannot.
    """

    def __init__(
        self,
        secrets: Secrets,
        random: Random,
        *,
        root: bytes,
        keep: Callable[[Secrets], None] | None = None,
    ) -> None:
        self._random = random
        self._root = root
        self._keep = keep
        self.load(secrets)

    @classmethod
    def generate(cls, regimes: Iterable[Regime], random: Random) -> LocalKeys:
        """Return a holder of new keys, one active pair a regime, with a new root."""
        return cls(new_secrets(regimes, random), random, root=random(32))

    def load(self, secrets: Secrets) -> None:
        """Take these secrets instead of those held."""
        pairs = [_open_pair(secret) for secret in secrets.pairs]
        evaluators = {probe.key: oprf.evaluator(probe.seed, probe.key) for probe in secrets.probes}
        self._secrets, self._pairs, self._evaluators = secrets, pairs, evaluators
        self._own: dict[ProbeKeyId, OwnTokens] = {}

    def public_keys(self, regime: Regime) -> HeldKeys:
        """Return the public halves of the active pair.

        Raises:
            NodeError: ``keys.none``.
        """
        return self._active(regime).held

    def held_keys(self, regime: Regime) -> list[HeldKeys]:
        """Return the public halves of all pairs of a regime, oldest first."""
        return [pair.held for pair in self._pairs if pair.secret.regime is regime]

    def sign(self, regime: Regime, typ: TokenType, payloads: Sequence[bytes]) -> list[str]:
        """Sign payloads with the active key; order kept."""
        pair = self._active(regime)
        return [sign_jws(pair.signer, pair.held.sign_kid, typ, payload) for payload in payloads]

    def sign_as(self, regime: Regime, kid: str, typ: TokenType, payload: bytes) -> str:
        """Sign with a given key of the regime.

        Raises:
            NodeError: ``keys.none``.
        """
        for pair in self._pairs:
            if pair.secret.regime is regime and pair.held.sign_kid == kid:
                return sign_jws(pair.signer, kid, typ, payload)
        raise NodeError("keys.none", regime=regime.value)

    def sign_note(self, regime: Regime, texts: Sequence[bytes]) -> list[bytes]:
        """Sign the texts of notes with the active key."""
        signer = self._active(regime).signer
        return [sign_note(signer, text) for text in texts]

    def open(self, regime: Regime, sealed: Sequence[Sealed]) -> list[bytes | None]:
        """Open sealed contents; None where the key is unknown or the bytes were altered."""
        openers = {pair.held.seal_kid: pair.opener for pair in self._pairs if pair.secret.regime is regime}
        return [_open_one(openers.get(one.kid), one) for one in sealed]

    def create_probe_key(self, key: ProbeKeyId) -> bytes:
        """Create (or find) a probe key; its public key."""
        if key not in self._evaluators:
            made = ProbeSecret(key, self._random(oprf.SEED_BYTES))
            self._change(replace(self._secrets, probes=(*self._secrets.probes, made)))
        return oprf.public_key(self._evaluators[key])

    def evaluate(self, key: ProbeKeyId, blinded: Sequence[bytes]) -> Evaluation:
        """Evaluate blinded elements and prove it.

        Raises:
            NodeError: ``keys.no-probe-key``.
            PeerError: ``probe.batch-size``, ``probe.element``.
        """
        return oprf.evaluate(self._evaluator(key), blinded)

    def evaluate_each(self, batches: Sequence[tuple[ProbeKeyId, Sequence[bytes]]]) -> list[Evaluation]:
        """Evaluate batches, each with its key and its proof, or none of them; raises as `evaluate`."""
        read = [(self._evaluator(key), oprf.read(blinded)) for key, blinded in batches]
        return [oprf.evaluate_read(holder, points) for holder, points in read]

    def evaluate_own(self, key: ProbeKeyId, tokens: Sequence[bytes]) -> list[bytes]:
        """Return the 64-byte outputs for one's own tokens.

        Raises:
            NodeError: ``keys.no-probe-key``, ``probe.native-wrong``.
        """
        return self._own_tokens(key).evaluate(tokens)

    def destroy_probe_key(self, key: ProbeKeyId) -> None:
        """Destroy a probe key; nothing happens if there is none."""
        if key in self._evaluators:
            left = tuple(probe for probe in self._secrets.probes if probe.key != key)
            self._change(replace(self._secrets, probes=left))

    def create_keys(self, regime: Regime) -> HeldKeys:
        """Create the next pair of a regime, or find the one that waits."""
        for held in self.held_keys(regime):
            if held.state is KeyState.NEXT:
                return held
        made = new_pair(regime, self._random, KeyState.NEXT)
        self._change(replace(self._secrets, pairs=(*self._secrets.pairs, made)))
        return self._pairs[-1].held

    def activate_keys(self, regime: Regime) -> HeldKeys:
        """Let the waiting pair sign; without one, nothing changes."""
        if any(held.state is KeyState.NEXT for held in self.held_keys(regime)):
            step = {KeyState.NEXT: KeyState.ACTIVE}
            changed = tuple(
                replace(pair, state=step.get(pair.state, KeyState.RETIRING))
                if pair.regime is regime
                else pair
                for pair in self._secrets.pairs
            )
            self._change(replace(self._secrets, pairs=changed))
        return self.public_keys(regime)

    def destroy_keys(self, regime: Regime, sign_kid: str) -> None:
        """Destroy a retiring pair; nothing happens if it is gone.

        Raises:
            NodeError: ``keys.in-use``: the pair is not retiring.
        """
        for pair in self._pairs:
            if pair.secret.regime is regime and pair.held.sign_kid == sign_kid:
                if pair.secret.state is not KeyState.RETIRING:
                    raise NodeError("keys.in-use", kid=sign_kid)
                left = tuple(secret for secret in self._secrets.pairs if secret is not pair.secret)
                self._change(replace(self._secrets, pairs=left))

    def derived(self, label: str) -> bytes:
        """Return a 32-byte key derived from the unlock key; never the vault's.

        Raises:
            ValueError: unknown or forbidden label.
        """
        if label == Label.VAULT:
            raise ValueError("the vault's key does not leave the keys process")
        return derive(self._root, label)

    def _change(self, secrets: Secrets) -> None:
        if self._keep is not None:
            self._keep(secrets)
        self.load(secrets)

    def _active(self, regime: Regime) -> _Pair:
        for pair in self._pairs:
            if pair.secret.regime is regime and pair.secret.state is KeyState.ACTIVE:
                return pair
        raise NodeError("keys.none", regime=regime.value)

    def _own_tokens(self, key: ProbeKeyId) -> OwnTokens:
        own, evaluator = self._own, self._evaluator(key)
        if key not in own:
            seeds = {probe.key: probe.seed for probe in self._secrets.probes}
            if key not in seeds:
                raise NodeError("keys.no-probe-key")
            own[key] = OwnTokens(evaluator, seeds[key], oprf.key_context(key), library())
        return own[key]

    def _evaluator(self, key: ProbeKeyId) -> ristretto.Evaluator:
        found = self._evaluators.get(key)
        if found is None:
            raise NodeError("keys.no-probe-key")
        return found


def new_secrets(regimes: Iterable[Regime], random: Random) -> Secrets:
    """Return new private keys: one active pair a regime."""
    return Secrets(pairs=tuple(new_pair(regime, random, KeyState.ACTIVE) for regime in regimes))


def new_pair(regime: Regime, random: Random, state: KeyState) -> PairSecret:
    """Return a new signing and sealing key."""
    return PairSecret(regime, random(SIGN_SEED_BYTES), random(seal.PRIVATE_BYTES), state)


def _open_pair(secret: PairSecret) -> _Pair:
    signer = Ed25519PrivateKey.from_private_bytes(secret.sign)
    sign_public, seal_public = signer.public_key().public_bytes_raw(), seal.public_of(secret.seal)
    held = HeldKeys(key_id(sign_public), sign_public, key_id(seal_public), seal_public, secret.state)
    return _Pair(secret, held, signer, seal.open_private(secret.seal))


def _open_one(opener: MLKEM768X25519PrivateKey | None, sealed: Sealed) -> bytes | None:
    if opener is None:
        return None
    try:
        return seal.unseal(opener, sealed.info, sealed.ciphertext)
    except PeerError:
        return None
