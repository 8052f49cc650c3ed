"""The evidence of one node: its logs, their entries, tiles and checkpoints, what it witnessed of others, alarms.

An entry's leaf never changes. Its salt is the one erasable thing: without it the commitment in the leaf says nothing.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from comity.storage.fields import SealedBinaryField


class LogState(models.TextChoices):
    """Whether a log may grow."""

    OPEN = "open"
    UNCONFIRMED = "unconfirmed"
    """Restored from a backup; grows again once the partner has said how far it had countersigned."""
    BEHIND = "behind"
    """The partner countersigned more than this log holds; an administrator must start a new epoch."""
    CLOSED = "closed"
    """An earlier epoch."""


class EvidenceLog(models.Model):
    """One epoch of one log; `size` and `root` are of the entries numbered so far, `covered` of those countersigned."""

    scope = models.CharField(max_length=100)
    epoch = models.PositiveIntegerField()
    origin = models.CharField(max_length=200, unique=True)
    state = models.CharField(max_length=16, choices=LogState.choices, default=LogState.OPEN)
    size = models.BigIntegerField(default=0)
    root = models.CharField(max_length=64)
    covered = models.BigIntegerField(default=0)
    checkpoints = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    leaf_slot = models.BigIntegerField(null=True)
    shown_until = models.DateTimeField(null=True)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [models.UniqueConstraint(fields=["scope", "epoch"], name="evidence_log_once")]

    def __str__(self) -> str:
        return self.origin


class EvidenceEntry(models.Model):
    """One event; it has no log and no number until the sequencer gives it both."""

    scope = models.CharField(max_length=100)
    log = models.ForeignKey(EvidenceLog, on_delete=models.PROTECT, null=True)
    number = models.BigIntegerField(null=True)
    leaf = models.BinaryField()
    salt = SealedBinaryField(null=True)
    erase_key = models.CharField(max_length=200)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["log", "number"], name="evidence_entry_once")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["scope", "id"], condition=models.Q(number__isnull=True), name="evidence_entry_pending"
            ),
            models.Index(
                fields=["erase_key"], condition=models.Q(salt__isnull=False), name="evidence_entry_salted"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope}#{self.number}"


class EvidenceTile(models.Model):
    """Up to 256 hashes of complete subtrees of 256**level entries."""

    log = models.ForeignKey(EvidenceLog, on_delete=models.PROTECT)
    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["log", "level", "index"], name="evidence_tile_once")
        ]

    def __str__(self) -> str:
        return f"{self.level}/{self.index}"


class EvidenceCheckpoint(models.Model):
    """A signed state of our log; the note also carries the partner's countersignature once it has come."""

    log = models.ForeignKey(EvidenceLog, on_delete=models.PROTECT)
    size = models.BigIntegerField()
    note = models.TextField()
    made_at = models.DateTimeField()
    cosigned_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["log", "size"], name="evidence_checkpoint_once")
        ]

    def __str__(self) -> str:
        return f"{self.log_id}:{self.size}"


class EvidenceWitness(models.Model):
    """The last state of a partner's log that we countersigned; we never countersign one that contradicts it."""

    origin = models.CharField(max_length=200, unique=True)
    partner = models.CharField(max_length=64)
    regime = models.CharField(max_length=32)
    epoch = models.PositiveIntegerField()
    size = models.BigIntegerField()
    note = models.TextField()
    seen_at = models.DateTimeField()

    class Meta:
        app_label = "storage"

    def __str__(self) -> str:
        return self.origin


class EvidenceCard(models.Model):
    """A partner's card under whose keys it countersigned; kept so that an export can be verified in years to come."""

    service = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)
    octets = models.BinaryField()

    class Meta:
        app_label = "storage"

    def __str__(self) -> str:
        return self.service


class EvidenceAlarm(models.Model):
    """Something about the evidence that a person must look at; holds the signed notes that prove it."""

    code = models.CharField(max_length=64)
    origin = models.CharField(max_length=200)
    partner = models.CharField(max_length=64)
    regime = models.CharField(max_length=32)
    raised_at = models.DateTimeField()
    proof = models.TextField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "storage"

    def __str__(self) -> str:
        return f"{self.code} {self.origin}"
