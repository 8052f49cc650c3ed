"""Certificates of the endpoints: self-signed, pinned by digest, never chained to an authority.

Implements docs/protocol/identity.md §6. The private key is stored as PKCS#8, encrypted under a password derived from
the unlock key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from comity.core.instant import Instant
from comity.errors import PeerError

VALID_DAYS = 730
_BACKDATED = timedelta(hours=1)


def certificate_pin(pem: str) -> bytes:
    """Return the SHA-256 of the DER form of exactly one PEM certificate.

    Raises:
        PeerError: ``certificate.malformed``.
    """
    return hashlib.sha256(certificate_der(pem)).digest()


def certificate_der(pem: str) -> bytes:
    """Return the DER form of exactly one PEM certificate.

    Raises:
        PeerError: ``certificate.malformed``.
    """
    return _load(pem).public_bytes(serialization.Encoding.DER)


def certificate_expiry(pem: str) -> Instant:
    """Return the end of a certificate's validity.

    Raises:
        PeerError: ``certificate.malformed``.
    """
    return _load(pem).not_valid_after_utc


def new_certificate(
    common_name: str, hosts: Sequence[str], now: Instant, password: bytes
) -> tuple[str, bytes]:
    """Make a self-signed certificate for TLS, server and client.

    Args:
        common_name: the service identifier.
        hosts: names or addresses of the endpoint.
        password: encrypts the private key.

    Returns:
        The certificate as PEM, the encrypted private key as PEM.
    """
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName([_alternative(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
            critical=False,
        )
    )
    certificate = builder.sign(private, hashes.SHA256())
    key = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password),
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii"), key


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host.strip("[]")))
    except ValueError:
        return x509.DNSName(host)


def _load(pem: str) -> x509.Certificate:
    try:
        found = x509.load_pem_x509_certificates(pem.encode("ascii"))
    except (ValueError, UnicodeEncodeError):
        raise PeerError("certificate.malformed") from None
    if len(found) != 1:
        raise PeerError("certificate.malformed")
    return found[0]
