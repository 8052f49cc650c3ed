"""Verification of a bilateral log's checkpoint: signed by the log, countersigned by the partner, under keys that held.

Implements docs/protocol/evidence.md §10; shared by the verifiers of exports and of bundles.
"""

from __future__ import annotations

from comity.core.codes.exchange import ServiceId
from comity.core.evidence import note
from comity.core.evidence.event import Bilateral
from comity.core.evidence.trust import Keyring
from comity.core.instant import Instant
from comity.errors import PeerError


def verify_countersigned(
    keys: Keyring, service: ServiceId, scope: Bilateral, opened: note.UnverifiedNote
) -> Instant | None:
    """Verify the signatures of a checkpoint, and return when the partner countersigned it.

    Args:
        keys: the believed keys.
        service: whose log it is.
        scope: partner and regime of the log.
        opened: the note; the caller has compared its origin and root.

    Returns:
        None when it bears the log's own signature only.

    Raises:
        PeerError: ``evidence.signature``, ``evidence.cosignature``, ``evidence.key-validity``.
    """
    # 1. The log's own signature.
    kid = note.verify_checkpoint(opened, keys.keys(service, scope.regime))
    if len(opened.lines) == 1:
        return None
    # 2. One countersignature, of the partner.
    name = note.witness_name(scope.partner, scope.regime)
    try:
        if len(opened.lines) != 2:
            raise PeerError("evidence.note")
        made = note.verify_cosignature(opened, name, keys.keys(scope.partner, scope.regime))
    except PeerError:
        raise PeerError("evidence.cosignature") from None
    # 3. Both keys held when it was made.
    held = keys.held(scope.partner, scope.regime, made.kid, made.at)
    if not held or not keys.held(service, scope.regime, kid, made.at):
        raise PeerError("evidence.key-validity")
    return made.at
