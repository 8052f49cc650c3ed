"""Queries on agreements, signatures and stops."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Q

from comity.core.instant import Instant
from comity.storage.backends.statements import fetch, instant, instant_or_none
from comity.storage.models.agreements import StoredAgreement, StoredSignature, StoredStop, TransferStatus


class SignatureRow(NamedTuple):
    """A signature as the standing of an agreement needs it."""

    party: str
    token: str
    public_key: bytes
    signed_at: Instant


class StopRow(NamedTuple):
    """A stop as the standing of an agreement needs it."""

    kind: str
    by: str
    at: Instant
    until: Instant | None


class StatusRow(NamedTuple):
    """A change in the status of a party as the standing of an agreement needs it."""

    country: str
    kind: str
    name: str
    effect: str
    at: Instant


class StandingRow(NamedTuple):
    """An agreement with its signatures, stops and status changes, each in the order in which they were stored."""

    hash: str
    document: bytes
    signatures: tuple[SignatureRow, ...]
    stops: tuple[StopRow, ...]
    changes: tuple[StatusRow, ...] = ()


_STANDING = """
SELECT one.hash, one.document, mark.id, mark.party, mark.token, mark.public_key, mark.signed_at,
    stop.id, stop.kind, stop.by, stop.at, stop.until,
    status.id, status.country, status.kind, status.name, status.effect, status.at
