"""The two desks of the case tests: officers, one subject in the Moroccan register, one reference to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tests.agreement.samples import shipped
from tests.federation.world import BE, MA, START, World, make_world, sign_between
from tests.told import asked

from comity.core.codes.exchange import Purpose, PurposeGroup, Regime, ServiceId
from comity.core.codes.marks import Role, SubjectCategory, Taint
from comity.core.register.birth import read_birth
from comity.core.register.subject import Marks, NameRole, Subject, SubjectKind, written
from comity.services import wiring
from comity.services.cases.request import open_request
from comity.services.context import Actor, ActorKind, Node
from comity.services.exchange.deliver import deliver_due
from comity.storage.models.probe import ProbeEpoch, ProbeReference
from comity.storage.models.register import RegisterSubject

UID = "5" * 32
REFERENCE = "7" * 32


def officer(name: str, *roles: Role, regime: Regime = Regime.POLICE) -> Actor:
    return Actor(name, ActorKind.OFFICER, frozenset((regime, role) for role in roles))


LOTTE = officer("lotte", Role.OFFICER)
YOUSSEF = officer("youssef", Role.OFFICER)
LIEN = officer("lien", Role.APPROVER)
SALMA = officer("salma", Role.OFFICER, Role.APPROVER)
HEAD = officer("nadia", Role.HEAD_OF_DESK)
DPO = officer("driss", Role.DATA_PROTECTION_OFFICER)
OPERATOR = Actor("os:root", ActorKind.OPERATOR)
SYSTEM_ACCOUNT = Actor("account:cms", ActorKind.SERVICE_ACCOUNT, frozenset({(Regime.POLICE, Role.OFFICER)}))

TEXTS: dict[str, Any] = {
    "offence": "participation in a terrorist group",
    "reasons": "the hit on the index of the partner",
    "link": "named by a witness as the driver",
    "subject_category": SubjectCategory.SUSPECT,
}


def make_desks(pack: str = "plan_2025") -> tuple[World, str]:
    """Return two nodes with a plan in force between them."""
    wiring.connect()
    world = make_world()
    return world, sign_between((world.be, world.ma), shipped(pack))


def subject(**changes: Any) -> Subject:
    """Return a suspect of the Moroccan register; changes go to the marks."""
    marks = Marks(
        owner=MA,
        regime=Regime.POLICE,
        purposes=(Purpose.TERRORISM,),
        category=SubjectCategory.SUSPECT,
        erase_at=date(2030, 1, 1),
    )
    return Subject(
        kind=SubjectKind.PERSON,
        names=(written("يوسف", NameRole.GIVEN), written("الخطابي", NameRole.FAMILY)),
        birth=read_birth("1984-03-02"),
        phones=("+212661234567",),
        remarks=("seen at the port",),
        marks=marks.model_copy(update=changes),
    )


def hold(node: Node, found: Subject, uid: str = UID) -> None:
    """Put a subject into a register, or replace it."""
    values = {
        "regime": found.marks.regime.value,
        "groups": PurposeGroup.SERIOUS_CRIME.value,
        "kind": found.kind.value,
        "source": "test",
        "source_key": uid,
        "state": found.marks.state.value,
        "erase_at": found.marks.erase_at,
        "content": found.to_octets(),
        "created_at": START,
        "changed_at": START,
    }
    RegisterSubject.objects.using(node.alias).update_or_create(uid=uid, defaults=values)


def refer(node: Node, partner: ServiceId, reference: str = REFERENCE, uid: str = UID) -> None:
    """Let a reference that a partner holds mean a subject."""
    scope = {"partner": partner, "regime": "police", "group": PurposeGroup.SERIOUS_CRIME.value, "epoch": 1}
    ProbeEpoch(
        **scope,
        public_key=bytes(32),
        record_key=bytes(32),
        reference_key=bytes(32),
        created_at=START,
        valid_before=START + timedelta(days=30),
    ).save(using=node.alias)
    ProbeReference(reference=reference, subject=uid, created_at=START, **scope).save(using=node.alias)


def with_suspect(world: World) -> None:
    """Give the Moroccan node a suspect that the Belgian one holds a reference to."""
    hold(world.ma, subject())
    refer(world.ma, BE)


def ask(world: World, agreement: str, **changes: Any) -> str:
    """Open a request on the Belgian side."""
    texts = {"reference": REFERENCE, "facts": "a car loaded at night", **TEXTS, **changes}
    texts.setdefault("assertions", asked(texts))
    # The first request of a case that cites a reference: a second person lets it leave.
    texts.setdefault("second", LIEN)
    return open_request(
        world.be,
        texts.pop("actor", LOTTE),
        MA,
        agreement,
        texts.pop("purpose", Purpose.TERRORISM),
        texts.pop("case", "BE-2026-117"),
        texts.pop("reference"),
        texts.pop("facts"),
        **texts,
    )


def deliver(world: World, seconds: float = 1) -> None:
    """Let everything that waits arrive, on both sides."""
    for _ in range(2):
        world.clock.forward(seconds=seconds)
        for node in (world.be, world.ma):
            deliver_due(node, world.network.channels)


def tainted(*taints: Taint) -> Subject:
    """Return the suspect with taints."""
    found = subject()
    return found.model_copy(update={"marks": found.marks.model_copy(update={"taints": taints})})


def renamed(actor: Actor, name: str) -> Actor:
    """Return another person with the same roles."""
    return replace(actor, name=name)
