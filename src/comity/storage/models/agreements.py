"""Agreements, their signatures and their stops.

An agreement names services, not persons: its bytes are stored as they were signed. Only the reason of a stop, free
text, is sealed.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from comity.storage.fields import SealedTextField


class StoredAgreement(models.Model):
    """One agreement, by the SHA-256 of the canonical bytes; the other columns are found in the bytes too."""

    hash = models.CharField(max_length=64, unique=True)
    code = models.CharField(max_length=64, db_index=True)
    regime = models.CharField(max_length=32)
    partner = models.CharField(max_length=48)
    predecessor = models.CharField(max_length=64, null=True, db_index=True)
    document = models.BinaryField()
    stored_at = models.DateTimeField()
    proposed_by = models.CharField(max_length=48, null=True)
    proposed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "storage"
        indexes: ClassVar = [models.Index(fields=["partner", "regime"], name="agreement_partner")]

    def __str__(self) -> str:
        return self.code


class StoredSignature(models.Model):
    """The signature of one party: JWS over exactly the stored bytes, with the public key it was verified by."""

    agreement = models.CharField(max_length=64)
    party = models.CharField(max_length=48)
    token = models.TextField()
    public_key = models.BinaryField(max_length=32)
    signed_at = models.DateTimeField()

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["agreement", "party"], name="agreement_signed_once"),
        ]

    def __str__(self) -> str:
        return self.party


class StoredStop(models.Model):
    """A suspension or termination by one party; `until` is set once that party has resumed the agreement."""

    agreement = models.CharField(max_length=64)
    kind = models.CharField(max_length=16)
    by = models.CharField(max_length=48)
    at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    reason = SealedTextField(null=True)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agreement", "kind", "by"],
                condition=models.Q(until__isnull=True),
                name="agreement_stopped_once",
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class TransferStatus(models.Model):
    """A change in the status of a party that this node has noted: an assurance, a treaty, a ground that ended or holds again.

    For one agreement: of which State (`country`), of what (`kind`, `name`), to what, from when. It concerns States and
    documents, no person; only why somebody noted it, free text, is sealed.
    """

    agreement = models.CharField(max_length=64)
    country = models.CharField(max_length=2)
    kind = models.CharField(max_length=16)
    name = models.CharField(max_length=32)
    effect = models.CharField(max_length=8)
    at = models.DateTimeField()
    noted_at = models.DateTimeField()
    reason = SealedTextField(null=True)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agreement", "country", "kind", "name", "effect", "at"], name="transfer_status_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.kind} {self.name} {self.effect}"
