"""What of a subject may be told, category by category; a named person decides whether.

Rules:
- only the data categories permitted, cut down further to those allowed for the category of data subject
  (Directive (EU) 2016/680 Art. 6; Regulation (EU) 2016/794 Annex II.B): nothing of a witness's accounts;
- handling code, evaluation and category always travel with it (Regulation (EU) 2016/794 Art. 29), and of each field
  whether it is a fact or an assessment; as of when, and whether it is all that its source knows (Directive (EU)
  2016/680 Art. 7(1)-(2));
- a category of which the register holds nothing is not offered and does not stand in it;
- the check that the owner asks of whoever finds the person is told to partners, under the police regime only (Regulation
  (EU) 2018/1862 Art. 36), and never to the person;
- taints never stand in it, and the shape depends only on the categories and on what is held: their absence says
  nothing either (Regulation (EU) 2024/1358 Art. 49(4); Regulation (EU) 2018/1860 Art. 15(4));
- a subject that carries a taint of prohibited origin, or is not active, is not released at all;
- the person itself is no partner: it is told all that is held of it, whatever protects it from others
  (`told_to_person`); but while a check is asked for, nothing of the entry, lest the person learn of it (LED Art. 15(1)).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from comity.core.codes.assertions import ASSERTIONS, assertions_of
from comity.core.codes.checks import CHECK, read_check
from comity.core.codes.dated import AS_OF, COMPLETENESS
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import DataCategory, SubjectCategory, Taint
from comity.core.register.subject import (
    Account,
    Name,
    Paper,
    Place,
    PlaceRole,
    Subject,
    SubjectState,
    Vehicle,
)
from comity.errors import InputError, Refused

NEVER_RELEASED = frozenset(
    {
        Taint.SIS,
        Taint.EURODAC,
        Taint.ASYLUM,
        Taint.RETURN_SUSPENDED,
        Taint.TORTURE_RISK,
        Taint.RESTRICTED,
        Taint.QUARANTINED,
    }
)

_IDENTITY = frozenset(
    {
        DataCategory.NAMES,
        DataCategory.BIRTH,
        DataCategory.SEX,
        DataCategory.NATIONALITIES,
        DataCategory.PARENTS,
        DataCategory.DOCUMENTS,
    }
)
_REACHABLE = _IDENTITY | {DataCategory.PHONES, DataCategory.ADDRESSES}
_LINKED = _REACHABLE | {DataCategory.VEHICLES, DataCategory.ORGANISATIONS}
_ALL = frozenset(DataCategory)

_RELEASED = frozenset(
    {"kind", "category", "handling", "evaluation", "fields", ASSERTIONS, AS_OF, COMPLETENESS}
)
"""Members of a released subject."""

LONGEST_MARK = 100
"""Signs of a mark beside the fields, all of which are codes or dates."""

_MEMBERS = frozenset({"date", "precision"}).union(
    *(part.model_fields for part in (Name, Place, Paper, Vehicle, Account))
) - {"split"}
"""Members of a released value."""

MAIN = ("text", "date", "number")
"""Members that hold the value itself, whichever is there first; the others explain it."""

ALLOWED: dict[SubjectCategory, frozenset[DataCategory]] = {
    SubjectCategory.SUSPECT: _ALL,
    SubjectCategory.CONVICTED: _ALL,
    SubjectCategory.REASONABLE_GROUNDS: _ALL,
    SubjectCategory.VICTIM: _IDENTITY,
    SubjectCategory.WITNESS: _IDENTITY,
    SubjectCategory.INFORMANT: frozenset(),
    SubjectCategory.CONTACT: _REACHABLE,
    SubjectCategory.ASSOCIATE: _LINKED,
    SubjectCategory.MISSING: _REACHABLE,
    SubjectCategory.TO_BE_IDENTIFIED: _IDENTITY | {DataCategory.FINGERPRINTS},
}
"""Ceiling of fields for each category of data subject."""


def releasable(subject: Subject) -> frozenset[DataCategory]:
    """Return the categories of which something is held and that may be told of this category of person.

    Whether anything may be told of this very person, `release` decides.
    """
    return frozenset(each for each in ALLOWED[subject.marks.category] if _values(subject, each))


def told_apart(subject: Subject) -> dict[str, str]:
    """Return, of every category of which something is held, whether it is a fact or an assessment."""
    return assertions_of(held_of(subject), subject.marks.facts)


def release(subject: Subject, categories: frozenset[DataCategory]) -> dict[str, Any]:
    """Return the permitted fields of a subject as JSON.

    The caller must have a Permit and a named person's decision.

    Args:
        subject: as the register holds it.
        categories: what the clause permits and the officer releases.

    Raises:
        Refused: ``register.not-releasable``; the true ground is not in the error.
    """
    marks = subject.marks
    if marks.state is not SubjectState.ACTIVE or NEVER_RELEASED & set(marks.taints):
        raise Refused("register.not-releasable")
    told = _told(subject, categories & releasable(subject))
    asks = marks.check is not None and marks.regime is Regime.POLICE
    return {**told, CHECK: str(marks.check)} if asks else told


def told_to_person(subject: Subject, withheld: Collection[DataCategory] = ()) -> dict[str, Any]:
    """Return what is held of a person as JSON, for that person (LED Art. 14(d)): all but the fields that stay out.

    The ceilings and prohibitions of `release` are for partners: asylum, a restriction, or being a witness protect the person
    from others and not from itself. What was obtained in violation of human rights is processed no further, by no letter
    either (Regulation (EU) 2016/794 Art. 23(9)). Marks do not stand in it. Whether it is told at all, a person decides.

    Args:
        withheld: fields that a person decided to leave out, with documented reasons (LED Art. 15(1)); the answer reads as
            if nothing of them were held.

    Raises:
        Refused: ``rights.quarantined``, ``rights.under-check``.
        InputError: ``rights.field``: one of which nothing is held, or all of them.
    """
    marks = subject.marks
    if marks.state is SubjectState.QUARANTINED or Taint.QUARANTINED in marks.taints:
        raise Refused("rights.quarantined")
    if marks.check is not None:
        raise Refused("rights.under-check")
    held, left_out = held_of(subject), frozenset(withheld)
    if left_out and not left_out < held:
        raise InputError("rights.field")
    return _told(subject, held - left_out)


def held_of(subject: Subject) -> frozenset[DataCategory]:
    """Return the categories of which something is held."""
    return frozenset(each for each in DataCategory if _values(subject, each))


def _told(subject: Subject, granted: frozenset[DataCategory]) -> dict[str, Any]:
    marks = subject.marks
    fields = {category.value: _values(subject, category) for category in sorted(granted)}
    return {
        "kind": subject.kind.value,
        "category": marks.category.value,
        "handling": marks.handling.value,
        "evaluation": marks.source_evaluation.value + marks.information_evaluation.value,
        "fields": fields,
        ASSERTIONS: assertions_of(granted, marks.facts),
        AS_OF: None if marks.as_of is None else marks.as_of.isoformat(),
        COMPLETENESS: marks.completeness.value,
    }


def is_as_released(
    document: Mapping[str, Any], named: Collection[DataCategory], category: SubjectCategory | None
) -> bool:
    """Whether what came of a subject is what `release` gives: no other member, no other field, nothing deeper.

    What the policy decided on is the header; a member beside the fields would go past it.

    Args:
        document: hostile, of any form. named: categories of the header. category: of the person, as the message says.
    """
    fields = document.get("fields")
    if (
        frozenset(document) - {CHECK} != _RELEASED
        or not isinstance(fields, Mapping)
        or document["category"] != category
    ):
        return False
    if frozenset(fields) - {each.value for each in named}:
        return False
    if CHECK in document and read_check(document[CHECK]) is None:
        return False
    if not all(_is_text(value) for name, value in document.items() if name not in ("fields", ASSERTIONS)):
        return False
    return all(isinstance(values, list) and all(map(_is_value, values)) for values in fields.values())


def _is_text(value: object) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= LONGEST_MARK)


def _is_value(value: object) -> bool:
    """Whether it is a text, or a text with what explains it, member by member."""
    if isinstance(value, Mapping):
        return frozenset(value) <= _MEMBERS and all(
            each is None or isinstance(each, str) for each in value.values()
        )
    return isinstance(value, str)


def in_order(value: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the members of a released value as they are read: the value first, then what explains it.

    The same for what would leave and for what came, whose members were sorted on the way (RFC 8785).
    """
    return sorted(value.items(), key=lambda each: (each[0] not in MAIN, each[0]))


