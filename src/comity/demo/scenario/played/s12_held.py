"""S12: a person asks what is held: both nodes search everything, answer in one shape, and each authority can verify it.

Source: LED Art. 12-17, 25, recital 71; rule L11; docs/protocol/rights.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.crypto.encoding import from_text
from comity.core.envelope.batch import payload_of
from comity.core.evidence.event import verify_commitment
from comity.core.probe.query import Query, read_query
from comity.core.rights.clock import RELEASE_AFTER
from comity.core.rights.codes import Origin, Outcome, RestrictionReason, RightsKind, SearchPlace
from comity.demo.scenario.asking import asked
from comity.demo.scenario.databases import BE, MA
from comity.demo.scenario.looked import knows
from comity.demo.scenario.people import BELGIAN_DPO, DPO, HEAD, SALMA
from comity.demo.scenario.scene import Scene
from comity.services.cases.answer import answer
from comity.services.context import Actor, Node
from comity.services.evidence.verify import verify
from comity.services.exchange.status import body, status
from comity.services.rights.answering import Decision, decide, hand_out
from comity.services.rights.partners import ask_partner, confirm_due
from comity.services.rights.requests import Asked, register_request, requests
from comity.services.rights.search import proof_of_search, search_everything

YOUSSEF = read_query({"given_ar": "يوسف", "family_ar": "الخطابي", "dob": "1984-03-02"})
STRANGER = read_query({"given_ar": "ياسين", "family_ar": "بنجلون", "dob": "1971-01-30"})
WITHHELD = Decision(
    Outcome.NEITHER,
    reasons=(RestrictionReason.INQUIRY,),
    reasoning="telling would show that an inquiry is under way",
)
NOTHING = Decision(Outcome.NEITHER)


def play(scene: Scene) -> None:
    """Let two persons ask on one day: one who is known and may not be told, one of whom nothing is held."""
    world = scene.world
    uid = world.hold(world.ma)
    thread = asked(world)
    world.work()
    answer(world.ma, SALMA, thread, uid)
    world.work()
    scene.day("Morocco has a man in its register and has told Belgium of him.")
    scene.shows(knows(world.be, thread), "both services hold something on him")
    world.forward(days=3)
    scene.day(
        "He writes to Morocco: what do you hold on me? On the same day so does a man whom nobody knows."
    )
    scene.refused(
        "actor.role",
        lambda: _registered(world.ma, SALMA, YOUSSEF),
        "no officer takes it down, the data-protection officer does",
    )
    known, stranger = (_registered(world.ma, DPO, each) for each in (YOUSSEF, STRANGER))
    _searched(scene, world.ma, DPO, {known: True, stranger: False}, "Morocco")
    for number in (known, stranger):
        ask_partner(world.ma, DPO, number, BE, world.agreement)
    scene.refused(
        "rights.asked",
        lambda: ask_partner(world.ma, DPO, known, BE, world.agreement),
        "Belgium is asked once",
    )
    world.work()
    there = _at_the_partner(scene)
    _decided(scene, known, stranger, there)
    _letters(scene, known, stranger, there)
    _confirmed(scene, known, stranger)
    _verified(scene, known, there)


def _registered(node: Node, actor: Actor, person: Query) -> str:
    asked_ = Asked(
        person=person,
        kind=RightsKind.ACCESS,
        origin=Origin.PERSON,
        received_at=node.clock(),
        contact="by registered letter",
        wish=True,
    )
    return register_request(node, actor, Regime.POLICE, asked_)


def _searched(scene: Scene, node: Node, actor: Actor, numbers: Mapping[str, bool], name: str) -> None:
    """Search everything for each request, with the officer's key, and look at what was read and found."""
    key = scene.world.officer_key(node)
    scene.refused(
        "actor.role",
        lambda: search_everything(node, HEAD, next(iter(numbers)), key),
        f"in {name} nobody but the data-protection officer searches",
    )
    for number, held in numbers.items():
        found = search_everything(node, actor, number, key)
        scene.shows(
            set(found["read"]) == {place.value for place in SearchPlace} and bool(found["found"]) is held,
            f"{name} reads register, cases, messages, notes, searches and their justifications, and finds "
            + ("something on the first" if held else "nothing on the second"),
        )


def _at_the_partner(scene: Scene) -> dict[str, str]:
    """Let Belgium search, and return its numbers: of the one who is known, of the one who is not."""
    world = scene.world
    lines = requests(world.be, BELGIAN_DPO)
    scene.shows(
        [(line.origin, line.partner, line.state) for line in lines] == [("partner", MA, "open")] * 2,
        "Belgium has two requests of its own, each with its own month",
    )
    key = world.officer_key(world.be)
    found = {
        line.number: bool(search_everything(world.be, BELGIAN_DPO, line.number, key)["found"])
        for line in lines
    }
    scene.shows(
        sorted(found.values()) == [False, True], "Belgium finds something on one, and nothing on the other"
    )
    numbers = {"known" if held else "stranger": number for number, held in found.items()}
    _searched(scene, world.be, BELGIAN_DPO, {numbers["known"]: True, numbers["stranger"]: False}, "Belgium")
    return numbers


