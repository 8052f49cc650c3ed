"""A desk and its partner in one process: the desk on the default database, the partner beside it, a line in memory.

Either service may be the one whose desk is served, so that one test asks and another answers.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from tests.agreement.samples import shipped
from tests.federation.world import (
    BE,
    MA,
    START,
    Clock,
    introduce,
    make_card,
    make_config,
    node_keys,
    sign_between,
)
from tests.plans.samples import ANNEX
from tests.told import asked

from comity.core.codes.exchange import Purpose, PurposeGroup, Regime, ServiceId
from comity.core.codes.marks import Role, SubjectCategory
from comity.core.probe.query import read_query
from comity.services import serving, wiring
from comity.services.calls import PATH as CALL_PATH
from comity.services.calls import answer_call
from comity.services.cases.request import NeedsSecond, open_request
from comity.services.context import Actor, ActorKind, Node
from comity.services.custody.officer import make_officer_key
from comity.services.evidence.sequence import sequence
from comity.services.exchange.deliver import deliver_due
from comity.services.exchange.receive import receive_batch
from comity.services.people import accounts, factor
from comity.services.people.actors import Officer
from comity.services.plans import sign as plans
from comity.services.probe.index import publish
from comity.services.probe.standing.keep import StandingOrder, add
from comity.services.probe.standing.run import run_due
from comity.services.probe.upkeep import fetch_due
from comity.services.register.import_ import import_register
from comity.services.register.order import Format, ImportFiles, ImportOrder
from comity.services.watch.approve import lay_before
from comity.storage import partners, people
from comity.storage.transaction import atomic
from comity.transport.memory import Endpoint, MemoryNetwork

PASSWORD = "correct horse battery staple"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OPERATOR = Actor("os:test", ActorKind.OPERATOR)
ASKING = frozenset({(Regime.POLICE, Role.OFFICER)})
PERSONS = """id,given,family,given_ar,family_ar,dob,pob,sex,nat,father,mother,document,phone
1,Youssef,Benjelloun,يوسف,بنجلون,1984-05-17,Fès,M,MA,Ahmed,Fatima,BK482913,+212661234567
2,Salma,El Idrissi,سلمى,الإدريسي,1991-11-02,Tanger,F,MA,Omar,Khadija,,
"""
"""Fictitious persons of the service that is asked."""


@dataclass
class DeskWorld:
    """Two acquainted nodes with the action plan in force; `desk` is served by this process."""

    desk: Node
    partner: Node
    clock: Clock
    network: MemoryNetwork
    agreement: str

    def deliver(self) -> None:
        """Carry everything that waits, both ways, and number the evidence."""
        for node in (self.desk, self.partner):
            deliver_due(node, self.network.channels)
            sequence(node)

    def enrol(self, name: str, *roles: Role, language: str = "en", second_factor: bool = True) -> Officer:
        """Enrol an officer of the police regime at the desk."""
        held = frozenset((Regime.POLICE, role) for role in roles)
        account = accounts.enrol(self.desk, OPERATOR, accounts.Enrolment(name, PASSWORD, held, language))
        if second_factor:
            people.add_totp(self.desk.alias, account, factor.seal_secret(self.desk, SECRET))
        return account

    def hold_persons(self, node: Node, persons: str = PERSONS) -> None:
        """Put the fictitious persons into a register."""
        octets = persons.encode()
        files = ImportFiles(hashlib.sha256(octets).hexdigest(), lambda: [octets])
        order = ImportOrder(Format.CSV, "own", Regime.POLICE, (Purpose.TERRORISM,), SubjectCategory.SUSPECT)
        import_register(node, OPERATOR, order, files)

    def publish(self, owner: Node, reader: Node) -> None:
        """Let the owner publish its index and the reader fetch it."""
        publish(owner, reader.service, Regime.POLICE, PurposeGroup.SERIOUS_CRIME)
        self.deliver()
        fetch_due(reader, self.network.channels)

    def request(self, sender: Node, reference: str | None = None, about: str | None = None) -> str:
        """Let an officer of the sender ask for information, and deliver it."""
        recipient = self.desk if sender is self.partner else self.partner
        thread = open_request(
            sender,
            Actor("karim", ActorKind.OFFICER, ASKING),
            recipient.service,
            self.agreement,
            Purpose.TERRORISM,
            "B-2026-117",
            reference,
            "Two men were seen near the station; one of them carried this person's papers.",
            offence="Participation in a terrorist group",
            reasons="The person was born in Fès.",
            link="Suspected of having lent the papers.",
            subject_category=SubjectCategory.SUSPECT,
            about=about,
            assertions=asked({"facts": "x", "reasons": "x", "link": "x", "about": about}),
            second=Actor("hicham", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.APPROVER)})),
        )
        self.deliver()
        return thread

    def lay_before(self, owner: Actor, reference: str = "7" * 32) -> str:
        """Let an officer of the desk ask about what was found; it waits for a second person."""
        with pytest.raises(NeedsSecond) as held:
            open_request(
                self.desk,
                owner,
                self.partner.service,
                self.agreement,
                Purpose.TERRORISM,
                "B-2026-118",
                reference,
                "Two men were seen near the station.",
                offence="Participation in a terrorist group",
                reasons="The search found a record that agrees.",
                link="Suspected of having lent the papers.",
                subject_category=SubjectCategory.SUSPECT,
                assertions=asked({"facts": "x", "reasons": "x", "link": "x"}),
            )
        return lay_before(self.desk, owner, held.value.ready)

    def stand(self, owner: Actor) -> str:
        """Let an officer of the desk have the partner asked again, and make the first run, which finds somebody."""
        wanted = read_query({"given": "Youssef", "family": "Benjelloun", "dob": "1984-05-17"})
        order = StandingOrder(
            self.partner.service,
            self.agreement,
            Purpose.TERRORISM,
            "B-2026-117",
            wanted,
            self.clock() + timedelta(days=30),
        )
        sid = add(self.desk, self.network.channels, owner, order)
        run_due(self.desk, self.network.channels)
        return sid


def make_desk_world(home: Path, desk: ServiceId = BE) -> DeskWorld:
    """Return two nodes, each knowing the other, and serve one of them from this process."""
    wiring.connect()
    clock, network, entropy = Clock(), MemoryNetwork(), random.Random(11)
    other = MA if desk == BE else BE
    nodes = {}
    for service, alias in ((desk, "default"), (other, "ma")):
        folder = home / service
        folder.mkdir()
        config = make_config(service).model_copy(update={"home": folder})
        nodes[service] = Node(service, alias, config, node_keys(service), clock, entropy.randbytes)
    for service, node in nodes.items():
        introduce(node, other if service == desk else desk)
        with atomic(node.alias):
            partners.add_own_card(node.alias, 1, make_card(service, node_keys(service))[1], START)
            make_officer_key(node, home / f"{service}.officer-key", START - timedelta(days=1))
        network.endpoints[service] = endpoint_of(node)
    agreement = sign_between(nodes.values(), shipped("plan_2025"))
    serving.serve(nodes[desk], network.channels)
    return DeskWorld(nodes[desk], nodes[other], clock, network, agreement)


def sign_between_desks(world: DeskWorld) -> str:
    """Let both services sign the illustrative action plan, and return it."""
    plan = plans.draft(world.desk, OPERATOR, world.agreement, ANNEX)
    plans.sign(world.desk, OPERATOR, plan)
    world.deliver()
    plans.sign(world.partner, OPERATOR, plan)
    world.deliver()
    return plan


def endpoint_of(node: Node) -> Endpoint:
    def serve(path: str, body: bytes) -> bytes:
        return answer_call(node, body) if path == CALL_PATH else receive_batch(node, body)

    return serve
