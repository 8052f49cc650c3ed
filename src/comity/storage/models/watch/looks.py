"""What is remembered of each search to see who fishes, and what stood out; whom it was for stands in keyed words only."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from comity.storage.fields import SealedJSONField

WORD = 32
PARTY = 43


class SearchLook(models.Model):
    """One search of this node. `person` to `second_family` are keyed words, empty where the search says nothing of the kind.

    `asker` is who searched, for a case system with the officer for whom it did.
    """

    rid = models.CharField(max_length=32)
    regime = models.CharField(max_length=32)
    partner = models.CharField(max_length=PARTY)
    asker = models.CharField(max_length=140)
    at = models.DateTimeField()
    person = models.CharField(max_length=WORD)
    name = models.CharField(max_length=WORD, default="")
    family = models.CharField(max_length=WORD, default="")
    birth = models.CharField(max_length=WORD, default="")
    after = models.CharField(max_length=WORD, default="")
    document = models.CharField(max_length=WORD, default="")
    second_name = models.CharField(max_length=WORD, default="")
    second_family = models.CharField(max_length=WORD, default="")
    cased = models.BooleanField(default=True)
    justified = models.BooleanField(default=True)
    profession = models.CharField(max_length=24, default="")
    at_odds = models.BooleanField(default=False)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [models.UniqueConstraint(fields=["rid"], name="search_look_once")]
        indexes: ClassVar = [
            models.Index(fields=["regime", "asker", "at"], name="search_look_asker"),
            models.Index(fields=["at"], name="search_look_at"),
        ]

    def __str__(self) -> str:
        return self.rid


class SearchAnomaly(models.Model):
    """Searches that stand out, until somebody has settled it; `key` tells it from every other, keyed.

    `content`: who searched, how many, which searches, in a seal; nobody who was searched for. `count` is what was counted
    when it was last raised.
    """

    uid = models.CharField(max_length=32, unique=True)
    key = models.CharField(max_length=WORD, unique=True)
    regime = models.CharField(max_length=32)
    sign = models.CharField(max_length=24)
    count = models.PositiveIntegerField()
    raised_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, default="")
    content = SealedJSONField(null=True)

    class Meta:
        app_label = "storage"
        indexes: ClassVar = [models.Index(fields=["settled_at", "changed_at"], name="search_anomaly_open")]

    def __str__(self) -> str:
        return self.uid
