"""The links of an entry, for who may see both ends; of what lies beyond them only the kinds of link.

Rules L28 and L32. Source: Regulation (EU) 2016/794 Annex II.B (3); Regulation (EU) 2018/1862 Art. 63(3). Looking is a
consultation and leaves evidence (Directive (EU) 2016/680 Art. 25).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from comity.core.register.links.model import Link, open_link
from comity.core.register.subject import SubjectState, open_subject
from comity.services.context import Actor, Node
from comity.services.register.links.join import visible
from comity.services.register.read import consult
from comity.storage.models.register import RegisterLink
from comity.storage.register import links as rows


@dataclass(frozen=True, slots=True)
class Shown:
    """One link of an entry.

    Args:
        uid: of the link. link: what is kept of it. other: identifier of the other end. names: what it is called here.
        beyond: of the other end's further links their kinds and how many of each; neither whom they lead to nor why.
    """

    uid: str
    link: Link
    other: str
    names: tuple[str, ...]
    state: SubjectState
    beyond: dict[str, int]

    def document(self) -> dict[str, Any]:
        """Return it as a JSON value; `basis`, marks and evaluation are None for a contact's contact."""
        marks = self.link.marks
        return {
            "link": self.uid,
            "kind": self.link.kind.value,
            "other": self.other,
            "names": list(self.names),
            "basis": None if marks is None else marks.basis,
            "assertion": None if marks is None else marks.assertion.value,
            "handling": None if marks is None else marks.handling.value,
            "evaluation": None
            if marks is None
            else marks.source_evaluation.value + marks.information_evaluation.value,
            "beyond": dict(self.beyond),
        }


def links_of(node: Node, actor: Actor, uid: str, reason: str) -> list[Shown]:
    """Return the links of an entry of which the actor may see both ends; the look is recorded.

    Args:
        uid: in our register. reason: why it is looked at; kept sealed for oversight.

    Raises:
        InputError: ``register.unknown``, ``register.reason``.
        Refused: ``actor.role``, ``register.restricted``.
    """
    consult(node, actor, uid, reason)
    return [_shown(node, actor, row, uid) for row in rows.links_at(node.alias, uid) if visible(actor, row)]


def _shown(node: Node, actor: Actor, row: RegisterLink, uid: str) -> Shown:
    far = row.other if row.one.uid == uid else row.one
    subject = open_subject(far.content or b"")
    further = (each for each in rows.links_at(node.alias, far.uid) if each.pk != row.pk)
    beyond = Counter(open_link(each.content).kind.value for each in further if visible(actor, each))
    return Shown(
        row.uid,
        open_link(row.content),
        far.uid,
        tuple(subject.full_names()),
        SubjectState(far.state),
        dict(sorted(beyond.items())),
    )
