"""The register: subjects sealed, found by keyed tokens only; imports with their row errors; acts with their reasons.

No column but the sealed ones describes a person. Tokens, source keys and digests are HMACs under a key that stands
neither in the database nor beside it, so that a copy of the database cannot be searched by name.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from comity.storage.fields import SealedBinaryField, SealedJSONField


class RegisterSubject(models.Model):
    """One subject in its present version; an erased one keeps its identifier, version and source key only.

    `change` numbers changes of the register: none committed later has a number that was there before (`last_change`).
    None: the subject has not changed since changes are numbered.
    """

    uid = models.CharField(max_length=32, unique=True)
    version = models.PositiveIntegerField(default=1)
    regime = models.CharField(max_length=32)
    groups = models.CharField(max_length=100, default="")
    kind = models.CharField(max_length=16)
    source = models.CharField(max_length=64)
    source_key = models.CharField(max_length=64, unique=True)
    digest = models.CharField(max_length=64, default="")
    state = models.CharField(max_length=16)
    erase_at = models.DateField(null=True)
    seen_in = models.CharField(max_length=32, default="")
    content = SealedBinaryField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    change = models.PositiveBigIntegerField(null=True)

    class Meta:
        app_label = "storage"
        indexes: ClassVar = [
            models.Index(fields=["change"], name="register_change"),
            models.Index(fields=["regime", "state", "id"], name="register_regime_state"),
            models.Index(fields=["source", "seen_in"], name="register_source_seen"),
            models.Index(fields=["erase_at"], name="register_erase_at"),
            models.Index(fields=["changed_at", "id"], name="register_changed_at"),
        ]

    def __str__(self) -> str:
        return self.uid


class RegisterToken(models.Model):
    """One keyed token by which a subject of one's own register is found: 16 bytes of an HMAC of a folded word."""

    subject = models.ForeignKey(RegisterSubject, on_delete=models.CASCADE, related_name="tokens")
    token = models.BinaryField(max_length=16)

    class Meta:
        app_label = "storage"
        indexes: ClassVar = [models.Index(fields=["token", "subject"], name="register_token")]

    def __str__(self) -> str:
        return f"token {self.pk}"


class RegisterLink(models.Model):
    """A link between two subjects; what it says is sealed, its kind too. It goes with either end."""

    uid = models.CharField(max_length=32, unique=True)
    one = models.ForeignKey(RegisterSubject, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(RegisterSubject, on_delete=models.CASCADE, related_name="+")
    regime = models.CharField(max_length=32)
    content = SealedJSONField()
    created_at = models.DateTimeField()

    class Meta:
        app_label = "storage"

    def __str__(self) -> str:
        return self.uid


class RegisterImport(models.Model):
    """One import: what was asked, how far it came, what became of each row.

    `state` is running until it ends as done, failed or abandoned (another file of the same source came after it was
    killed); `position` is the number of readings that are committed.
    """

    uid = models.CharField(max_length=32, unique=True)
    source = models.CharField(max_length=64)
    format = models.CharField(max_length=8)
    identity = models.CharField(max_length=64)
    state = models.CharField(max_length=16)
    failure = models.CharField(max_length=64, default="")
    position = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    types = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "storage"
        indexes: ClassVar = [models.Index(fields=["source", "state"], name="register_import_source")]

    def __str__(self) -> str:
        return self.uid


class RegisterRowError(models.Model):
    """One fault of one row: where it stands and why; never the value."""

    imported = models.ForeignKey(RegisterImport, on_delete=models.CASCADE, related_name="errors")
    part = models.CharField(max_length=16, default="")
    line = models.PositiveIntegerField()
    column = models.CharField(max_length=64)
    reason = models.CharField(max_length=32)

    class Meta:
        app_label = "storage"

    def __str__(self) -> str:
        return f"{self.part} {self.line} {self.column} {self.reason}"


class RegisterAct(models.Model):
    """One consultation or alteration by a person: its statement (who, why, what was asked) is committed to in the log."""

    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    subject_uid = models.CharField(max_length=32, default="")
    statement = SealedJSONField()

    class Meta:
        app_label = "storage"
        indexes: ClassVar = [models.Index(fields=["subject_uid"], name="register_act_subject")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
