"""The two ceremonies of a security key, registration and assertion, with what the libraries leave to the relying party.

allauth keeps the challenge in the session and fido2 verifies the signature (W3C Web Authentication Level 3, §7.1 and
§7.2). Here:

- what the browser sends is cut to the members that are used, each a text, before anything parses it;
- the origin is exactly that of the configuration, with its port, and no page of another origin frames ours; the
  library alone would accept any host below and any port (§13.4.9);
- a challenge is answered once, whichever of two requests comes first;
- whatever malformed bytes make the parsers raise reads like a wrong key.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.internal import auth
from cryptography.exceptions import UnsupportedAlgorithm
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.http.request import split_domain_port
from fido2.cose import CoseKey
from fido2.webauthn import CollectedClientData

from comity.errors import Refused
from comity.services.people import security_keys
from comity.services.people.actors import Officer
from comity.services.serving import current_node

MAX_CREDENTIAL = 16_384
"""Letters of what a browser sends; attestations are not asked for, so that a few hundred are usual."""

CHALLENGE_SECONDS = 600
"""How long an answered challenge stays refused. It also leaves the session, and sessions forget it with each page."""

_MALFORMED = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
    UnsupportedAlgorithm,
    ValidationError,
    struct.error,
)
"""What parsers of JSON, CBOR and COSE raise on bytes that are none."""


def key_options(request: HttpRequest, account: Officer) -> str:
    """Begin an assertion: return what the page's script asks the browser for, or nothing where no key can be used."""
    node = current_node()
    if not security_keys.has_key(node, account) or not here(request):
        return ""
    return json.dumps(auth.begin_authentication(account))


def here(request: HttpRequest) -> bool:
    """Say whether a browser that came by this address can use security keys."""
    try:
        require_here(request)
    except Refused:
        return False
    return True


def elsewhere(request: HttpRequest, account: Officer) -> str:
    """Return the address at which the officer's security keys work, when this is another; else nothing."""
    node = current_node()
    if here(request) or not security_keys.has_key(node, account):
        return ""
    return node.config.desk_origin if node.config.relying_party else ""


def require_here(request: HttpRequest) -> None:
    """Refuse unless a browser that came by this address can use security keys.

    Raises:
        Refused: ``officer.key-address``.
    """
    host, _ = split_domain_port(request.get_host())
    security_keys.require_address(current_node().config, host)


def registered(text: str) -> tuple[dict[str, Any], int]:
    """Verify a registration; return the credential as it is stored, and the counter of the key.

    Raises:
        ValidationError: whatever is wrong with it.
    """
    with _wrong_key():
        credential = _read(text, "clientDataJSON", "attestationObject")
        parsed = auth.parse_registration_response(credential)
        _verify_origin(parsed.response.client_data)
        authenticator = auth.complete_registration(credential)
        made = authenticator.credential_data
        if (
            made.credential_id != parsed.raw_id
            or made.public_key.ALGORITHM not in CoseKey.supported_algorithms()
        ):
            raise ValueError
        _once(parsed.response.client_data)
        return credential, int(authenticator.counter)


def asserted(account: Officer, text: str) -> Any:
    """Verify an assertion; return the authenticator that signed, its use counted.

    Raises:
        ValidationError: whatever is wrong with it.
        Refused: ``officer.key-copied``.
    """
    with _wrong_key():
        credential = _read(text, "clientDataJSON", "authenticatorData", "signature")
        parsed = auth.parse_authentication_response(credential)
        _verify_origin(parsed.response.client_data)
        key = auth.complete_authentication(account, credential)
        _once(parsed.response.client_data)
        counter = int(parsed.response.authenticator_data.counter)
    security_keys.count_use(current_node(), account, int(key.pk), counter)
    return key


@contextmanager
def _wrong_key() -> Iterator[None]:
    try:
        yield
    except _MALFORMED:
        raise get_adapter().validation_error("incorrect_key") from None


def _read(text: str, *members: str) -> dict[str, Any]:
    if len(text) > MAX_CREDENTIAL:
        raise ValueError
    given = json.loads(text)
    response = given["response"]
    found = {name: _text(given[name]) for name in ("id", "rawId", "type")}
    return {**found, "response": {name: _text(response[name]) for name in members}}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _verify_origin(said: CollectedClientData) -> None:
    if said.origin != current_node().config.desk_origin or said.cross_origin is not False:
        raise ValueError


def _once(said: CollectedClientData) -> None:
    spent = hashlib.sha256(said.challenge).hexdigest()
    if not cache.add(f"comity.challenge.{spent}", "answered", timeout=CHALLENGE_SECONDS):
        raise ValueError
