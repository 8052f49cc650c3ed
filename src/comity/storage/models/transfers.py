"""Changes in the status of a party that this node has noted: an assurance, a treaty, a ground that ended or holds again.

They concern States and documents, no person; only why somebody noted one, free text, is sealed.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from comity.storage.fields import SealedTextField


class TransferStatus(models.Model):
    """One change, for one agreement: of which State (`country`), of what (`kind`, `name`), to what, from when."""

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
