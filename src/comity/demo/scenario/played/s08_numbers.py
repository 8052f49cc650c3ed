"""S8: two services count how many telephone numbers they have in common, then one edge; of contacts' contacts nothing is kept.

Source: docs/protocol/overlap.md; Regulation (EU) 2016/794 Annex II.B (3)(a)-(d); rules L10, L28.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from hashlib import sha256

from comity.core.codes.exchange import Purpose, Regime
from comity.core.codes.marks import DataCategory, SubjectCategory
from comity.core.overlap.points import STEP, hide
from comity.core.overlap.wire import COUNT, CountRequest, End
from comity.core.register.subject import open_subject
from comity.demo.scenario.asking import asked
from comity.demo.scenario.databases import BE, MA
from comity.demo.scenario.looked import holds, kept, logged
from comity.demo.scenario.people import HEAD, LIES, LOTTE, SALMA
from comity.demo.scenario.scene import Scene
from comity.demo.scenario.searching import overheard
from comity.services.calls import call
from comity.services.cases.answer import answer
from comity.services.context import Node
from comity.services.overlap.ask import Counted, count_common
from comity.services.overlap.edge import FoundEdge, edges_of, show_edge
from comity.services.overlap.offer import offer
from comity.services.register.read import held
from comity.storage.register.subjects import page_of_register

MANY, FEW = 10_000, 600
"""Numbers of each side: for a visitor, and where the play is a test."""

AROUND = 250
COMMON, COMMON_AROUND = 7, 3
THEIRS, HIS_CONTACTS = "Ouazzani", "Lahlou"
"""Family names in the Moroccan register; nothing else bears them."""

TRAFFICKING, CRIME = Purpose.TRAFFICKING_IN_HUMAN_BEINGS, Purpose.ORGANISED_CRIME


def play(scene: Scene) -> None:
    """Count suspects' numbers, show one, ask about it; then count those of contacts."""
    size = MANY if scene.own else FEW
    scene.day(f"Two trafficking inquiries, {size:,} telephone numbers each. Do the networks touch?")
    _hold(scene.world.be, scene, _belgian(size), "Maes", SubjectCategory.SUSPECT, TRAFFICKING)
    _hold(scene.world.ma, scene, _moroccan(size, COMMON), THEIRS, SubjectCategory.SUSPECT, TRAFFICKING)
    counted = _counted(scene)
    found = _edge(scene, counted)
    _answered(scene, found)
    _contacts(scene)


def _counted(scene: Scene) -> Counted:
    world = scene.world
    count = partial(
        count_common,
        world.be,
        world.network.channels,
        partner=MA,
        agreement=world.agreement,
        purpose=TRAFFICKING,
    )
    scene.refused(
        "actor.role",
        lambda: count(LOTTE, reason="inquiry 44"),
        "an officer alone does not count: it is done with the whole register",
    )
    scene.refused(
        "overlap.not-offered",
        lambda: count(LIES, reason="inquiry 44"),
        "nor can Belgium count what Morocco has not offered",
    )
    offer(world.ma, SALMA, BE, world.agreement, TRAFFICKING, "inquiry of Tangier")
    with overheard(world) as line:
        counted = count(LIES, reason="inquiry 44")
    scene.shows(
        counted.common == COMMON,
        f"{counted.common} numbers are in both registers: that, and nothing else, Belgium learns",
    )
    crossed = b"".join((*line.up, *line.down))
    scene.shows(
        not any(form in crossed for number in _belgian(COMMON) for form in _forms(number)),
        "none of the seven stood on the line, in digits or hashed",
    )
    scene.shows(
        not any(edges_of(world.be, uid) for uid in _uids(world.be)),
        "not even Belgium's own node can say which of its numbers they are: no entry has an edge",
    )
    scene.shows(
        all("common" not in each for each in logged(world.be, "overlap.counted")),
        "and how many stands in no log, only a commitment to it",
    )
    scene.refused(
        "overlap.too-soon",
        lambda: count(LIES, reason="inquiry 44"),
        "counted again at once, with one number more, it would tell of that number: not within thirty days",
    )
    offer(world.ma, SALMA, BE, world.agreement, TRAFFICKING, "inquiry of Tangier")
    scene.refused(
        "overlap.too-soon",
        lambda: _asked_anew(scene),
        "nor would Morocco's node answer a node that asks all the same",
    )
    return counted


