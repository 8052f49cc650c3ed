"""An edge between two registers: one of our entries and somebody of a partner's use one telephone number.

Implements docs/protocol/overlap.md §5; rule L28. Source: Regulation (EU) 2016/794 Annex II.B (3) (of contacts and associates no
more than the link). Rules:
    - it holds the kind, on what it rests and with which marks; nothing that describes the partner's person;
    - where both ends are there only as somebody's contact or associate, it is the edge of a contact's contact: its kind is kept and nothing
      else.
"""

from __future__ import annotations

from comity.core.codes.marks import Assertion, SubjectCategory
from comity.core.overlap.wire import End
from comity.core.register.links.model import AROUND, LinkKind, LinkMarks
from comity.core.register.subject import Frozen


class AcrossLink(Frozen):
    """What is kept of an edge between two registers.

    Args:
        kind: of the link. end: who stands at the partner's. reference: opaque, of the partner's person.
        marks: None for the edge of a contact's contact.
    """

    kind: LinkKind = LinkKind.COMMUNICATED
    end: End
    reference: str | None = None
    marks: LinkMarks | None


def across(own: SubjectCategory, end: End, reference: str | None, overlap: str) -> AcrossLink:
    """Return what may be kept of an edge.

    Args:
        own: category of our person. overlap: the comparison that found it.
    """
    marks = LinkMarks(
        basis=f"one telephone number in both registers; comparison {overlap}", assertion=Assertion.FACT
    )
    return reduced(AcrossLink(end=end, reference=reference, marks=marks), own)


def reduced(link: AcrossLink, own: SubjectCategory) -> AcrossLink:
    """Return what of an edge may still be kept, our person being of that category now (L28)."""
    beyond = own in AROUND and link.end is End.AROUND
    return link.model_copy(update={"marks": None, "reference": None}) if beyond else link
