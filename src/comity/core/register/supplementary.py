"""What came with a SIS alert is kept a year at most, whatever a list or an agreement says.

Rule L32. Source: Regulation (EU) 2018/1862 Art. 64 and, for alerts on return, Regulation (EU) 2018/1861 Art. 49 by way of
Regulation (EU) 2018/1860 Art. 19 (supplementary information is deleted one year after the alert at the latest). An import that brings it again does not renew the year.
"""

from __future__ import annotations

from datetime import date, timedelta

from comity.core.codes.marks import Taint
from comity.core.register.subject import Subject

KEPT = timedelta(days=365)

OF_AN_ALERT = frozenset({Taint.SIS, Taint.RETURN_ALERT})
"""Marks of what came with an alert of the SIS, one on return among them."""


def kept_a_year(subject: Subject, today: date, before: date | None = None) -> Subject:
    """Return a subject whose retention ends within the year if it came with an alert of the SIS; any other as it is.

    Args:
        today: day of the import. before: end of retention under which it is held already, which is never put off.
    """
    marks = subject.marks
    if not OF_AN_ALERT & set(marks.taints):
        return subject
    end = min(marks.erase_at, today + KEPT if before is None else before)
    return subject.model_copy(update={"marks": marks.model_copy(update={"erase_at": end})})
