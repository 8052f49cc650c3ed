"""The node's own certificate and its encrypted private key, as files of the home."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from comity.config import Config
from comity.core.crypto.agent import KeyAgent
from comity.core.crypto.certificate import new_certificate
from comity.core.crypto.derive import Label
from comity.core.instant import Instant
from comity.errors import NodeError
from comity.storage.keystore.vault import replace_file


def certificate_file(config: Config) -> Path:
    """Return the place of the certificate."""
    return config.home / "tls" / "certificate.pem"


def private_key_file(config: Config) -> Path:
    """Return the place of the encrypted private key."""
    return config.home / "tls" / "key.pem"


def tls_password(keys: KeyAgent) -> str:
    """Return the password of the private key."""
    return keys.derived(Label.TLS).hex()


def read_certificate(config: Config) -> str:
    """Return the certificate as PEM.

    Raises:
        NodeError: ``tls.missing``.
    """
    try:
        return certificate_file(config).read_text(encoding="ascii")
    except OSError:
        raise NodeError("tls.missing", file="tls/certificate.pem") from None


def make_certificate(config: Config, keys: KeyAgent, now: Instant) -> str:
    """Make a new certificate and private key in place of those of the home; returns the certificate."""
    hosts = {urlsplit(config.partner_url).hostname or config.partner.host, config.partner.host}
    named = sorted(hosts - {"0.0.0.0", "::"})  # noqa: S104 - left out, not bound
    pem, private = new_certificate(config.service, named, now, tls_password(keys).encode("ascii"))
    certificate_file(config).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_file(private_key_file(config), private)
    replace_file(certificate_file(config), pem.encode("ascii"))
    return pem