def _places(subject: Subject, role: PlaceRole) -> list[Any]:
    return [place.model_dump(mode="json") for place in subject.places if place.role is role]


def _births(subject: Subject) -> list[Any]:
    dates = [{"date": birth.text(), "precision": birth.precision.value} for birth in subject.births]
    return dates + _places(subject, PlaceRole.BIRTH)


def _documents(parts: Sequence[BaseModel]) -> list[Any]:
    # Whether a name was split is the reading of this node's software, no statement of its source.
    return [part.model_dump(mode="json", exclude={"split"}) for part in parts]


_FIELDS: dict[DataCategory, Callable[[Subject], list[Any]]] = {
    DataCategory.NAMES: lambda subject: _documents(subject.own_names),
    DataCategory.PARENTS: lambda subject: _documents(subject.parents),
    DataCategory.BIRTH: _births,
    DataCategory.SEX: lambda subject: [subject.sex.value] if subject.sex else [],
    DataCategory.NATIONALITIES: lambda subject: list(subject.nationalities),
    DataCategory.DOCUMENTS: lambda subject: _documents(subject.documents),
    DataCategory.PHONES: lambda subject: [*subject.phones, *subject.emails],
    DataCategory.ADDRESSES: lambda subject: _places(subject, PlaceRole.ADDRESS),
    DataCategory.VEHICLES: lambda subject: _documents(subject.vehicles),
    DataCategory.ACCOUNTS: lambda subject: _documents(subject.accounts),
    DataCategory.ORGANISATIONS: lambda subject: list(subject.organisations),
    DataCategory.CASE_FACTS: lambda subject: list(subject.remarks),
}
"""Values by category; the categories without an entry are never held in the register."""


def _values(subject: Subject, category: DataCategory) -> list[Any]:
    values = _FIELDS.get(category)
    return values(subject) if values else []
