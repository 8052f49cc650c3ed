"""What an agreement would have allowed, for whoever was refused: the list of the clause beside the code of the refusal."""

from __future__ import annotations

from comity.core.agreement.model import Agreement, Clause
from comity.core.codes.exchange import Act
from comity.core.faults import named
from comity.core.policy.model import Ground
from comity.services.agreements.standing import standing
from comity.services.context import Node


def purposes_of(agreement: Agreement, act: Act) -> str:
    """Return the purposes for which some clause permits an act."""
    return named(sorted({clause.purpose for clause in agreement.clauses if act in clause.acts}))


def facts_of(node: Node, agreement: str | None, ground: Ground) -> dict[str, str | int]:
    """Return what is told of a ground on which the policy refuses: its clause, and the list of the clause.

    Args:
        agreement: hash of the agreement that was decided on.
    """
    if ground.clause is None:
        return {}
    facts: dict[str, str | int] = {"clause": ground.clause}
    found = None if agreement is None else standing(node, agreement)
    clause = None if found is None else found.agreement.clause(ground.clause)
    allowed = None if clause is None else _list_of(clause, ground.code)
    return facts if allowed is None else {**facts, "allowed": allowed}


def _list_of(clause: Clause, code: str) -> str | None:
    lists = {
        "clause.act": clause.acts,
        "clause.purpose": (clause.purpose,),
        "clause.data": clause.data,
        "clause.subject": clause.subjects,
        "clause.urgency": clause.deadlines,
    }
    return named(sorted(lists[code])) if code in lists else None
