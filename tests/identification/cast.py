"""Two desks under the memorandum: a person to be identified in the Belgian register, made-up fingerprint files."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.cases.cast import hold as hold_subject
from tests.cases.cast import make_desks, officer
from tests.federation.world import BE, MA, World

from comity.core.codes.exchange import Purpose, PurposeGroup, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Role, SubjectCategory, Taint
from comity.core.identification.attachment import PART_BYTES
from comity.core.identification.messages import Informed, Issuing, Nationality
from comity.core.register.birth import read_birth
from comity.core.register.subject import Marks, NameRole, Subject, SubjectKind, written
from comity.services.context import Actor, ActorKind, Node
from comity.services.exchange.deliver import deliver_due
from comity.services.identification.attach import NewFile, send_parts
from comity.services.identification.request import Circumstances, ask
from comity.services.protection.follow import follow_register
from comity.services.protection.owe import chase_due
from comity.storage.models.register import RegisterSubject

RETURN = Regime.RETURN_IDENTIFICATION
PERSON, KNOWN = "a" * 32, "b" * 32
FAMILY = "الزياني"

ELS = officer("els", Role.OFFICER, regime=RETURN)
JAN = officer("jan", Role.OFFICER, Role.APPROVER, regime=RETURN)
SAMIRA = officer("samira", Role.OFFICER, Role.APPROVER, regime=RETURN)
TARIQ = officer("tariq", Role.APPROVER, regime=RETURN)
DPO = officer("driss", Role.DATA_PROTECTION_OFFICER, regime=RETURN)
HEAD = officer("nadia", Role.HEAD_OF_DESK, regime=RETURN)
PROGRAM = Actor("account:cms", ActorKind.SERVICE_ACCOUNT, frozenset({(RETURN, Role.OFFICER)}))


def nist(length: int = 3 * PART_BYTES + 17, fill: bytes = b"\x5a") -> bytes:
    """Return made-up bytes with the header of an ANSI/NIST-ITL file."""
    body = b"\x1d1.003:1\x1f1\x1e14\x1f1\x1d1.004:TEN\x1c"
    head = b"1.001:%d\x1d1.002:0500" % (len(body) + len("1.001:58") + len("\x1d1.002:0500"))
    record = head + body
    return record + fill * (length - len(record))


def wsq(length: int = 2000) -> bytes:
    """Return made-up bytes between the markers of a WSQ picture."""
    return b"\xff\xa0\xff\xa4" + b"\x11" * (length - 6) + b"\xff\xa1"


def person(owner: ServiceId = BE, *taints: Taint, **changes: Any) -> Subject:
    """Return a person without documents, held for identification."""
    marks = Marks(
        owner=owner,
        regime=RETURN,
        purposes=(Purpose.IDENTIFICATION,),
        category=SubjectCategory.TO_BE_IDENTIFIED,
        erase_at=date(2030, 1, 1),
        taints=taints,
    )
    return Subject(
        kind=SubjectKind.PERSON,
        names=(written("سعيد", NameRole.GIVEN), written(FAMILY, NameRole.FAMILY)),
        birth=read_birth("1991-06-17"),
        nationalities=("MA",),
        phones=("+32470123456",),
        marks=marks.model_copy(update=changes),
    )


def hold(node: Node, found: Subject, uid: str, version: int = 1) -> None:
    """Put a person into a register."""
    hold_subject(node, found, uid)
    rows = RegisterSubject.objects.using(node.alias).filter(uid=uid)
    rows.update(groups=PurposeGroup.RETURN.value, version=version)


def desks() -> tuple[World, str]:
    """Return two nodes with the memorandum in force and the person at the Belgian one."""
    world, agreement = make_desks("memorandum_2016")
    hold(world.be, person(), PERSON)
    hold(world.ma, person(MA), KNOWN)
    return world, agreement


def said(**changes: Any) -> Circumstances:
    """Return the circumstances of a lawful request."""
    usual: dict[str, Any] = {
        "case": "BE-RET-2026-31",
        "nationality": Nationality(presumed="MA", contested=True, claimed=("DZ",)),
        "informed": Informed(on=date(2026, 11, 20), language="ar"),
        "issuing": Issuing(country="BE"),
    }
    return Circumstances(**{**usual, **changes})


def prints(octets: bytes | None = None) -> NewFile:
    return NewFile(nist() if octets is None else octets, DataCategory.FINGERPRINTS)


def request(world: World, agreement: str, **changes: Any) -> str:
    """Ask the Moroccan service to identify the person, with fingerprints."""
    words = {"files": [prints()], "second": JAN, "actor": ELS, "subject": PERSON, **changes}
    actor, subject, files = words.pop("actor"), words.pop("subject"), words.pop("files")
    circumstances = words.pop("said", said())
    return ask(world.be, actor, agreement, subject, circumstances, files, **words)


def work(world: World, rounds: int = 3, seconds: float = 1) -> None:
    """Let both workers do what they do: follow the register, chase, send parts, deliver."""
    for _ in range(rounds):
        world.clock.forward(seconds=seconds)
        for node in (world.be, world.ma):
            follow_register(node)
            chase_due(node)
            send_parts(node)
            deliver_due(node, world.network.channels)


__all__ = ["BE", "MA"]
