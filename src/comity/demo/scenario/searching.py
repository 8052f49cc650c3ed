"""Private searches of the scenarios: an index from Morocco to Belgium, one question, and what it weighs on the line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from comity.core.codes.exchange import Purpose, PurposeGroup, Regime
from comity.core.codes.marks import SubjectCategory
from comity.core.probe.query import read_query
from comity.core.watch.justified import Aim, Justification
from comity.demo.scenario.databases import BE, MA
from comity.demo.scenario.people import LOTTE
from comity.demo.scenario.world import World
from comity.services.probe.ask import ask
from comity.services.probe.asking.outcome import Outcome
from comity.services.probe.index import publish
from comity.services.probe.replica import fetch

COLUMNS = "id,given,family,given_ar,family_ar,dob,pob,phone"
SAID = Justification("participation in a terrorist group", Aim.LEARN_MORE, SubjectCategory.SUSPECT)
PURPOSE, GROUP = Purpose.TERRORISM, PurposeGroup.SERIOUS_CRIME


def publish_register(world: World, *rows: str) -> None:
    """Let Morocco hold persons and Belgium have an index of them; Belgium's data-protection officer gets a key."""
    text = "\n".join((COLUMNS, *rows)) + "\n"
    world.fill(world.ma, text, SubjectCategory.SUSPECT, PURPOSE)
    world.officer_key(world.be)
    publish(world.ma, BE, Regime.POLICE, GROUP)
    world.work()
    fetch(world.be, world.network.channels, MA, Regime.POLICE, GROUP)


def searched(world: World, person: Mapping[str, str], case: str = "BE-2026-117") -> Outcome:
    """Let the Belgian officer ask Morocco, privately, whether it knows a person."""
    return ask(
        world.be,
        world.network.channels,
        MA,
        world.agreement,
        PURPOSE,
        case,
        read_query(person),
        LOTTE,
        reason="named by a witness",
        said=SAID,
    )


@dataclass
class Line:
    """What went over the line to the Moroccan node and back."""

    up: list[bytes] = field(default_factory=list)
    down: list[bytes] = field(default_factory=list)

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Octets of each question with those of its answer."""
        return [(len(up), len(down)) for up, down in zip(self.up, self.down, strict=True)]


@contextmanager
def overheard(world: World) -> Iterator[Line]:
    """Note every exchange with the Moroccan node."""
    line, inside = Line(), world.network.endpoints[MA]

    def noted(path: str, body: bytes, inside: Callable[[str, bytes], bytes] = inside) -> bytes:
        answer = inside(path, body)
        line.up.append(body)
        line.down.append(answer)
        return answer

    world.network.endpoints[MA] = noted
    try:
        yield line
    finally:
        world.network.endpoints[MA] = inside
