"""A subject of the register on the command line: as JSON and as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comity.core.codes.marks import Assertion
from comity.core.register.release import told_apart

if TYPE_CHECKING:
    from comity.services.register.read import Held


def held_value(found: Held) -> dict[str, Any]:
    """Return a held subject as JSON."""
    from comity.services.register.finding.document import held_document

    return held_document(found)


def held_lines(found: Held) -> list[str]:
    """Return a held subject as lines for a person; names of any direction stand isolated (Unicode FSI, PDI)."""
    lines = [f"{found.uid}  version {found.version}  {found.state.value}  from {found.source}"]
    subject = found.subject
    if subject is None:
        return lines
    rows = {
        "name": [
            f"\u2068{name.text}\u2069 ({name.role.value}{', read from the full name' if name.split else ''})"
            for name in subject.names
        ],
        "born": [birth.text() for birth in subject.births],
        "sex": [subject.sex.value] if subject.sex else [],
        "nationality": list(subject.nationalities),
        "place": [f"\u2068{place.text}\u2069 ({place.role.value})" for place in subject.places],
        "document": [
            f"{paper.kind} {paper.number} {paper.country or ''}".strip() for paper in subject.documents
        ],
        "reach": [*subject.phones, *subject.emails],
        "vehicle": [f"{vehicle.kind} {vehicle.mark} {vehicle.number}" for vehicle in subject.vehicles],
        "account": [f"{account.kind} {account.number}" for account in subject.accounts],
        "organisation": [f"\u2068{text}\u2069" for text in subject.organisations],
        "remark": [f"\u2068{text}\u2069" for text in subject.remarks],
    }
    lines += [f"  {title}: {'; '.join(values)}" for title, values in rows.items() if values]
    marks = subject.marks
    evaluation = marks.source_evaluation.value + marks.information_evaluation.value
    taints = ", ".join(marks.taints) or "none"
    lines.append(f"  marks: {marks.category.value}, {marks.handling.value}, {evaluation}, taints {taints}")
    marks_of = told_apart(subject)
    for mark in Assertion:
        named = ", ".join(name for name, one in marks_of.items() if one == mark)
        lines += [f"  {mark.value}: {named}"] if named else []
    lines += [] if marks.check is None else [f"  check asked for: {marks.check.value}"]
    lines.append(f"  as of: {marks.as_of or 'not stated'}; completeness: {marks.completeness.value}")
    lines.append(f"  for: {', '.join(marks.purposes)} ({marks.regime.value}), until {marks.erase_at}")
    return lines
