"""Queries on partners and their keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.agent import HeldKeys
from comity.core.identity.card import Card
from comity.core.instant import Instant, read_instant
from comity.storage.backends.statements import fetch, instant, instant_or_none
from comity.storage.models.partners import CardDelivery, OfficerKey, OwnCard, OwnKey, Partner, PartnerKey


class PartnerRow(NamedTuple):
    """What every batch asks of a partner."""

    service: str
    state: str
    card: bytes
    added_at: Instant
    confirmed_at: Instant | None
    offered: bytes | None


_ROW = """
SELECT service, state, card, added_at, confirmed_at, offered FROM storage_partner WHERE service = %s
"""


_OFFICER_KEY = "SELECT kid, public FROM storage_officerkey ORDER BY since DESC, id DESC LIMIT 1"


def read(alias: str, service: str) -> PartnerRow | None:
    """Return what is known of a partner, to be looked at only."""
    for name, state, card, added_at, confirmed_at, offered in fetch(alias, _ROW, (service,)):
        since, until = instant(added_at), instant_or_none(confirmed_at)
        return PartnerRow(name, state, bytes(card), since, until, None if offered is None else bytes(offered))
    return None


def find(alias: str, service: str) -> Partner | None:
    """Return a partner's row."""
    return Partner.objects.using(alias).filter(service=service).first()


def lock(alias: str, service: str) -> Partner | None:
    """Return a partner's row, locked to the end of the transaction."""
    return Partner.objects.using(alias).select_for_update().filter(service=service).first()


def all_rows(alias: str) -> list[Partner]:
    """Return all partners by service."""
    return list(Partner.objects.using(alias).order_by("service"))


def by_country(alias: str, country: str) -> list[str]:
    """Return the services of a country."""
    rows = Partner.objects.using(alias).filter(country=country).order_by("service")
    return list(rows.values_list("service", flat=True))


def add(alias: str, card: Card, octets: bytes, state: str, now: Instant) -> Partner:
    """Insert a partner."""
    return Partner.objects.using(alias).create(
        service=card.service,
        country=card.country,
        state=state,
        sequence=card.sequence,
        card=octets,
        added_at=now,
        changed_at=now,
    )


def save(alias: str, row: Partner, now: Instant) -> None:
    """Write a changed row."""
    row.changed_at = now
    row.save(using=alias)


def remember_keys(alias: str, card: Card) -> None:
    """Keep the signing keys of a confirmed card, each with the validity this card gives it."""
    for regime, keys in card.regimes.items():
        for key in keys.sign:
            PartnerKey.objects.using(alias).update_or_create(
                service=card.service,
                regime=regime,
                kid=key.kid,
                defaults={
                    "public": key.octets,
                    "not_before": read_instant(key.not_before),
                    "not_after": read_instant(key.not_after),
                },
            )


def withdraw_keys(alias: str, card: Card, now: Instant) -> None:
    """End the validity of the keys that a new card no longer publishes."""
    published = {key.kid for keys in card.regimes.values() for key in keys.sign}
    rows = PartnerKey.objects.using(alias).filter(service=card.service, not_after__gt=now)
    rows.exclude(kid__in=published).update(not_after=now)


def remembered_keys(alias: str, service: str, regime: Regime) -> dict[str, bytes]:
    """Return every signing key that a partner ever published in a confirmed card."""
    rows = PartnerKey.objects.using(alias).filter(service=service, regime=regime.value)
    return {kid: bytes(public) for kid, public in rows.values_list("kid", "public")}


def keys_that_held(alias: str, service: str, regime: Regime, at: Instant) -> dict[str, bytes]:
    """Return the signing keys of a partner's confirmed cards that held at an instant."""
    rows = PartnerKey.objects.using(alias).filter(service=service, regime=regime.value)
    held = rows.filter(not_before__lte=at, not_after__gt=at)
    return {kid: bytes(public) for kid, public in held.values_list("kid", "public")}


def add_own_key(alias: str, regime: Regime, held: HeldKeys, not_before: Instant, not_after: Instant) -> None:
    """Insert one of this node's own pairs."""
    OwnKey.objects.using(alias).create(
        regime=regime.value,
        sign_kid=held.sign_kid,
        sign_public=held.sign_public,
        seal_kid=held.seal_kid,
        seal_public=held.seal_public,
        state=held.state.value,
        not_before=not_before,
        not_after=not_after,
    )


def own_keys(alias: str, regime: Regime | None = None, states: Iterable[str] | None = None) -> list[OwnKey]:
    """Return this node's own pairs, oldest first."""
    rows = OwnKey.objects.using(alias).order_by("not_before", "id")
    if regime is not None:
        rows = rows.filter(regime=regime.value)
    if states is not None:
        rows = rows.filter(state__in=list(states))
    return list(rows)


def save_own_key(alias: str, row: OwnKey) -> None:
    """Write a changed own pair."""
    row.save(using=alias)


def current_card(alias: str) -> OwnCard | None:
    """Return this node's current card."""
    return OwnCard.objects.using(alias).order_by("-sequence").first()


def add_own_card(alias: str, sequence: int, octets: bytes, now: Instant) -> None:
    """Insert a card of this node."""
    OwnCard.objects.using(alias).create(sequence=sequence, octets=octets, issued_at=now)


def note_delivery(alias: str, sequence: int, partner: ServiceId, message: str, now: Instant) -> None:
    """Remember that a card was sent to a partner."""
    CardDelivery.objects.using(alias).update_or_create(
        sequence=sequence,
        partner=partner,
        defaults={"message": message, "sent_at": now, "refused": False, "acknowledged_at": None},
    )


def settle_delivery(alias: str, message: str, at: Instant | None) -> None:
    """Remember that the partner acknowledged the message that carried a card, or (None) that it did not take it."""
    rows = CardDelivery.objects.using(alias).filter(message=message)
    rows.update(acknowledged_at=at, refused=at is None)


def served(alias: str, sequence: int, refused_before: Instant) -> set[str]:
    """Return the partners to which a card need not be sent now: those it was sent to, unless refused long ago."""
    rows = CardDelivery.objects.using(alias).filter(sequence=sequence)
    rows = rows.exclude(refused=True, sent_at__lt=refused_before)
    return set(rows.values_list("partner", flat=True))


def acknowledged(alias: str, sequence: int, by: Instant) -> set[str]:
    """Return the partners that had acknowledged a card by an instant."""
    rows = CardDelivery.objects.using(alias).filter(sequence=sequence, acknowledged_at__lte=by)
    return set(rows.values_list("partner", flat=True))


def add_officer_key(alias: str, kid: str, public: bytes, now: Instant) -> None:
    """Insert a public key of the data-protection officer."""
    OfficerKey.objects.using(alias).create(kid=kid, public=public, since=now)


def officer_key(alias: str) -> tuple[str, bytes] | None:
    """Return the newest key of the data-protection officer."""
    for kid, public in fetch(alias, _OFFICER_KEY, ()):
        return kid, bytes(public)
    return None
