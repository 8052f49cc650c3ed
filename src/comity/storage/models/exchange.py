"""Messages, the way out (lanes, outbox, dispatches), the way in (accepted batches), answered calls.

No row refers to another by foreign key: a message is known by direction, partner and identifier. What a message says
stands only in its sealed content and, until it is delivered, sealed for the partner in the outbox.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from comity.storage.fields import SealedBinaryField, SealedTextField

PARTY = 43
"""Greatest length of a service identifier."""


class Direction(models.TextChoices):
    """Whether this node wrote the message or received it."""

    OUT = "out"
    IN = "in"


class MessageState(models.TextChoices):
    """Where a message stands; what we received has only been accepted."""

    QUEUED = "queued"
    DELIVERED = "delivered"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    ACCEPTED = "accepted"


class ExchangedMessage(models.Model):
    """One message, sent or accepted; `content` is the author's signed content (compact JWS), sealed at rest.

    `ground` is that on which it was transferred to another State, when it was.
    """

    direction = models.CharField(max_length=3, choices=Direction.choices)
    partner = models.CharField(max_length=PARTY)
    message = models.CharField(max_length=32)
    regime = models.CharField(max_length=32)
    kind = models.CharField(max_length=64)
    act = models.CharField(max_length=32)
    agreement = models.CharField(max_length=64, null=True)
    clause = models.CharField(max_length=64, null=True)
    purpose = models.CharField(max_length=32, null=True)
    thread = models.CharField(max_length=64, null=True)
    sent_at = models.DateTimeField()
    stored_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=16, choices=MessageState.choices)
    code = models.CharField(max_length=64, null=True)
    disputed = models.BooleanField(default=False)
    header = models.BinaryField()
    digest = models.CharField(max_length=64)
    sealed = models.CharField(max_length=64)
    batch = models.CharField(max_length=32, null=True)
    content = SealedTextField(null=True)
    ground = models.CharField(max_length=32, null=True)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["direction", "partner", "message"], name="message_once")
        ]
        indexes: ClassVar = [
            models.Index(fields=["thread", "id"], name="message_thread"),
            models.Index(
                fields=["stored_at"], condition=models.Q(state=MessageState.QUEUED), name="message_queued"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.message}"


class Lane(models.Model):
    """The queue towards one partner under one regime: at most one dispatch of it is under way.

    `claim` names who works on it until `locked_until`; a claim that expired may be taken over, since whatever it sent
    is sent again byte for byte.
    """

    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=32)
    claim = models.CharField(max_length=32, null=True)
    locked_until = models.DateTimeField(null=True)
    next_attempt = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0)
    last_code = models.CharField(max_length=64, null=True)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [models.UniqueConstraint(fields=["partner", "regime"], name="lane_once")]

    def __str__(self) -> str:
        return f"{self.partner} {self.regime}"


class OutboxRow(models.Model):
    """A sealed message that has no receipt yet; deleted with the receipt's arrival. Order of `id` is kept."""

    message = models.CharField(max_length=32, unique=True)
    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=32)
    act = models.CharField(max_length=32)
    header = models.BinaryField()
    sealed = models.BinaryField()
    sealed_digest = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    expires_at = models.DateTimeField()
    dispatch = models.CharField(max_length=32, null=True)

    class Meta:
        app_label = "storage"
        indexes: ClassVar = [models.Index(fields=["partner", "regime", "dispatch", "id"], name="outbox_lane")]

    def __str__(self) -> str:
        return self.message


class DispatchState(models.TextChoices):
    """Whether a batch still waits for its receipt."""

    OPEN = "open"
    CLOSED = "closed"
    DISSOLVED = "dissolved"


class Dispatch(models.Model):
    """A batch whose membership is fixed; sent again byte for byte until its receipt comes."""

    batch = models.CharField(max_length=32, unique=True)
    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=32)
    manifest = models.BinaryField()
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=DispatchState.choices, default=DispatchState.OPEN)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    receipt = models.TextField(null=True)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["partner", "regime"],
                condition=models.Q(state=DispatchState.OPEN),
                name="one_dispatch_under_way",
            )
        ]

    def __str__(self) -> str:
        return self.batch


class KeptPart(models.Model):
    """A sealed part whose receipt came, kept for the partner's restore; this node cannot open it.

    `sealed` is NULL as soon as the words may not come back; `gone` then says why.
    """

    message = models.CharField(max_length=32, unique=True)
    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=32)
    thread = models.CharField(max_length=64)
    act = models.CharField(max_length=32)
    batch = models.CharField(max_length=32)
    sealed = models.BinaryField(null=True)
    size = models.PositiveIntegerField()
    kept_at = models.DateTimeField(db_index=True)
    gone = models.CharField(max_length=16, null=True)

    class Meta:
        app_label = "storage"
        indexes: ClassVar = [
            models.Index(fields=["partner", "batch"], name="kept_batch"),
            models.Index(fields=["thread"], name="kept_thread"),
        ]

    def __str__(self) -> str:
        return self.message


class Recovery(models.Model):
    """What a partner's receipts told after a restore: one row a partner and regime.

    `since` is when the backup was made; `asked_at` is NULL until the partner was asked; `missing` counts what this node
    acknowledged and still did not hold then.
    """

    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=32)
    since = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    missing = models.PositiveIntegerField(default=0)
    unproven = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [models.UniqueConstraint(fields=["partner", "regime"], name="recovery_once")]

    def __str__(self) -> str:
        return f"{self.partner} {self.regime}"


NEVER = ""
"""Digest of a batch that its sender has called back before it came: it will not be accepted."""


class AcceptedBatch(models.Model):
    """A batch that was received, with the receipt fixed in the same transaction; or one called back before it came."""

    partner = models.CharField(max_length=PARTY)
    batch = models.CharField(max_length=32)
    regime = models.CharField(max_length=32)
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    receipt = models.BinaryField()

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [models.UniqueConstraint(fields=["partner", "batch"], name="batch_once")]

    def __str__(self) -> str:
        return self.batch


class AnsweredCall(models.Model):
    """A call that a partner made, and what was returned as long as it may be repeated."""

    partner = models.CharField(max_length=PARTY)
    call = models.CharField(max_length=32)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)
    answer = SealedBinaryField(null=True)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [models.UniqueConstraint(fields=["partner", "call"], name="call_once")]

    def __str__(self) -> str:
        return self.call
