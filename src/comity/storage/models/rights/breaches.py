"""Breaches of personal data, and what partners are owed of them; what they say in words is sealed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from comity.storage.fields import SealedJSONField

PARTY = 43


class Breach(models.Model):
    """A breach of personal data: ours (`partner` empty), or one of which a partner has told us.

    Counts are approximate. `authority_at` is when the supervisory authority was told, `noted_at` when a person here took
    note of what a partner told.
    """

    number = models.CharField(max_length=32)
    partner = models.CharField(max_length=PARTY, default="")
    regime = models.CharField(max_length=32)
    nature = models.CharField(max_length=16)
    aware_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    cases = models.PositiveIntegerField(default=0)
    searches = models.PositiveIntegerField(default=0)
    persons = models.PositiveIntegerField(default=0)
    authority_at = models.DateTimeField(null=True)
    noted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    content = SealedJSONField(null=True)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "number"], name="breach_once"),
        ]

    def __str__(self) -> str:
        return self.number


class BreachNotice(models.Model):
    """What a partner's controller is owed of a breach: chased until its node has taken it."""

    number = models.CharField(max_length=32)
    partner = models.CharField(max_length=PARTY)
    message = models.CharField(max_length=32, default="")
    opened_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=64, default="")
    received_at = models.DateTimeField(null=True)
    body = SealedJSONField(null=True)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number", "partner"], name="breach_notice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.partner}"
