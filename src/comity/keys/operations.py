"""What a client of the keys process may ask, by the name in the frame's head."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from comity.core.codes.exchange import PurposeGroup, Regime, ServiceId
from comity.core.crypto.agent import HeldKeys, ProbeKeyId, Sealed, TokenType
from comity.core.crypto.local import LocalKeys
from comity.core.crypto.voprf.layout import KeyClass
from comity.errors import ComityError
from comity.keys.holder import VaultKeys

Head = dict[str, Any]
Answer = tuple[Head, list[bytes]]
Operation = Callable[[LocalKeys, Head, list[bytes]], Answer]


def answer(holder: VaultKeys, head: Head, blobs: list[bytes]) -> Answer:
    """Carry out one request; errors become answers, so that one bad request never ends the process."""
    try:
        name = head.get("op")
        if name in CHANGING:
            with holder.changing() as keys:
                return CHANGING[name](keys, head, blobs)
        if name == "backup_vault":
            return {}, [holder.backup()]
        if name in READING:
            return READING[name](holder.reading(), head, blobs)
    except ComityError as error:
        return {"error": error.code, "fault": error.fault, "facts": error.facts}, []
    except (ValueError, KeyError, TypeError, IndexError):
        return {"error": "keys.request", "fault": "node", "facts": {}}, []
    return {"error": "keys.request", "fault": "node", "facts": {}}, []


def _ping(_: LocalKeys, __: Head, ___: list[bytes]) -> Answer:
    return {}, []


def _sign(keys: LocalKeys, head: Head, blobs: list[bytes]) -> Answer:
    tokens = keys.sign(Regime(head["regime"]), TokenType(head["typ"]), blobs)
    return {}, [token.encode("ascii") for token in tokens]


def _sign_as(keys: LocalKeys, head: Head, blobs: list[bytes]) -> Answer:
    token = keys.sign_as(Regime(head["regime"]), head["kid"], TokenType(head["typ"]), blobs[0])
    return {}, [token.encode("ascii")]


def _sign_note(keys: LocalKeys, head: Head, blobs: list[bytes]) -> Answer:
    return {}, keys.sign_note(Regime(head["regime"]), blobs)


def _open(keys: LocalKeys, head: Head, blobs: list[bytes]) -> Answer:
    pairs = zip(head["kids"], blobs[::2], blobs[1::2], strict=True)
    opened = keys.open(
        Regime(head["regime"]), [Sealed(kid, ciphertext, info) for kid, ciphertext, info in pairs]
    )
    return {"good": [one is not None for one in opened]}, [one or b"" for one in opened]


def _evaluate(keys: LocalKeys, head: Head, blobs: list[bytes]) -> Answer:
    blinded = iter(blobs)
    batches = [
        (_key_of(named), list(islice(blinded, size)))
        for named, size in zip(head["keys"], head["sizes"], strict=True)
    ]
    evaluated = keys.evaluate_each(batches)
    return {}, [part for one in evaluated for part in (one.proof, *one.elements)]


def _evaluate_own(keys: LocalKeys, head: Head, blobs: list[bytes]) -> Answer:
    return {}, keys.evaluate_own(_key(head), blobs)


def _create_probe_key(keys: LocalKeys, head: Head, _: list[bytes]) -> Answer:
    return {}, [keys.create_probe_key(_key(head))]


def _destroy_probe_key(keys: LocalKeys, head: Head, _: list[bytes]) -> Answer:
    keys.destroy_probe_key(_key(head))
    return {}, []


def _held_keys(keys: LocalKeys, head: Head, _: list[bytes]) -> Answer:
    return _held(keys.held_keys(Regime(head["regime"])))


def _create_keys(keys: LocalKeys, head: Head, _: list[bytes]) -> Answer:
    return _held([keys.create_keys(Regime(head["regime"]))])


def _activate_keys(keys: LocalKeys, head: Head, _: list[bytes]) -> Answer:
    return _held([keys.activate_keys(Regime(head["regime"]))])


def _destroy_keys(keys: LocalKeys, head: Head, _: list[bytes]) -> Answer:
    keys.destroy_keys(Regime(head["regime"]), head["kid"])
    return {}, []


def _derived(keys: LocalKeys, head: Head, _: list[bytes]) -> Answer:
    return {}, [keys.derived(head["label"])]


def _key(head: Head) -> ProbeKeyId:
    return _key_of(head["key"])


def _key_of(named: list[Any]) -> ProbeKeyId:
    partner, regime, group, epoch, key_class = named
    return ProbeKeyId(
        ServiceId(partner), Regime(regime), PurposeGroup(group), int(epoch), KeyClass(key_class)
    )


def _held(held: list[HeldKeys]) -> Answer:
    names = [[one.sign_kid, one.seal_kid, one.state.value] for one in held]
    return {"held": names}, [public for one in held for public in (one.sign_public, one.seal_public)]


READING: dict[str, Operation] = {
    "ping": _ping,
    "sign": _sign,
    "sign_as": _sign_as,
    "sign_note": _sign_note,
    "open": _open,
    "evaluate": _evaluate,
    "evaluate_own": _evaluate_own,
    "held_keys": _held_keys,
    "derived": _derived,
}
CHANGING: dict[str, Operation] = {
    "create_probe_key": _create_probe_key,
    "destroy_probe_key": _destroy_probe_key,
    "create_keys": _create_keys,
    "activate_keys": _activate_keys,
    "destroy_keys": _destroy_keys,
}
