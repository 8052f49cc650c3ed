"""S3: a hit on a namesake of whom only the year of birth agrees: too little to say, and nothing told before a person confirms.

Source: docs/protocol/probe.md §8, §9; LED Art. 7, 11; rules L10, L32.
"""

from __future__ import annotations

from functools import partial

from comity.core.cases.thread import NegativeResult
from comity.core.codes.marks import Assertion
from comity.core.probe.opening import Strength
from comity.demo.scenario.asking import asked
from comity.demo.scenario.looked import case, holds, knows, logged
from comity.demo.scenario.people import LOTTE, PROGRAM, SALMA
from comity.demo.scenario.scene import Scene
from comity.demo.scenario.searching import overheard, publish_register, searched
from comity.services.cases.answer import answer, propose_answer
from comity.services.cases.thread.clarify import ask_clarification, clarify
from comity.services.cases.thread.negative import answer_negative
from comity.services.context import SYSTEM

ROW = "1,Youssef,El Khattabi,يوسف,الخطابي,1984-03-02,Al Hoceima,+212661234567"
TELLS = ("1984-03", "Hoceima", "661234567", "الخطابي")
"""What describes the Moroccan person and the Belgian officer did not type."""

NAME = {"given": "Youssef", "family": "El Khattabi"}


def play(scene: Scene) -> None:
    """Search by name, by name and year; ask; let a person in Morocco compare, and say no, then yes."""
    world = scene.world
    publish_register(world, ROW)
    scene.day("A witness in Belgium names a driver: Youssef El Khattabi. Morocco knows a man of that name.")
    with overheard(world) as line:
        outcome = searched(world, NAME)
    scene.shows(
        outcome.strength is Strength.INSUFFICIENT, "the name alone: insufficient, says Belgium's own node"
    )
    scene.shows(line.up == [], "and nothing was sent")
    with overheard(world) as line:
        outcome = searched(world, {**NAME, "dob": "1984"})
    scene.shows(
        outcome.strength is Strength.POSSIBLE,
        "the name and the year of birth: possible, no hit; a namesake cannot be told from him",
    )
    found = scene.one(outcome.references, "the search gives one reference")
    scene.shows(
        len(found.reference) == 32 and not any(_known(found.reference, each) for each in NAME.values()),
        "what Belgium has is a reference of 32 digits that says nothing",
    )
    _describes_nobody(scene, "nothing in Belgium's database describes the Moroccan person")
    _no(scene, found.reference)
    _yes(scene, found.reference)


def _no(scene: Scene, reference: str) -> None:
    world = scene.world
    scene.day("Belgium asks Morocco about the reference.")
    thread = asked(world, reference=reference)
    world.work()
    scene.refused(
        "case.unknown", lambda: answer(world.ma, SYSTEM, thread), "Morocco's node itself cannot answer"
    )
    for who, name in ((PROGRAM, "a program"), (LOTTE, "an officer")):
        scene.refused(
            "case.approver",
            partial(answer, world.ma, who, thread),
            f"nor can {name}: that takes an approver, in the own name",
        )
    world.forward(days=2)
    world.work()
    _describes_nobody(
        scene, "two days later nobody has looked, and Belgium's database still describes nobody"
    )
    proposal = propose_answer(world.ma, SALMA, thread)
    scene.shows(
        "1984-03-02" in str(proposal.document),
        "an approver in Morocco opens the reference and reads whom it means; Belgium has nothing of it yet",
    )
    _describes_nobody(scene, "looking at it tells Belgium nothing")
    ask_clarification(world.ma, SALMA, thread, "what else is known of him?")
    world.work()
    clarify(
        world.be,
        LOTTE,
        thread,
        "he says that he was born in Liège in November",
        assertion=Assertion.ASSESSMENT,
    )
    world.work()
    scene.tell("another man, then: the approver answers that nothing is held on him")
    answer_negative(world.ma, SALMA, thread, NegativeResult.NOT_HELD)
    world.work()
    scene.shows(case(world.be, thread).negative == "not-held", "Belgium reads: nothing held")
    _describes_nobody(scene, "and has learned nothing of the namesake")


def _yes(scene: Scene, reference: str) -> None:
    world = scene.world
    world.forward(days=1)
    scene.day(
        "Another witness: the driver of the second lorry was the one from Al-Andalus street. Belgium asks again."
    )
    thread = asked(world, reference=reference, case="BE-2026-118")
    world.work()
    scene.shows(logged(world.ma, "case.released") == [], "until now Morocco has released nobody's identity")
    answer(world.ma, SALMA, thread, shown=propose_answer(world.ma, SALMA, thread).digest)
    world.work()
    scene.shows(knows(world.be, thread), "the approver confirms, and only now Belgium reads who it is")
    released = logged(world.ma, "case.released")
    scene.shows(
        [each["thread"] for each in released] == [thread],
        "that a named person decided stands in Morocco's log, for this thread and no other",
    )


def _describes_nobody(scene: Scene, text: str) -> None:
    scene.shows(not holds(scene.world.be, *TELLS), text)


def _known(reference: str, text: str) -> bool:
    return text.encode().hex() in reference or text in reference
