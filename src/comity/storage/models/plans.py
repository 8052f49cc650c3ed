"""Action plans, their signatures, and the entries of their follow-up.

A plan names services, not persons: its bytes are stored as they were signed. What an entry says (words, points of
contact) is sealed.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from comity.storage.fields import SealedJSONField
from comity.storage.models.exchange import PARTY


class StoredPlan(models.Model):
    """One plan, by the SHA-256 of the canonical bytes; the other columns are found in the bytes too."""

    hash = models.CharField(max_length=64, unique=True)
    code = models.CharField(max_length=64, db_index=True)
    agreement = models.CharField(max_length=64, db_index=True)
    regime = models.CharField(max_length=32)
    partner = models.CharField(max_length=PARTY)
    predecessor = models.CharField(max_length=64, null=True, db_index=True)
    document = models.BinaryField()
    stored_at = models.DateTimeField()

    class Meta:
        app_label = "storage"

    def __str__(self) -> str:
        return self.code


class PlanSignature(models.Model):
    """The signature of one party over exactly the stored bytes, with the public key it was verified by."""

    plan = models.CharField(max_length=64)
    party = models.CharField(max_length=PARTY)
    token = models.TextField()
    public_key = models.BinaryField(max_length=32)
    signed_at = models.DateTimeField()

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [models.UniqueConstraint(fields=["plan", "party"], name="plan_signed_once")]

    def __str__(self) -> str:
        return self.party


class PlanEntry(models.Model):
    """One entry of the follow-up, ours or the partner's; `received_at` is None while its receipt is awaited.

    `rejected` is the partner's code when it was not taken: then it counts for neither.
    """

    plan = models.CharField(max_length=64)
    message = models.CharField(max_length=32)
    partner = models.CharField(max_length=PARTY)
    by = models.CharField(max_length=PARTY)
    kind = models.CharField(max_length=16)
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)
    rejected = models.CharField(max_length=64, null=True)
    content = SealedJSONField()

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "message"], name="plan_entry_once")
        ]
        indexes: ClassVar = [models.Index(fields=["plan", "sent_at"], name="plan_entry_plan")]

    def __str__(self) -> str:
        return f"{self.kind} {self.message}"
