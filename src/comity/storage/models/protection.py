"""What was said in threads, message by message, and what follows it: notices, what they still wait for, consents.

Words stand in sealed columns. A passage that was recalled or erased stays as a tombstone: identifiers, times, ground.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from comity.core.codes.languages import UNKNOWN
from comity.storage.fields import SealedJSONField


class PassageState(models.TextChoices):
    """Life of a passage; only one that is held may be read and used."""

    HELD = "held"
    RESTRICTED = "restricted"
    GONE = "gone"


class Passage(models.Model):
    """One message of a thread that says something, sent or received, and how it stands.

    `body` is None for a request and a final reply, whose words the case itself holds. `subject` and `version` name the
    entry of our register that was released, `seen_version` the last that was compared with it. `origin` is the passage of another partner that this one passes on.
    `conditions_open`: its conditions must be acknowledged before it is read. `inheritance`: the marks that its words carry
    and where those come from, for whatever is made from them; it never leaves.
    """

    partner = models.CharField(max_length=48)
    thread = models.CharField(max_length=64)
    message = models.CharField(max_length=32)
    direction = models.CharField(max_length=3)
    kind = models.CharField(max_length=64)
    regime = models.CharField(max_length=32)
    sent_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=PassageState.choices, default=PassageState.HELD)
    ground = models.CharField(max_length=32, null=True)
    state_since = models.DateTimeField(null=True)
    restricted_by = models.CharField(max_length=48, null=True)
    corrections = models.PositiveIntegerField(default=0)
    corrected_at = models.DateTimeField(null=True)
    subject = models.CharField(max_length=32, default="")
    version = models.PositiveIntegerField(default=0)
    seen_version = models.PositiveIntegerField(default=0)
    categories = models.JSONField(default=list)
    origin = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="passed_on")
    conditions_open = models.BooleanField(default=False)
    acknowledged_at = models.DateTimeField(null=True)
    body = SealedJSONField(null=True)
    inheritance = SealedJSONField(null=True)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "message"], name="passage_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["partner", "thread", "id"], name="passage_thread"),
            models.Index(fields=["subject"], name="passage_subject"),
            models.Index(fields=["thread"], condition=models.Q(conditions_open=True), name="passage_sealed"),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.message}"


class Quote(models.Model):
    """That the words of a message of ours mean an entry of our register which it does not release.

    `touched`: the case touched the entry when it was written. `version` is that of the entry then, `seen_version` the last
    that was compared with the words. It goes with the words.
    """

    partner = models.CharField(max_length=48)
    message = models.CharField(max_length=32)
    subject = models.CharField(max_length=32)
    touched = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)
    seen_version = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "message", "subject"], name="quote_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["subject"], name="quote_subject")]

    def __str__(self) -> str:
        return self.message


class Unquoted(models.Model):
    """A message of ours from before it was noted whom words mean; it goes once that is known."""

    partner = models.CharField(max_length=48)
    message = models.CharField(max_length=32)

    class Meta:
        app_label = "storage"

    def __str__(self) -> str:
        return self.message


class Notice(models.Model):
    """A correction, restriction, recall or erasure: one that we owe a recipient, or one that came.

    Sent ones (`direction` out): `message` is the last that carried it, `settled_at` when the recipient's receipt said
    that it is done; until then it is chased. Received ones (in): done at once; `settled_at` when a person here has taken
    note. `target` is the message that it concerns, None for all that the sender said in the thread. `cause` is the
    received notice that made us tell our own recipients.
    """

    direction = models.CharField(max_length=3)
    partner = models.CharField(max_length=48)
    regime = models.CharField(max_length=32)
    thread = models.CharField(max_length=64)
    target = models.CharField(max_length=32, null=True)
    act = models.CharField(max_length=16)
    kind = models.CharField(max_length=64)
    ground = models.CharField(max_length=32, null=True)
    opened_at = models.DateTimeField()
    message = models.CharField(max_length=32, null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=64, null=True)
    settled_at = models.DateTimeField(null=True)
    cause = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="consequences")
    content = SealedJSONField(null=True)

    class Meta:
        app_label = "storage"
        indexes: ClassVar = [
            models.Index(fields=["settled_at", "direction", "next_at"], name="notice_open"),
            models.Index(fields=["partner", "thread"], name="notice_thread"),
            models.Index(fields=["message"], name="notice_message"),
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.act} {self.thread}"


class Consent(models.Model):
    """Consent to a further use of one passage: asked, given, refused or withdrawn; `side` says who asked."""

    side = models.CharField(max_length=8)
    partner = models.CharField(max_length=48)
    regime = models.CharField(max_length=32)
    thread = models.CharField(max_length=64)
    target = models.CharField(max_length=32)
    asked = models.CharField(max_length=32)
    use = models.CharField(max_length=16)
    purpose = models.CharField(max_length=32)
    recipient = models.CharField(max_length=48, null=True)
    state = models.CharField(max_length=12)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=32, null=True)
    digest = models.CharField(max_length=64, null=True)
    reasons = SealedJSONField(null=True)
    language = models.CharField(max_length=16, default=UNKNOWN)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [models.UniqueConstraint(fields=["partner", "asked"], name="consent_once")]
        indexes: ClassVar = [models.Index(fields=["partner", "thread"], name="consent_thread")]

    def __str__(self) -> str:
        return f"{self.side} {self.asked}"
