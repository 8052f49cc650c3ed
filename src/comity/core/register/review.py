"""A review keeps an entry beyond its date: to another day, not further than the law lets a review carry.

Rule L3. Source: Directive (EU) 2016/680 Art. 5 (time limits and periodic review); Regulation (EU) 2016/794 Art. 31(1)-(3):
the need for storage is reviewed after three years at the latest, continued storage is decided with reasons, and without
a decision the data are erased; Regulation (EU) 2018/1862 Art. 64 (a year at most for what came with a SIS alert).

Rules:
    - a review comes before the date: what is due has ended, and no decision brings it back;
    - it only puts off: who wants less keeps no longer, and erases;
    - it carries three years from its own day at most: then the next one is due;
    - not at all for what came with a SIS alert, what is quarantined, and what another service owns: those ends are not
      this service's to put off. Words that a partner sent end with the clause's retention (cases.md §8), which is the
      ceiling of the agreement already: they have no review.
"""

from __future__ import annotations

from datetime import date, timedelta

from comity.core.codes.exchange import ServiceId
from comity.core.register.subject import Subject, SubjectState
from comity.core.register.supplementary import OF_AN_ALERT
from comity.errors import Refused

CARRIES = timedelta(days=1095)
"""How far a review may carry, from its own day."""

DUE_WITHIN = timedelta(days=90)
"""How long before its date an entry is listed for review."""


def ceiling(today: date) -> date:
    """Return the latest day to which a review of today may carry."""
    return today + CARRIES


def prolonged(subject: Subject, *, service: ServiceId, today: date, until: date) -> Subject:
    """Return a subject whose end is put off.

    Args:
        subject: as the register holds it. service: whose register it is. today: day of the review, in UTC.
        until: the new day on which it ends.

    Raises:
        Refused: ``register.review-barred`` (SIS, quarantined, another's), ``register.review-late`` (it is due),
            ``register.review-sooner``, ``register.review-ceiling`` naming the latest day.
    """
    marks = subject.marks
    if marks.owner != service or OF_AN_ALERT & set(marks.taints) or marks.state is SubjectState.QUARANTINED:
        raise Refused("register.review-barred")
    if marks.erase_at <= today:
        raise Refused("register.review-late")
    if until <= marks.erase_at:
        raise Refused("register.review-sooner", ends=marks.erase_at.isoformat())
    if until > ceiling(today):
        raise Refused("register.review-ceiling", latest=ceiling(today).isoformat())
    return subject.model_copy(update={"marks": marks.model_copy(update={"erase_at": until})})
