"""Requests that cite what a search found: which case, which search, who approved it; what it says is sealed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from comity.storage.fields import SealedJSONField

PARTY = 43


class FollowUpState(models.TextChoices):
    """Life of a follow-up."""

    WAITING = "waiting"
    SENT = "sent"
    DECLINED = "declined"


class FollowUp(models.Model):
    """A request that cites a reference, or one that waits for a second person.

    `case` is a keyed word; `search` identifies the search that found the reference, empty when there is none here. `first`:
    it is the first of its case. `content` is the request as it waits; emptied once it was decided on.
    """

    uid = models.CharField(max_length=32, unique=True)
    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=32)
    case = models.CharField(max_length=32)
    search = models.CharField(max_length=32, default="")
    state = models.CharField(max_length=12, choices=FollowUpState.choices)
    first = models.BooleanField(default=False)
    asked_by = models.CharField(max_length=80)
    approved_by = models.CharField(max_length=80, default="")
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    thread = models.CharField(max_length=64, default="")
    content = SealedJSONField(null=True)

    class Meta:
        app_label = "storage"
        indexes: ClassVar = [
            models.Index(fields=["partner", "regime", "case"], name="follow_up_case"),
            models.Index(fields=["state", "asked_at"], name="follow_up_state"),
        ]

    def __str__(self) -> str:
        return self.uid
