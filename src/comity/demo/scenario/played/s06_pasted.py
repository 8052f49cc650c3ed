"""S6: an officer pastes a date of birth of Eurodac origin into a free text and tries to send it.

Source: Regulation (EU) 2024/1358 Art. 49(1), 49(4); rules L22, L23.
"""

from __future__ import annotations

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Assertion, Taint
from comity.demo.command import BrokenPromise
from comity.demo.scenario.asking import asked
from comity.demo.scenario.looked import holds, kept
from comity.demo.scenario.people import DPO, HEAD, LOTTE, SALMA
from comity.demo.scenario.scene import Scene
from comity.services.cases.thread.clarify import ask_clarification, clarify
from comity.services.cases.thread.notes import note_channel
from comity.services.cases.views import show_case
from comity.services.egress.blocked import drafts_of
from comity.services.egress.grounds import true_grounds
from comity.services.register.read import consult

RULE = "L22"
WRITTEN = ("né le 2 mars 1984", "02/03/84", "٢ مارس ١٩٨٤", "selon la fiche consultée hier, né le 2 mars 84")
"""The same date, as people write it."""


def play(scene: Scene) -> None:
    """Consult, paste, be stopped in every spelling, and answer without the date."""
    world = scene.world
    uid = world.hold(world.be, Taint.EURODAC.value)
    scene.day("Belgium asks; Morocco wants to know when the person was born.")
    thread = asked(world)
    world.work()
    ask_clarification(world.ma, SALMA, thread, "when was he born?")
    world.work()
    consult(world.be, LOTTE, uid, "same man?")
    note_channel(world.be, LOTTE, thread, "own note", "né le 2 mars 1984 selon la fiche consultée hier")
    scene.tell(
        "the Belgian officer looks the person up (the entry comes from Eurodac) and copies the date into a note"
    )
    world.forward(days=2)
    scene.day("The officer pastes the date into the answer, in one spelling after the other.")
    for text in WRITTEN:
        refusal = scene.refused(
            "law.protected",
            lambda text=text: clarify(world.be, LOTTE, thread, text, assertion=Assertion.FACT),  # type: ignore[misc]  # a default binds the value
            f"“{text}” does not leave",
        )
        if any(word in str(refusal).lower() for word in (RULE.lower(), "eurodac")):
            raise BrokenPromise("the refusal does not say why")
    scene.shows(
        len(drafts_of(world.be, LOTTE)) == len(WRITTEN), "the officer's words are kept, sealed, as drafts"
    )
    world.work()
    said = kept(world.ma, thread)
    scene.shows(
        not any(form in said for form in ("1984", "02/03", "١٩٨٤")) and not holds(world.ma, *WRITTEN),
        "Morocco's node has nothing of it",
    )
    told = {one.ground for one in true_grounds(world.be, DPO, Regime.POLICE, "weekly check")}
    scene.shows(
        told == {RULE},
        f"the reason ({RULE}) is read by the data-protection officer, who says why he reads it",
    )
    scene.shows(
        RULE in str(show_case(world.be, DPO, thread)["decisions"]),
        "and stands in what that officer sees of the case",
    )
    for who, name in ((LOTTE, "the officer"), (HEAD, "the head of the desk")):
        scene.shows(
            RULE not in str(show_case(world.be, who, thread)), f"{name} reads that it may not leave, not why"
        )
    clarify(world.be, LOTTE, thread, "he is about forty", assertion=Assertion.ASSESSMENT)
    world.work()
    scene.shows("forty" in kept(world.ma, thread), "without the date the answer goes")
