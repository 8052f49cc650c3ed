"""How many numbers two registers have in common: lists offered, comparisons made, edges found.

No column describes a person: which entries stand behind the points, and which numbers were found, is sealed.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from comity.storage.fields import SealedBinaryField, SealedJSONField
from comity.storage.models.register import RegisterSubject

PARTY = 43
REGIME = 32
PURPOSE = 32
HASH = 64
UID = 32
SIDE = 8


class OverlapOffer(models.Model):
    """A list of numbers that a partner may compare its own with, once; the newest of a partner, regime and purpose counts.

    `points` are the numbers under the key of the seed in `secret`, with the entries behind them by place.
    """

    uid = models.CharField(max_length=UID, unique=True)
    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=REGIME)
    purpose = models.CharField(max_length=PURPOSE)
    agreement = models.CharField(max_length=HASH)
    size = models.PositiveIntegerField()
    points = SealedBinaryField(null=True)
    secret = SealedJSONField(null=True)
    offered_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "storage"
        indexes: ClassVar = [
            models.Index(fields=["partner", "regime", "purpose", "offered_at"], name="overlap_offer_scope")
        ]

    def __str__(self) -> str:
        return self.uid


class Overlap(models.Model):
    """One comparison, at the side that asked or at the one that answered.

    `state` is asked until the answer came, then counted, or failed if there is none.

    `content` holds what an edge needs: of the asker its seed, its entries and what is in common, of the answerer the list
    and the order of what it returned. `points` are, at the asker, its own list until the answer came and then the answerer's; `tags`
    what was returned. All three go after thirty days, or with the one edge that a comparison gives. `justified` is
    what the asker's own list was made of, for the audit: it goes after thirty days.
    """

    uid = models.CharField(max_length=UID)
    side = models.CharField(max_length=SIDE)
    state = models.CharField(max_length=SIDE)
    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=REGIME)
    purpose = models.CharField(max_length=PURPOSE)
    agreement = models.CharField(max_length=HASH)
    clause = models.CharField(max_length=HASH)
    request = models.CharField(max_length=HASH)
    offer = models.ForeignKey(OverlapOffer, on_delete=models.PROTECT, null=True)
    content = SealedJSONField(null=True)
    points = SealedBinaryField(null=True)
    tags = SealedBinaryField(null=True)
    justified = SealedJSONField(null=True)
    edge = models.CharField(max_length=HASH, default="")
    asked_at = models.DateTimeField()
    edge_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "side", "uid"], name="overlap_once")
        ]
        indexes: ClassVar = [models.Index(fields=["asked_at"], name="overlap_asked_at")]

    def __str__(self) -> str:
        return self.uid


class RegisterEdge(models.Model):
    """An edge from one of our entries to somebody of a partner's; what it says is sealed. It goes with our entry."""

    uid = models.CharField(max_length=UID, unique=True)
    one = models.ForeignKey(RegisterSubject, on_delete=models.CASCADE, related_name="+")
    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=REGIME)
    overlap = models.CharField(max_length=UID)
    content = SealedJSONField()
    created_at = models.DateTimeField()

    class Meta:
        app_label = "storage"

    def __str__(self) -> str:
        return self.uid
