"""Four entries of the Moroccan register and the links between them."""

from __future__ import annotations

from typing import Any

from tests.cases.cast import SALMA, hold, subject
from tests.federation.world import World

from comity.core.codes.marks import (
    Assertion,
    Handling,
    InformationEvaluation,
    SourceEvaluation,
    SubjectCategory,
)
from comity.core.register.links.model import Link, LinkKind, LinkMarks
from comity.core.register.subject import NameRole, Subject, written
from comity.services.register.links.join import join

SUSPECT, OTHER, CONTACT, FURTHER = ("1" * 32, "2" * 32, "3" * 32, "4" * 32)
BASIS = "they were seen together at Tanger-Ville"
MARKS = LinkMarks(
    basis=BASIS,
    assertion=Assertion.ASSESSMENT,
    handling=Handling.H1,
    source_evaluation=SourceEvaluation.B,
    information_evaluation=InformationEvaluation.TWO,
)


def entry(name: str, **marks: Any) -> Subject:
    """Return an entry with one name."""
    names = (written(name, NameRole.FULL),)
    return subject(**marks).model_copy(update={"names": names, "phones": (), "remarks": ()})


def enter(world: World) -> None:
    """Let the register hold two suspects, a contact and the contact's contact."""
    around = {"category": SubjectCategory.CONTACT}
    for uid, name, marks in (
        (SUSPECT, "Karim Tazi", {}),
        (OTHER, "Omar Idrissi", {}),
        (CONTACT, "Hind Berrada", around),
        (FURTHER, "Samir Lahlou", around),
    ):
        hold(world.ma, entry(name, **marks), uid)


def linked(world: World, one: str, other: str, kind: LinkKind = LinkKind.ACQUAINTANCE, **more: Any) -> str:
    """Link two entries."""
    actor = more.get("actor", SALMA)
    return join(world.ma, actor, one, other, Link(kind=kind, marks=MARKS), "file 12")