def _decided(scene: Scene, known: str, stranger: str, there: Mapping[str, str]) -> None:
    world = scene.world
    world.forward(days=1)
    scene.day("Of the second nothing is held: decided on the first day. The first takes longer.")
    decide(world.ma, DPO, stranger, NOTHING)
    decide(world.be, BELGIAN_DPO, there["stranger"], NOTHING)
    world.forward(days=8)
    scene.day("An inquiry is under way: the data-protection officer decides that the first is told nothing.")
    scene.refused(
        "rights.reasons",
        lambda: decide(world.ma, DPO, known, NOTHING),
        "not without reasons, which are kept for the authority",
    )
    decide(world.ma, DPO, known, WITHHELD)
    decide(world.be, BELGIAN_DPO, there["known"], WITHHELD)
    for number in (known, stranger):
        scene.refused("rights.not-yet", partial(hand_out, world.ma, DPO, number), "no letter leaves yet")
    scene.shows(confirm_due(world.be) == 0, "nor does Belgium's word that it has searched")
    received = requests(world.ma, DPO)[0].received_at
    world.clock.now = received + RELEASE_AFTER + timedelta(minutes=1)


def _letters(scene: Scene, known: str, stranger: str, there: Mapping[str, str]) -> None:
    world = scene.world
    scene.day("Three weeks after the receipt the letters leave.")
    for node, officer, numbers, name in (
        (world.ma, DPO, (known, stranger), "Morocco"),
        (world.be, BELGIAN_DPO, (there["known"], there["stranger"]), "Belgium"),
    ):
        letters = [hand_out(node, officer, number) for number in numbers]
        first, second = ({**json.loads(payload_of(letter)), "number": ""} for letter in letters)
        scene.shows(
            len(letters[0]) == len(letters[1]), f"both of {name}'s are {len(letters[0]):,} characters long"
        )
        scene.shows(first == second, "word for word the same, dates too, but for the number of the request")
        scene.shows(
            first["code"] == "verified" and not first["told"] and bool(first["supervisor"]),
            f"they say that all necessary verifications were made, and where to complain: {first['supervisor']}",
        )


def _confirmed(scene: Scene, known: str, stranger: str) -> None:
    world = scene.world
    scene.shows(confirm_due(world.be) == 2, "at the same hour Belgium confirms both searches")
    world.work()
    bodies = [_confirmation(scene, number) for number in (known, stranger)]
    scene.shows(
        {len(canonical.encode(each)) for each in bodies} == {len(canonical.encode(bodies[0]))}
        and bodies[0]["places"] == bodies[1]["places"],
        "equally long, with the same places searched; what was found is in neither",
    )
    sent = [status(world.be, each["message"]) for each in bodies]
    scene.shows(
        len({each.sent_at for each in sent if each is not None}) == 1, "and signed at the same moment"
    )


def _confirmation(scene: Scene, number: str) -> dict[str, Any]:
    node = scene.world.ma
    partner = scene.one(proof_of_search(node, DPO, number)["partners"], "one partner was asked")
    said = body(node, "in", partner["answered"])
    return {**({} if said is None else said), "message": partner["answered"]}


def _verified(scene: Scene, known: str, there: Mapping[str, str]) -> None:
    world = scene.world
    scene.day("Each side's authority wants to know whether everything was searched.")
    ours = proof_of_search(world.ma, DPO, known)
    theirs = proof_of_search(world.be, BELGIAN_DPO, there["known"])
    for proof, name in ((ours, "Morocco"), (theirs, "Belgium")):
        record, salt = proof["record"], from_text(proof["salt"])
        commitment = proof["entry"]["commitment"]
        verify_commitment(commitment, salt, canonical.encode(record))
        scene.shows(proof["full"], f"{name}'s record opens the commitment in its log: a full search")
        shorter = {**record, "found": record["found"][1:]}
        scene.refused(
            "evidence.commitment",
            partial(verify_commitment, commitment, salt, canonical.encode(shorter)),
            "a record with one finding less does not",
        )
    scene.shows(
        ours["partners"][0]["record"] == theirs["entry"]["commitment"],
        "what Belgium confirmed to Morocco is the commitment to this very search",
    )
    scene.shows(not any(verify(node).findings for node in world.nodes.values()), "and both logs verify")
