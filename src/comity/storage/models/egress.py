"""Texts that did not leave; sealed, for who wrote them and for the data-protection officer."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from comity.storage.fields import SealedJSONField


class BlockedDraft(models.Model):
    """What somebody wanted to send and was not permitted to; `decision` is the digest of the block or stop.

    `code` is what the writer was told. Nothing outside the sealed columns says why. `inheritance` are the marks that the text carries and where they come
    from: whatever is made from the draft inherits them.
    """

    reference = models.CharField(max_length=32, unique=True)
    partner = models.CharField(max_length=48)
    thread = models.CharField(max_length=64, default="")
    regime = models.CharField(max_length=32)
    kind = models.CharField(max_length=64)
    officer = models.CharField(max_length=64)
    at = models.DateTimeField()
    code = models.CharField(max_length=64, default="law.protected")
    decision = models.CharField(max_length=64)
    content = SealedJSONField()
    inheritance = SealedJSONField()

    class Meta:
        app_label = "storage"
        indexes: ClassVar = [
            models.Index(fields=["officer", "id"], name="blocked_draft_officer"),
            models.Index(fields=["at"], name="blocked_draft_at"),
        ]

    def __str__(self) -> str:
        return self.reference
