"""Clocks of cases: what changed their course, who was reminded, who stands in for whom, statistics with partners.

No words and no person that a case is about: a notice's reasons stand only in the message's sealed content, and go with
it.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from comity.storage.models.exchange import PARTY


class ClockTurn(models.Model):
    """A message of a thread that changed the course of its clock, or said why it is late.

    `received_at` is None while its receipt is awaited; `rejected` is the partner's code when it was not taken.
    """

    partner = models.CharField(max_length=PARTY)
    thread = models.CharField(max_length=64)
    message = models.CharField(max_length=32)
    kind = models.CharField(max_length=16)
    ground = models.CharField(max_length=32, null=True)
    hours = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True)
    rejected = models.CharField(max_length=64, null=True)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partner", "message"], name="clock_turn_once")
        ]
        indexes: ClassVar = [models.Index(fields=["thread", "id"], name="clock_turn_thread")]

    def __str__(self) -> str:
        return f"{self.kind} {self.thread}"


class CaseReminder(models.Model):
    """That an officer was told how little time is left for a case; once for each step and person."""

    thread = models.CharField(max_length=64)
    partner = models.CharField(max_length=PARTY)
    step = models.CharField(max_length=16)
    officer = models.CharField(max_length=64)
    raised_at = models.DateTimeField()

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["thread", "step", "officer"], name="case_reminder_once")
        ]
        indexes: ClassVar = [models.Index(fields=["officer", "raised_at"], name="case_reminder_officer")]

    def __str__(self) -> str:
        return f"{self.step} {self.thread}"


class Substitute(models.Model):
    """Who stands in for an officer under one regime; by user name."""

    officer = models.CharField(max_length=64)
    regime = models.CharField(max_length=32)
    substitute = models.CharField(max_length=64)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["officer", "regime"], name="substitute_once")
        ]

    def __str__(self) -> str:
        return f"{self.officer} {self.regime}"


class Verdict(models.TextChoices):
    """How the recipient's own figures compare."""

    AWAITED = "awaited"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"


class StatisticsReport(models.Model):
    """Figures that one party stated in a message and the other recomputes.

    `direction` says whether we stated them; `figures` are those stated, `recomputed` the other party's, once known.
    """

    direction = models.CharField(max_length=3)
    partner = models.CharField(max_length=PARTY)
    regime = models.CharField(max_length=32)
    agreement = models.CharField(max_length=64)
    message = models.CharField(max_length=32)
    first = models.DateTimeField()
    before = models.DateTimeField()
    stated_at = models.DateTimeField()
    figures = models.JSONField()
    recomputed = models.JSONField(null=True)
    verdict = models.CharField(max_length=16, choices=Verdict.choices, default=Verdict.AWAITED)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "storage"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["direction", "partner", "message"], name="statistics_once")
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.message}"
