"""What a partner may find at all, before any agreement is asked: an agreement can only narrow it.

Rules:
- only what this service owns, in the regime asked, for a purpose of the group asked, active and not past its
  retention (Directive (EU) 2016/680 Art. 4(1), 5, 16(3); Regulation (EU) 2016/794 Art. 23(9));
- nothing that carries a taint (Regulation (EU) 2024/1358 Art. 49, 50; Regulation (EU) 2018/1862 Art. 65;
  Regulation (EU) 2018/1860 Art. 15): there is no switch;
- no victim, witness or informant, and nobody who may be under 18; doubt protects.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from comity.core.codes.exchange import PURPOSE_GROUPS, PurposeGroup, Regime, ServiceId
from comity.core.codes.marks import SubjectCategory
from comity.core.register.subject import Subject, SubjectState

PROTECTED_CATEGORIES = frozenset({SubjectCategory.VICTIM, SubjectCategory.WITNESS, SubjectCategory.INFORMANT})


class Hidden(StrEnum):
    """Why a subject cannot be found; for one's own officers only, never for a partner."""

    OWNER = "owner"
    REGIME = "regime"
    PURPOSE = "purpose"
    STATE = "state"
    RETENTION = "retention"
    TAINT = "taint"
    CATEGORY = "category"
    MINOR = "minor"


def hidden_by(
    subject: Subject, *, service: ServiceId, regime: Regime, group: PurposeGroup, today: date
) -> frozenset[Hidden]:
    """Return every reason why a partner may not find the subject; empty when it may.

    Args:
        subject: as the register holds it.
        service: the service whose register it is.
        regime: the regime of the partner's probe.
        group: the purpose group of the partner's probe.
        today: the day of the index, in UTC.
    """
    marks = subject.marks
    grounds = {
        Hidden.OWNER: marks.owner != service,
        Hidden.REGIME: marks.regime is not regime,
        Hidden.PURPOSE: all(PURPOSE_GROUPS[purpose] is not group for purpose in marks.purposes),
        Hidden.STATE: marks.state is not SubjectState.ACTIVE,
        Hidden.RETENTION: marks.erase_at <= today,
        Hidden.TAINT: bool(marks.taints),
        Hidden.CATEGORY: marks.category in PROTECTED_CATEGORIES,
        Hidden.MINOR: any(birth.may_be_minor(today) for birth in subject.births),
    }
    return frozenset(ground for ground, holds in grounds.items() if holds)


def findable(
    subject: Subject, *, service: ServiceId, regime: Regime, group: PurposeGroup, today: date
) -> bool:
    """Tell whether a partner may find the subject at all."""
    return not hidden_by(subject, service=service, regime=regime, group=group, today=today)