FROM storage_storedagreement AS one
LEFT JOIN storage_storedsignature AS mark ON mark.agreement = one.hash
LEFT JOIN storage_storedstop AS stop ON stop.agreement = one.hash
LEFT JOIN storage_transferstatus AS status ON status.agreement = one.hash
WHERE one.hash = %s OR one.predecessor = %s
ORDER BY one.id, mark.id, stop.id, status.id
"""


def standing_rows(alias: str, agreement: str) -> list[StandingRow]:
    """Return what the standing of an agreement follows from, in one query: itself, then those that succeed it.

    Returns:
        Nothing when the agreement is not known.
    """
    documents: dict[str, bytes] = {}
    signatures: dict[str, dict[int, SignatureRow]] = {}
    stops: dict[str, dict[int, StopRow]] = {}
    changes: dict[str, dict[int, StatusRow]] = {}
    for name, document, mark, party, token, public, signed_at, stop, kind, by, at, until, *status in fetch(
        alias, _STANDING, (agreement, agreement)
    ):
        marks, ends = signatures.setdefault(name, {}), stops.setdefault(name, {})
        noted = changes.setdefault(name, {})
        if name not in documents:
            documents[name] = bytes(document)
        if mark is not None and mark not in marks:
            marks[mark] = SignatureRow(party, token, bytes(public), instant(signed_at))
        if stop is not None and stop not in ends:
            ends[stop] = StopRow(kind, by, instant(at), instant_or_none(until))
        if status[0] is not None and status[0] not in noted:
            noted[status[0]] = StatusRow(status[1], status[2], status[3], status[4], instant(status[5]))
    if agreement not in documents:
        return []
    names = [agreement, *(name for name in documents if name != agreement)]
    return [
        StandingRow(
            name,
            documents[name],
            tuple(signatures[name].values()),
            tuple(stops[name].values()),
            tuple(changes[name].values()),
        )
        for name in names
    ]


def agreement_row(alias: str, agreement: str) -> StoredAgreement | None:
    """Return the agreement of that hash."""
    return StoredAgreement.objects.using(alias).filter(hash=agreement).first()


def agreement_rows(
    alias: str, *, partner: str | None = None, regime: str | None = None
) -> list[StoredAgreement]:
    """Return agreements, newest first; of one partner and regime when given."""
    rows = StoredAgreement.objects.using(alias).order_by("-id")
    if partner is not None:
        rows = rows.filter(partner=partner)
    if regime is not None:
        rows = rows.filter(regime=regime)
    return list(rows)


def named_agreements(alias: str, text: str) -> list[StoredAgreement]:
    """Return agreements whose code is the text, in any case, or whose hash begins with it; newest first."""
    wanted = Q(code__iexact=text)
    if len(text) >= 6:
        wanted |= Q(hash__startswith=text.lower())
    return list(StoredAgreement.objects.using(alias).filter(wanted).order_by("-id"))


def successor_rows(alias: str, agreement: str) -> list[StoredAgreement]:
    """Return the agreements that name this one as their predecessor."""
    return list(StoredAgreement.objects.using(alias).filter(predecessor=agreement).order_by("id"))


def unsigned_count(alias: str, partner: str) -> int:
    """Return how many agreements that this partner proposed carry no signature of ours yet."""
    proposed = StoredAgreement.objects.using(alias).filter(partner=partner, proposed_by=partner)
    ours = StoredSignature.objects.using(alias).exclude(party=partner).values("agreement")
    return proposed.exclude(hash__in=ours).count()


def signature_rows(alias: str, agreements: Iterable[str]) -> dict[str, list[StoredSignature]]:
    """Return the signatures of each agreement."""
    found: dict[str, list[StoredSignature]] = {name: [] for name in agreements}
    for row in StoredSignature.objects.using(alias).filter(agreement__in=list(found)).order_by("id"):
        found[row.agreement].append(row)
    return found


def stop_rows(alias: str, agreements: Iterable[str]) -> dict[str, list[StoredStop]]:
    """Return the stops of each agreement, without opening their sealed reasons."""
    found: dict[str, list[StoredStop]] = {name: [] for name in agreements}
    rows = StoredStop.objects.using(alias).defer("reason").filter(agreement__in=list(found)).order_by("id")
    for row in rows:
        found[row.agreement].append(row)
    return found


def status_rows(alias: str, agreements: Iterable[str]) -> dict[str, list[TransferStatus]]:
    """Return the status changes of each agreement, without opening their sealed reasons."""
    found: dict[str, list[TransferStatus]] = {name: [] for name in agreements}
    rows = (
        TransferStatus.objects.using(alias).defer("reason").filter(agreement__in=list(found)).order_by("id")
    )
    for row in rows:
        found[row.agreement].append(row)
    return found


def add_agreement(alias: str, row: StoredAgreement) -> bool:
    """Store an agreement; False when its hash is already there."""
    _, created = StoredAgreement.objects.using(alias).get_or_create(
        hash=row.hash,
        defaults={
            "code": row.code,
            "regime": row.regime,
            "partner": row.partner,
            "predecessor": row.predecessor,
            "document": row.document,
            "stored_at": row.stored_at,
            "proposed_by": row.proposed_by,
            "proposed_at": row.proposed_at,
        },
    )
    return created


def mark_proposed(alias: str, agreement: str, by: str, at: Instant) -> None:
    """Remember who first proposed the agreement, and when."""
    rows = StoredAgreement.objects.using(alias).filter(hash=agreement, proposed_at=None)
    rows.update(proposed_by=by, proposed_at=at)


def add_signature(alias: str, row: StoredSignature) -> bool:
    """Store a verified signature; False when this party had already signed."""
    _, created = StoredSignature.objects.using(alias).get_or_create(
        agreement=row.agreement,
        party=row.party,
        defaults={"token": row.token, "public_key": row.public_key, "signed_at": row.signed_at},
    )
    return created


def add_stop(alias: str, row: StoredStop) -> bool:
    """Store a stop; False when this party has stopped it in this way and not resumed it."""
    _, created = StoredStop.objects.using(alias).get_or_create(
        agreement=row.agreement,
        kind=row.kind,
        by=row.by,
        until=None,
        defaults={"at": row.at, "reason": row.reason},
    )
    return created


def was_stopped(alias: str, agreement: str, kind: str, by: str, at: Instant) -> bool:
    """Tell whether the store holds the stop that a party declared at an instant, ended or not."""
    rows = StoredStop.objects.using(alias).filter(agreement=agreement, kind=kind, by=by, at=at)
    return rows.exists()


def suspended_since(alias: str, agreement: str, by: str) -> Instant | None:
    """Return since when a party suspends an agreement; None when it does not."""
    rows = StoredStop.objects.using(alias).filter(agreement=agreement, kind="suspend", by=by, until=None)
    return rows.values_list("at", flat=True).first()


def end_suspension(alias: str, agreement: str, by: str, until: Instant) -> bool:
    """End the suspension of a party; False when there is none, or it began later."""
    rows = StoredStop.objects.using(alias).filter(agreement=agreement, kind="suspend", by=by, until=None)
    return rows.filter(at__lte=until).update(until=until) == 1


def stop_reason(alias: str, agreement: str, kind: str, by: str) -> str | None:
    """Return the sealed reason of the latest such stop."""
    rows = StoredStop.objects.using(alias).filter(agreement=agreement, kind=kind, by=by)
    row = rows.order_by("-id").first()
    return None if row is None else row.reason
