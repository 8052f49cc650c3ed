"""What could be given unasked, before a person decides: exactly what would leave, and a digest of what it rests on.

Implements docs/protocol/cases.md §13. Nothing is sent here; `inform` and `pass_on` refuse when the entry or
the words are no longer as they were shown (``case.changed``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from comity.core import canonical
from comity.core.agreement.model import Agreement, Clause
from comity.core.cases.information import INFORMATION
from comity.core.codes.exchange import Act, Purpose
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory
from comity.core.policy.law import SPECIAL_CATEGORIES
from comity.core.register.release import releasable
from comity.core.register.subject import Subject
from comity.errors import InputError, Refused
from comity.services.agreements.allowed import purposes_of
from comity.services.agreements.standing import stored_standing
from comity.services.cases.access import require_approver
from comity.services.context import Actor, Node
from comity.services.egress.release import require_unprotected
from comity.services.exchange.submit import Outgoing
from comity.services.register.read import consult, release


@dataclass(frozen=True, slots=True)
class Offered:
    """What would leave about a person.

    Args:
        categories: the most that may be released. document: the fields as they would leave, for those categories.
        digest: hexadecimal SHA-256 of all that an officer is shown.
    """

    clause: Clause
    category: SubjectCategory
    handling: Handling
    evaluation: str
    categories: frozenset[DataCategory]
    document: dict[str, Any]
    digest: str


def propose_information(
    node: Node, actor: Actor, agreement: str, purpose: Purpose, subject: str, reason: str
) -> Offered:
    """Return what could be told of an entry of our register, to a named approver; the look at it is recorded.

    Args:
        agreement: hash. subject: uid in our register. reason: why it is looked at; kept for oversight.

    Raises:
        InputError: ``agreement.not-found``, ``register.*``.
        Refused: ``case.approver``, ``clause.none``, ``register.restricted``, ``case.not-owner``, ``case.regime``,
            ``law.protected`` (the true ground is kept: egress.md §5), ``case.not-held``.
    """
    standing = stored_standing(node, agreement)
    agreed = standing.agreement
    require_approver(actor, agreed.regime)
    clause = informing_clause(agreed, purpose)
    entry = consult(node, actor, subject, reason)
    if entry.subject is None:
        raise InputError("register.erased")
    person, marks = entry.subject, entry.subject.marks
    if marks.owner != node.service:
        raise Refused("case.not-owner")
    if marks.regime is not agreed.regime:
        raise Refused("case.regime")
    categories = frozenset(clause.data) & releasable(person) - SPECIAL_CATEGORIES
    partner = agreed.other(node.service)
    if partner is None:
        raise Refused("agreement.parties")
    leaving = Outgoing(partner, agreed.regime, INFORMATION, Act.INFORM, {}, subject=subject)
    under = (standing, clause, clause.purpose)
    require_unprotected(node, actor, leaving, (person, entry.version), under, categories)
    if not categories:
        raise Refused("case.not-held")
    return Offered(
        clause=clause,
        category=marks.category,
        handling=clause.handling.narrowed(marks.handling),
        evaluation=marks.source_evaluation.value + marks.information_evaluation.value,
        categories=categories,
        document=release(person, categories),
        digest=seen_entry(clause, agreement, person, subject, entry.version),
    )


def informing_clause(agreed: Agreement, purpose: Purpose) -> Clause:
    """Return the clause under which information is given for a purpose.

    Raises:
        Refused: ``clause.none``.
    """
    found = next((c for c in agreed.clauses if c.purpose == purpose and Act.INFORM in c.acts), None)
    if found is None:
        raise Refused("clause.none", clause="clauses", allowed=purposes_of(agreed, Act.INFORM))
    return found


def seen_entry(clause: Clause, agreement: str, person: Subject, uid: str, version: int) -> str:
    """Return the digest of what an officer is shown of an entry: its fields and marks, its version, the clause."""
    offered = frozenset(clause.data) & releasable(person)
    return _digest(
        {
            "uid": uid,
            "version": version,
            "document": release(person, offered),
            "marks": person.marks.model_dump(mode="json"),
            "agreement": agreement,
            "clause": clause.id,
        }
    )


def seen_words(clause: Clause, agreement: str, message: str, words: dict[str, Any]) -> str:
    """Return the digest of what an officer is shown of another service's words that are to be passed on."""
    return _digest({"message": message, "words": words, "agreement": agreement, "clause": clause.id})


def _digest(shown: dict[str, Any]) -> str:
    return canonical.digest(canonical.encode(shown))
