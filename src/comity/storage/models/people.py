"""The people and systems that act at this node: officers, their roles, service accounts, and what officers left
half-done.

An officer's account holds no name, no e-mail address and no rank: the user name is the service's own identifier. A
token of a service account is never stored, only its digest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.storage.fields import SealedJSONField

REGIMES = [(regime.value, regime.value) for regime in Regime]
ROLES = [(role.value, role.value) for role in Role]
LANGUAGES = [("en", "English"), ("fr", "Français"), ("nl", "Nederlands"), ("ar", "العربية")]


class OfficerAccounts(BaseUserManager["Officer"]):
    """Finds an account by its user name, which is what Django's sign-in asks for."""


class Officer(AbstractBaseUser):
    """A person who may sign in at this node; `password_given` until the password that another gave is changed."""

    username = models.CharField(max_length=64, unique=True)
    language = models.CharField(max_length=2, choices=LANGUAGES, default="en")
    is_active = models.BooleanField(default=True)
    demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    session_epoch = models.PositiveIntegerField(default=0)
    password_given = models.BooleanField(default=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[OfficerAccounts] = OfficerAccounts()

    class Meta:
        app_label = "storage"

    def __str__(self) -> str:
        return self.username

    def get_session_auth_hash(self) -> str:
        """Return what a session must carry to stay valid: it changes with the password and the session epoch."""
        key_salt = "comity.storage.people.session"
        return salted_hmac(key_salt, f"{self.password}:{self.session_epoch}", algorithm="sha256").hexdigest()

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """Return no other: a session signed with an old secret ends."""
        return iter(())


class Assignment(models.Model):
    """One role of one officer under one regime."""

    officer = models.ForeignKey(Officer, on_delete=models.CASCADE, related_name="assignments")
    regime = models.CharField(max_length=32, choices=REGIMES)
    role = models.CharField(max_length=32, choices=ROLES)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["officer", "regime", "role"], name="assignment_once"),
        ]

    def __str__(self) -> str:
        return f"{self.regime}:{self.role}"


class ServiceAccount(models.Model):
    """A national system that speaks to the REST interface; it can ask and prepare, never release."""

    name = models.CharField(max_length=64, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    regime = models.CharField(max_length=32, choices=REGIMES)
    scopes = models.CharField(max_length=400)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    disabled_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "storage"

    def __str__(self) -> str:
        return self.name


class Draft(models.Model):
    """What an officer was writing on one page; sealed, and gone once sent. Probe pages keep none."""

    officer = models.ForeignKey(Officer, on_delete=models.CASCADE, related_name="drafts")
    page = models.CharField(max_length=160)
    content = SealedJSONField()
    saved_at = models.DateTimeField()

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [models.UniqueConstraint(fields=["officer", "page"], name="draft_once")]

    def __str__(self) -> str:
        return self.page


class ReadMark(models.Model):
    """When an officer last opened a thread; unread is what changed since."""

    officer = models.ForeignKey(Officer, on_delete=models.CASCADE, related_name="read_marks")
    thread = models.CharField(max_length=64)
    seen_at = models.DateTimeField()

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [models.UniqueConstraint(fields=["officer", "thread"], name="read_mark_once")]

    def __str__(self) -> str:
        return self.thread
