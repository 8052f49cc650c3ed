"""Facts told apart from assessments, statement by statement: what is told, and that nothing is told without it.

Rule L5. Source: Directive (EU) 2016/680 Art. 7(1). A statement is one text that a person wrote (the facts of a request, the
note of an answer), or what the register holds of one category of data; each has its own mark. Rules:
    - every statement that is told has a mark, and no mark is told of a statement that is not;
    - a mark is one of two words: there is no third, and no empty one;
    - who writes a text says it: no mark is supplied for words; of an entry whose source is silent it is an assessment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from comity.core.codes.marks import SILENT_ASSERTION, Assertion, DataCategory
from comity.core.faults import named
from comity.errors import InputError

ASSERTIONS = "assertions"
"""Member of a body, and of a released subject, that holds the marks: name of the statement to mark."""


REPORTED = (
    "place",
    "reason",
    "circumstances",
    "route",
    "companions",
    "identity",
    "used",
    "carried",
    "further",
    "deviation",
)
"""Names of the texts of a hit report, in the order in which they are read."""

WRITTEN = frozenset({"about", "facts", "reasons", "link", "note", "matter", "answer", *REPORTED})
"""Names of the texts that people write; a test compares them with the bodies'."""

STATEMENT_NAMES = WRITTEN | {each.value for each in DataCategory}


def is_told_apart(statements: Collection[str], assertions: Any) -> bool:
    """Tell whether exactly these statements are marked, each as one or the other.

    Args:
        statements: names of those that are told. assertions: hostile or our own, of any form.
    """
    if not isinstance(assertions, Mapping) or set(assertions) != set(statements):
        return False
    return all(isinstance(mark, str) and mark in set(Assertion) for mark in assertions.values())


def is_document_told_apart(document: Mapping[str, Any]) -> bool:
    """Tell whether each field of a released subject is marked; a document without fields in their form says no."""
    fields = document.get("fields")
    return isinstance(fields, Mapping) and is_told_apart(fields, document.get(ASSERTIONS))


def require_told_apart(statements: Iterable[str], assertions: Mapping[str, Any]) -> None:
    """Check what an officer or a system of our own marked, before anything is built from it.

    Raises:
        InputError: ``case.assertion-missing``, naming the statements that are not marked, or are not there.
    """
    wanted = set(statements)
    wrong = {name for name in wanted if not is_told_apart((name,), only(assertions, (name,)))}
    wrong |= set(assertions) - wanted
    if wrong:
        raise InputError("case.assertion-missing", field=", ".join(sorted(wrong)), allowed=named(Assertion))


def assertions_of(categories: Iterable[DataCategory], facts: Collection[DataCategory]) -> dict[str, str]:
    """Return the marks of categories of data, sorted by category.

    Args:
        facts: those that the source states as facts; of the others it is silent.
    """
    return {
        each.value: (Assertion.FACT if each in facts else SILENT_ASSERTION).value
        for each in sorted(categories)
    }


def assertions_in(body: Mapping[str, Any]) -> dict[str, Assertion]:
    """Return every mark in a message's body, hostile or our own, by the name of the statement.

    Those of its words, of its subject, and of what it corrects; what is no mark of a known statement is left out.
    """
    found: dict[str, Assertion] = {}
    for part in (body, body.get("subject"), body.get("corrected")):
        marks = part.get(ASSERTIONS) if isinstance(part, Mapping) else None
        if isinstance(marks, Mapping):
            found |= {name: Assertion(mark) for name, mark in marks.items() if mark in list(Assertion)}
    corrected = body.get("corrected")
    if isinstance(corrected, Mapping):
        found |= assertions_in({"subject": corrected.get("subject")})
    return {name: found[name] for name in sorted(STATEMENT_NAMES & set(found))}


def only(assertions: Mapping[str, Any], kept: Collection[str]) -> dict[str, Any]:
    """Return the marks of those statements that are kept, as they came: who passes something on changes none."""
    return {name: mark for name, mark in assertions.items() if name in kept}