def _edge(scene: Scene, counted: Counted) -> FoundEdge:
    world = scene.world
    show = partial(
        show_edge, world.be, world.network.channels, overlap=counted.overlap, reason="the driver's telephone"
    )
    scene.refused("overlap.own", lambda: show(LIES), "who counted does not let a number be shown")
    found = show(HEAD)
    scene.shows(
        found.end is End.OWN and found.reference is not None,
        "the head of desk does: one number, by lot, proven to stand in both lists",
    )
    [shown] = edges_of(world.be, found.ours)
    scene.shows(
        (shown["kind"], shown["assertion"], shown["partner"]) == ("communicated", "fact", MA),
        "Belgium keeps one edge, from its own entry to a reference of Morocco's, with its marks",
    )
    scene.shows(
        not holds(world.be, THEIRS), "nothing that describes the Moroccan person is in Belgium's database"
    )
    scene.refused("overlap.edge-given", lambda: show(HEAD), "a second number is not shown")
    scene.shows(
        len(logged(world.ma, "overlap.edge-given")) == len(logged(world.be, "overlap.edge-found")) == 1,
        "one edge stands in both logs",
    )
    return found


def _answered(scene: Scene, found: FoundEdge) -> None:
    world = scene.world
    scene.day("Belgium asks about the reference; an approver in Morocco decides.")
    thread = asked(
        world,
        reference=found.reference,
        case="BE-2026-441",
        purpose=TRAFFICKING,
        categories=[DataCategory.NAMES, DataCategory.PHONES],
    )
    world.work()
    answer(world.ma, SALMA, thread, categories=[DataCategory.PHONES])
    world.work()
    ours = held(world.be, found.ours).subject
    scene.shows(
        ours is not None and ours.phones[0] in kept(world.be, thread),
        "and releases the number alone: the edge is confirmed, and Belgium knows no name",
    )
    scene.shows(not holds(world.be, THEIRS), "nothing else of the person was told")


def _contacts(scene: Scene) -> None:
    world = scene.world
    scene.day(f"The contacts of the suspects of another inquiry, {AROUND} numbers each.")
    theirs = _moroccan(AROUND, COMMON_AROUND, area=700_000)
    _hold(world.be, scene, _belgian(AROUND, area=700_000), "Peeters", SubjectCategory.CONTACT, CRIME)
    _hold(world.ma, scene, theirs, HIS_CONTACTS, SubjectCategory.CONTACT, CRIME)
    offer(world.ma, SALMA, BE, world.agreement, CRIME, "inquiry of Tangier")
    counted = count_common(world.be, world.network.channels, LIES, MA, world.agreement, CRIME, "inquiry 45")
    scene.shows(counted.common == COMMON_AROUND, f"{counted.common} of them are in both registers")
    found = show_edge(world.be, world.network.channels, HEAD, counted.overlap, "the contact's telephone")
    scene.shows(
        found.end is End.AROUND and found.reference is None,
        "the other end is somebody whom Morocco has because of somebody else: no reference, nothing to ask on with",
    )
    [shown] = edges_of(world.be, found.ours)
    left = {name for name, value in shown.items() if value is not None}
    scene.shows(
        left == {"edge", "kind", "partner", "overlap", "end"} and shown["kind"] == "communicated",
        "of a contact's contact the kind of link is kept, without its basis, its marks or anything else",
    )
    scene.shows(not holds(world.be, HIS_CONTACTS), "and nothing that describes the contact is stored")


def _asked_anew(scene: Scene) -> None:
    """Let Belgium's node ask again past its own rule."""
    world = scene.world
    hidden = hide(world.be.random(32), _belgian(3))
    request = CountRequest(
        overlap=world.be.random(16).hex(),
        agreement=world.agreement,
        purpose=TRAFFICKING,
        size=STEP,
        public=hidden.public.hex(),
    )
    call(world.be, world.network.channels, MA, Regime.POLICE, COUNT, request.to_json(), hidden.points)


def _hold(
    node: Node, scene: Scene, numbers: Iterable[str], name: str, category: SubjectCategory, purpose: Purpose
) -> None:
    rows = "".join(f"{number},{name} {number[-4:]},{number}\n" for number in numbers)
    scene.world.fill(node, "id,full,phone\n" + rows, category, purpose)


def _belgian(size: int, area: int = 100_000) -> list[str]:
    return [f"+32470{area + each:06d}" for each in range(size)]


def _moroccan(size: int, common: int, area: int = 100_000) -> list[str]:
    """Return numbers of which the first are known to Belgium too."""
    own = [f"+212661{area + each:06d}" for each in range(size - common)]
    return [*_belgian(common, area), *own]


def _forms(number: str) -> tuple[bytes, ...]:
    plain = number.encode()
    return plain, plain[1:], sha256(plain).digest(), sha256(plain).hexdigest().encode()


def _uids(node: Node) -> list[str]:
    return [
        row.uid
        for row in page_of_register(node.alias, 0, COMMON + 1)
        if open_subject(row.content or b"").phones
    ]
