"""Two nodes with registers of fictitious people, an agreement that permits searches, and a line in memory."""

from __future__ import annotations

import csv
import hashlib
import io
import random
from dataclasses import dataclass
from pathlib import Path

from tests.federation.world import (
    BE,
    MA,
    SOURCE,
    Clock,
    introduce,
    make_config,
    node_keys,
    sign_between,
)

from comity.core import canonical
from comity.core.agreement.source import compile_source, read_source
from comity.core.codes.exchange import Purpose, PurposeGroup, Regime
from comity.core.codes.marks import Role, SubjectCategory
from comity.core.crypto.encoding import key_id
from comity.core.crypto.seal import PRIVATE_BYTES, open_private, public_of, unseal
from comity.core.probe.query import Query, read_query
from comity.core.watch.justified import NOTHING_SAID, Justification
from comity.demo.scenario.world import endpoint as _endpoint
from comity.services.context import Actor, ActorKind, Node
from comity.services.exchange.deliver import deliver_due
from comity.services.probe.ask import ask
from comity.services.probe.asking.outcome import Outcome
from comity.services.probe.index import Published, publish
from comity.services.register.import_ import import_register
from comity.services.register.order import Format, ImportFiles, ImportOrder
from comity.services.watch.justification import justification_info
from comity.storage import partners as partner_rows
from comity.storage.models.probe import ProbeAsked
from comity.transport.memory import MemoryNetwork

KEEPER = Actor("os:keeper", ActorKind.OPERATOR)
OFFICER = Actor("amina", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.OFFICER)}))
STRANGER = Actor("nobody", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.AUDITOR)}))
SEARCH = """
[[clauses]]
id = "drugs.search"
purpose = "drugs"
acts = ["be-found", "probe", "publish-index"]
data = ["names", "birth", "sex", "nationalities", "parents", "documents"]
subjects = ["suspect", "convicted"]
"""
PEOPLE = (
    ("Zoulikha", "Bourgheda", "1981-05-17", "Oujda", "suspect", ""),
    ("Noureddine", "El Khalfaoui", "1974-11-30", "Nador", "suspect", ""),
    ("Fatima Zohra", "Benabdellah", "1990-02-14", "Tanger", "convicted", ""),
    ("Abdelkader", "Ouchrif", "1969", "Fès", "suspect", ""),
    ("Yamina", "Tazeghdanti", "1985-07-09", "Meknès", "witness", ""),
    ("Mourad", "Sghiouri", "1979-03-21", "Rabat", "suspect", "asylum"),
)
COLUMNS = ("id", "given", "family", "dob", "pob", "category", "taints")
GROUP = PurposeGroup.SERIOUS_CRIME


@dataclass
class Land:
    """The two nodes; `secret` is the private key of the Belgian data-protection officer."""

    be: Node
    ma: Node
    clock: Clock
    network: MemoryNetwork
    agreement: str
    secret: bytes

    def published(self) -> Published:
        """Publish Morocco's index to Belgium and deliver the announcement."""
        made = publish(self.ma, BE, Regime.POLICE, GROUP)
        deliver_due(self.ma, self.network.channels)
        return made

    def ask(self, *, case: str = "BE-2026-17", actor: Actor = OFFICER, **subject: str) -> Outcome:
        """Let Belgium ask Morocco."""
        return self.search(read_query(subject), case=case, actor=actor)

    def search(
        self,
        query: Query,
        *,
        case: str = "BE-2026-17",
        actor: Actor = OFFICER,
        said: Justification = NOTHING_SAID,
    ) -> Outcome:
        """Let Belgium ask Morocco with a query."""
        return ask(
            self.be,
            self.network.channels,
            MA,
            self.agreement,
            Purpose.DRUGS,
            case,
            query,
            actor,
            reason="the reason",
            said=said,
        )

    def justification(self, row: ProbeAsked) -> dict[str, object]:
        """Open a justification as the data-protection officer does."""
        info = justification_info(row.rid, row.commitment)
        found: dict[str, object] = canonical.decode(
            unseal(open_private(self.secret), info, bytes(row.justification))
        )
        return found


def make_land(folder: Path, people: tuple[tuple[str, ...], ...] = PEOPLE) -> Land:
    """Return two nodes; Morocco's register holds the people."""
    clock, network, entropy = Clock(), MemoryNetwork(), random.Random(11)
    be, ma = (
        Node(
            service=service,
            alias=alias,
            config=make_config(service).model_copy(update={"home": folder / alias}),
            keys=node_keys(service),
            clock=clock,
            random=entropy.randbytes,
        )
        for service, alias in ((BE, "be"), (MA, "ma"))
    )
    introduce(be, MA)
    introduce(ma, BE)
    for node in (be, ma):
        network.endpoints[node.service] = _endpoint(node)
        node.config.home.mkdir()
    agreement = compile_source(read_source(SOURCE + SEARCH), parties=(BE, MA), predecessor=None)
    name = sign_between((be, ma), agreement)
    secret = entropy.randbytes(PRIVATE_BYTES)
    public = public_of(secret)
    partner_rows.add_officer_key("be", key_id(public), public, clock())
    fill(ma, people)
    return Land(be, ma, clock, network, name, secret)


def fill(node: Node, people: tuple[tuple[str, ...], ...]) -> None:
    """Import people into a register."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows((f"r{number}", *person) for number, person in enumerate(people))
    assert imported(node, text.getvalue().encode()) == len(people)


def imported(node: Node, octets: bytes) -> int:
    """Import a register in CSV and return how many subjects were stored."""
    files = ImportFiles(hashlib.sha256(octets).hexdigest(), lambda: [octets])
    order = ImportOrder(
        format=Format.CSV,
        source="own",
        regime=Regime.POLICE,
        purposes=(Purpose.DRUGS,),
        category=SubjectCategory.SUSPECT,
    )
    return import_register(node, KEEPER, order, files).counts.stored
