"""Requests of persons concerned, and who was told what of a subject.

What a person asks, what was found, decided and answered is sealed; no column outside a seal depends on whether anything
is held. Of a disclosure only identifiers stand here: what it was, the message log says.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from comity.storage.fields import SealedJSONField, SealedTextField

PARTY = 43


class RightsRequest(models.Model):
    """A request of one person under one regime.

    `message` is the one with which a partner asked for a search. `search`, `decision` and `letter` are filled in this
    order; `confirm_at` is when a partner is told that a full search was made, by the message `confirmation`; `release_at` when the answer leaves.
    """

    number = models.CharField(max_length=32, unique=True)
    regime = models.CharField(max_length=32)
    kind = models.CharField(max_length=16)
    origin = models.CharField(max_length=12)
    partner = models.CharField(max_length=PARTY, default="")
    message = models.CharField(max_length=32, default="")
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    handler = models.CharField(max_length=64, default="")
    searched_at = models.DateTimeField(null=True)
    full = models.BooleanField(default=False)
    decided_at = models.DateTimeField(null=True)
    release_at = models.DateTimeField(null=True)
    confirm_at = models.DateTimeField(null=True)
    confirmation = models.CharField(max_length=32, default="")
    answered_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)
    content = SealedJSONField(null=True)
    search = SealedJSONField(null=True)
    decision = SealedJSONField(null=True)
    letter = SealedTextField(null=True)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["partner", "message"],
                condition=~models.Q(message=""),
                name="rights_request_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["answered_at", "due_at"], name="rights_request_due")]

    def __str__(self) -> str:
        return self.number


class RightsAsked(models.Model):
    """A partner was asked to search for a person too; `record` is the commitment to its search, once it said so."""

    number = models.CharField(max_length=32)
    partner = models.CharField(max_length=PARTY)
    agreement = models.CharField(max_length=64)
    message = models.CharField(max_length=32)
    asked_at = models.DateTimeField()
    searched_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=32, default="")
    record = models.CharField(max_length=64, default="")

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number", "partner"], name="rights_asked_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.partner}"


class Disclosure(models.Model):
    """A message of ours that tells something of a person; `subject` names the entry of our register that it tells of.

    Written for every such message where it is submitted; empty `subject`: what another service said is passed on.
    """

    partner = models.CharField(max_length=PARTY)
    message = models.CharField(max_length=32)
    subject = models.CharField(max_length=32, db_index=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "message"], name="disclosure_once"),
        ]

    def __str__(self) -> str:
        return self.message
