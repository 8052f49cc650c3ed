"""Cases: one thread of request and answer with a partner, and the decisions of named persons on it.

Whatever describes a person, or why something is asked, refused or released, is sealed. What is not sealed is what the
header on the wire says too. At the end of retention the words go; thread, times and grounds stay.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from comity.storage.fields import SealedBinaryField, SealedJSONField, SealedTextField


class Case(models.Model):
    """One request, by the thread it opened; `side` says whether this service asked or was asked.

    `missed_at` is the deadline that was missed, once that is on record; `compared_at` the last instant at which both
    nodes are known to have read the same clock. `by_hit` says whether the request cites what a private search found;
    `core_told` is, once it is on record, whether the core data on a hit came in time or late. `cites` is the thread with the
    same partner that it follows from.
    """

    thread = models.CharField(max_length=64)
    partner = models.CharField(max_length=48)
    side = models.CharField(max_length=8)
    regime = models.CharField(max_length=32)
    agreement = models.CharField(max_length=64)
    clause = models.CharField(max_length=64)
    purpose = models.CharField(max_length=32)
    urgency = models.CharField(max_length=16)
    deadline_hours = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)
    rejected = models.CharField(max_length=64, null=True)
    due_at = models.DateTimeField(null=True)
    closing = models.CharField(max_length=32, null=True)
    closing_sent_at = models.DateTimeField(null=True)
    closing_received_at = models.DateTimeField(null=True)
    closing_rejected = models.CharField(max_length=64, null=True)
    ground = models.CharField(max_length=4, null=True)
    by_hit = models.BooleanField(default=False)
    negative = models.CharField(max_length=16, null=True)
    owner = models.CharField(max_length=64, null=True)
    changed_at = models.DateTimeField()
    erase_at = models.DateTimeField(null=True)
    missed_at = models.DateTimeField(null=True)
    compared_at = models.DateTimeField(null=True)
    core_told = models.CharField(max_length=8, null=True)
    cites = models.CharField(max_length=32, null=True)
    request = SealedJSONField(null=True)
    reply = SealedJSONField(null=True)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [models.UniqueConstraint(fields=["partner", "thread"], name="case_once")]
        indexes: ClassVar = [
            models.Index(fields=["thread"], name="case_thread"),
            models.Index(fields=["side", "closing", "due_at"], name="case_inbox"),
            models.Index(fields=["erase_at"], name="case_erase_at"),
            models.Index(fields=["side"], condition=models.Q(missed_at__isnull=False), name="case_missed"),
            models.Index(fields=["cites"], condition=models.Q(cites__isnull=False), name="case_cites"),
            models.Index(
                fields=["received_at"],
                condition=models.Q(by_hit=True, core_told__isnull=True),
                name="case_core_open",
            ),
        ]

    def __str__(self) -> str:
        return self.thread


class CaseDecision(models.Model):
    """A named person's decision to release, to refuse, or the block that met it; its digest stands in the evidence.

    `content` names the person, the subject and the categories; `true_ground` is for the data-protection officer.
    """

    thread = models.CharField(max_length=64, db_index=True)
    partner = models.CharField(max_length=48)
    kind = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    decided_at = models.DateTimeField()
    content = SealedJSONField(null=True)
    true_ground = SealedTextField(null=True)

    class Meta:
        app_label = "storage"

    def __str__(self) -> str:
        return f"{self.kind} {self.thread}"


class CaseNote(models.Model):
    """A note of our own on a case: how it was handed over, over which other channel it came too. It never leaves.

    `inheritance`: the marks of what stands in it, which a text made from it inherits.
    """

    partner = models.CharField(max_length=48)
    thread = models.CharField(max_length=64)
    kind = models.CharField(max_length=16)
    at = models.DateTimeField()
    content = SealedJSONField(null=True)
    inheritance = SealedJSONField(null=True)

    class Meta:
        app_label = "storage"
        indexes: ClassVar = [models.Index(fields=["partner", "thread"], name="case_note_thread")]

    def __str__(self) -> str:
        return f"{self.kind} {self.thread}"


class AttachmentState(models.TextChoices):
    """Life of a file: on its way, whole and verified, not taken by the partner's node, a tombstone."""

    ARRIVING = "arriving"
    HELD = "held"
    REFUSED = "refused"
    GONE = "gone"


class Attachment(models.Model):
    """A file that a message of a thread declares; opaque to the node.

    `declared` is the message, `number` its place there; `place` numbers the files of one side of a thread. `parts`
    counts its parts, `arrived` those that the recipient's node has. `decision` is the digest of the named person's
    decision under which it was sent. Once gone there is neither digest nor part.
    """

    partner = models.CharField(max_length=48)
    thread = models.CharField(max_length=64)
    regime = models.CharField(max_length=32)
    direction = models.CharField(max_length=3)
    declared = models.CharField(max_length=32)
    number = models.PositiveSmallIntegerField()
    place = models.PositiveSmallIntegerField()
    category = models.CharField(max_length=32)
    type = models.CharField(max_length=16)
    size = models.PositiveIntegerField()
    parts = models.PositiveSmallIntegerField()
    arrived = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=12, choices=AttachmentState.choices, default=AttachmentState.ARRIVING)
    code = models.CharField(max_length=64, null=True)
    ground = models.CharField(max_length=32, null=True)
    state_since = models.DateTimeField()
    decision = models.CharField(max_length=64, default="")
    sha256 = SealedTextField(null=True)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "declared", "number"], name="attachment_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["partner", "thread", "id"], name="attachment_thread"),
            models.Index(fields=["state", "direction"], name="attachment_way"),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.thread}/{self.place}"


class AttachmentPart(models.Model):
    """One part of a file; `message` carries it, None while it waits to be sent."""

    attachment = models.ForeignKey(Attachment, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveSmallIntegerField()
    message = models.CharField(max_length=32, null=True)
    octets = SealedBinaryField()

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["attachment", "number"], name="attachment_part_once")
        ]
        indexes: ClassVar = [models.Index(fields=["message"], name="attachment_part_message")]

    def __str__(self) -> str:
        return f"{self.attachment_id}/{self.number}"
