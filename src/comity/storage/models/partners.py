"""Partners, their cards and keys; this node's own cards, keys and data-protection officer's key."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

DIGEST = 64
KID = 16
SERVICE = 43


class Partner(models.Model):
    """A service whose card was added. `card` is in force once confirmed; `offered` waits for confirmation."""

    service = models.CharField(max_length=SERVICE, unique=True)
    country = models.CharField(max_length=2)
    state = models.CharField(max_length=16)
    sequence = models.PositiveIntegerField()
    card = models.BinaryField()
    offered = models.BinaryField(null=True)
    added_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()


class PartnerKey(models.Model):
    """A signing key that a confirmed card published; kept for ever, to verify what it signed in its time."""

    service = models.CharField(max_length=SERVICE)
    regime = models.CharField(max_length=32)
    kid = models.CharField(max_length=KID)
    public = models.BinaryField()
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["service", "regime", "kid"], name="partner_key_once"),
        ]


class OwnKey(models.Model):
    """The public halves of one of this node's own pairs, and when they hold; the private halves are in the vault."""

    regime = models.CharField(max_length=32)
    sign_kid = models.CharField(max_length=KID, unique=True)
    sign_public = models.BinaryField()
    seal_kid = models.CharField(max_length=KID, unique=True)
    seal_public = models.BinaryField()
    state = models.CharField(max_length=16)
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()


class OwnCard(models.Model):
    """A card that this node issued; the one with the greatest sequence is current."""

    sequence = models.PositiveIntegerField(unique=True)
    octets = models.BinaryField()
    issued_at = models.DateTimeField()


class CardDelivery(models.Model):
    """Which partner has acknowledged which of our cards: new keys sign once all have, or the overlap is half over."""

    sequence = models.PositiveIntegerField()
    partner = models.CharField(max_length=SERVICE)
    message = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    refused = models.BooleanField(default=False)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sequence", "partner"], name="card_delivery_once"),
        ]


class OfficerKey(models.Model):
    """The public half of the data-protection officer's sealing key; the private half never enters the node."""

    kid = models.CharField(max_length=KID, unique=True)
    public = models.BinaryField()
    since = models.DateTimeField()
