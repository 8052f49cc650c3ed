"""The second factor: its secrets are stored sealed, and a demonstration may show its own codes."""

from __future__ import annotations

import base64
import hmac
import struct

from comity.core import canonical
from comity.core.crypto.cell import NONCE_BYTES, open_cell, seal_cell
from comity.core.crypto.encoding import from_text, to_text
from comity.core.evidence.event import Event, Internal
from comity.core.instant import Instant
from comity.errors import InputError, Refused
from comity.services.context import Node
from comity.services.evidence.record import record
from comity.services.people import actors
from comity.storage import people
from comity.storage.fields import field_key
from comity.storage.transaction import atomic

PERIOD_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20
_CONTEXT = "mfa_authenticator.data"


def seal_secret(node: Node, text: str) -> str:
    """Return a sealed form of a second-factor secret, as text for the database."""
    sealed = seal_cell(field_key(node.alias), _CONTEXT, text.encode(), node.random(NONCE_BYTES))
    return to_text(sealed)


def open_secret(node: Node, sealed: str) -> str:
    """Return the secret that `seal_secret` sealed.

    Raises:
        NodeError: ``storage.sealed`` when the bytes were altered.
    """
    return open_cell(field_key(node.alias), _CONTEXT, from_text(sealed)).decode()


def enrol_for_demo(node: Node, name: str) -> None:
    """Give a demo account a second factor of its own, so that its codes can be shown by `demo_code`.

    Raises:
        Refused: ``officer.demo`` unless both the node and the account are for demonstration.
        InputError: ``officer.unknown``.
    """
    account = actors.officer(node, name)
    if not (node.config.demo and account.demo):
        raise Refused("officer.demo")
    secret = base64.b32encode(node.random(SECRET_BYTES)).decode()
    with atomic(node.alias):
        people.drop_second_factor(node.alias, account)
        people.add_totp(node.alias, account, seal_secret(node, secret))


def demo_code(node: Node, name: str) -> str:
    """Return the present code of a demo account.

    Raises:
        Refused: ``officer.demo`` unless both the node and the account are for demonstration.
        InputError: ``officer.unknown``, ``officer.no-second-factor``.
    """
    account = actors.officer(node, name)
    if not (node.config.demo and account.demo):
        raise Refused("officer.demo")
    sealed = people.totp_secret(node.alias, account)
    if sealed is None:
        raise InputError("officer.no-second-factor")
    return totp(open_secret(node, sealed), int(node.clock().timestamp()))


def confirm(node: Node, name: str, code: str) -> Instant:
    """Check a code of an officer's second factor at the console, and return when it was given.

    A wrong one is written into the internal log: whoever tries codes at the console is seen.

    Raises:
        InputError: ``officer.unknown``, ``officer.no-second-factor``.
        Refused: ``override.unconfirmed``.
    """
    account = actors.officer(node, name)
    sealed = people.totp_secret(node.alias, account)
    if sealed is None:
        raise InputError("officer.no-second-factor")
    now, secret = node.clock(), open_secret(node, sealed)
    seconds = int(now.timestamp())
    valid = [totp(secret, seconds - late) for late in (0, PERIOD_SECONDS)]
    typed = code.strip().encode()
    if sum(hmac.compare_digest(each.encode(), typed) for each in valid) == 0:
        with atomic(node.alias):
            committed = canonical.encode({"officer": name})
            record(node, Internal(), Event("officer.code-refused", now, {}, committed))
        raise Refused("override.unconfirmed")
    return now


def totp(secret: str, seconds: int) -> str:
    """Return the time-based one-time password of a base32 secret (RFC 6238, SHA-1, 30 s, 6 digits)."""
    key = base64.b32decode(secret)
    mac = hmac.digest(key, struct.pack(">Q", seconds // PERIOD_SECONDS), "sha1")
    start = mac[-1] & 0x0F
    value = struct.unpack(">I", mac[start : start + 4])[0] & 0x7FFFFFFF
    return str(value % 10**DIGITS).zfill(DIGITS)
