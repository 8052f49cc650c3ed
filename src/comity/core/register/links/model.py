"""A link: what two entries of one's own register have to do with each other, with marks of its own.

Rules L28 and L32. Source: Regulation (EU) 2016/794 Annex II.B (3) (of contacts and associates no more than the link, and what
proves unfounded is deleted); Regulation (EU) 2018/1862 Art. 63(3) (a link shows only to who may see both ends); Directive (EU)
2016/680 Art. 7(1). Rules:
    - a link has a kind, an evaluation, a handling code, what it rests on, and whether that is a fact or an assessment;
    - where both ends are there only as somebody's contact or associate, it is the link of a contact's contact: its kind is
      kept and nothing else, and where an end becomes such, the rest goes;
    - the ends are of one regime, and no link leaves the node.
"""

from __future__ import annotations

from enum import StrEnum

from comity.core.codes.marks import (
    DEFAULT_EVALUATION,
    Assertion,
    Handling,
    InformationEvaluation,
    SourceEvaluation,
    SubjectCategory,
)
from comity.core.register.subject import Frozen, Remark, Subject

AROUND = frozenset({SubjectCategory.CONTACT, SubjectCategory.ASSOCIATE})
"""Categories of persons who are in a register because of somebody else."""


class LinkKind(StrEnum):
    """What two entries have to do with each other."""

    FAMILY = "family"
    ACQUAINTANCE = "acquaintance"
    ACCOMPLICE = "accomplice"
    EMPLOYMENT = "employment"
    MEMBERSHIP = "membership"
    TRAVELLED = "travelled-together"
    COMMUNICATED = "communicated"
    FINANCED = "financed"
    USES = "uses"
    OWNS = "owns"


class LinkMarks(Frozen):
    """What is said of a link beside its kind.

    Args:
        basis: what it rests on, in words.
    """

    basis: Remark
    assertion: Assertion
    handling: Handling = Handling.H0
    source_evaluation: SourceEvaluation = DEFAULT_EVALUATION[0]
    information_evaluation: InformationEvaluation = DEFAULT_EVALUATION[1]


class Link(Frozen):
    """One link; `marks` is None for that of a contact's contact."""

    kind: LinkKind
    marks: LinkMarks | None


def is_contacts_contact(one: Subject, other: Subject) -> bool:
    """Whether both ends are there because of somebody else: what joins them is the link of a contact's contact."""
    return one.marks.category in AROUND and other.marks.category in AROUND


def kept(link: Link, one: Subject, other: Subject) -> Link:
    """Return what of a link may be kept between two entries (L28)."""
    return link.model_copy(update={"marks": None}) if is_contacts_contact(one, other) else link


def open_link(content: dict[str, object]) -> Link:
    """Return the link that was kept as JSON in one's own sealed storage.

    Raises:
        ValueError: it is none; that is a bug.
    """
    return Link.model_validate(content, strict=False)
