"""S5: return is suspended for non-refoulement after something was sent: cancelled, recalled, gone, and no reason told.

Source: Regulation (EU) 2018/1860 Art. 15(5); rules L23, L25.
"""

from __future__ import annotations

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Taint
from comity.demo.scenario.asking import asked
from comity.demo.scenario.databases import BE
from comity.demo.scenario.looked import FAMILY, case, ended, holds, kept, knows, logged
from comity.demo.scenario.people import DPO, HEAD, LOTTE, SALMA
from comity.demo.scenario.scene import Scene
from comity.services.cases.answer import answer
from comity.services.cases.thread.notes import note_channel
from comity.services.cases.views import show_case
from comity.services.egress.grounds import true_grounds
from comity.services.protection.outstanding import outstanding

RULE = "L25"


def play(scene: Scene) -> None:
    """Answer once, let a second answer wait, suspend the return, and look at both nodes."""
    world = scene.world
    uid = world.hold(world.ma)
    scene.day("Belgium asks about a person, Morocco answers; the Belgian officer makes two notes.")
    first = asked(world)
    world.work()
    answer(world.ma, SALMA, first, uid)
    world.work()
    scene.shows(knows(world.be, first), "Belgium reads who it is")
    note_channel(world.be, LOTTE, first, "border police", "Youssef El Khattabi, 02.03.1984: told to the post")
    note_channel(world.be, LOTTE, first, "court", "reference 2026/44")
    scene.tell("one note was made from the answer, the other one was not")

    world.forward(days=1)
    scene.day("Belgium asks again; the line goes down before the second answer leaves.")
    second = asked(world, case="BE-2026-118")
    world.work()
    world.network.cut_off.add(BE)
    pending = answer(world.ma, SALMA, second, uid)
    world.work()
    scene.tell(
        "an approver in Morocco has released the second answer; the worker has tried to deliver it, and tries again"
    )

    world.forward(days=1)
    scene.day("Morocco's register now says: return suspended.")
    world.hold(world.ma, Taint.RETURN_SUSPENDED.value)
    world.work()
    owed = outstanding(world.ma, DPO)
    scene.shows(
        {(each.act, each.thread) for each in owed} == {("recall", first), ("recall", second)},
        "the node itself recalls what was sent, and what may have been; its data-protection officer sees both",
    )
    scene.shows(
        {each.ground for each in owed} == {"provider-decision"},
        "the recall bears an ordinary ground: decided by the provider",
    )
    for _ in range(3):
        world.forward(days=1)
        world.work()
    scene.day("Three days without a line.")
    scene.shows(knows(world.be, first), "Belgium still has the first answer, and Morocco still chases it")

    world.network.cut_off.clear()
    world.work(4000)
    world.work(4000)
    scene.day("The line is back.")
    _gone(scene, first, second, pending)
    _silence(scene, first, second)


def _gone(scene: Scene, first: str, second: str, pending: str) -> None:
    world = scene.world
    scene.shows(
        ended(world.ma, pending) == ("withdrawn", "law.protected"),
        "Belgium's node has confirmed that the second answer never came, and takes it no more; it was withdrawn",
    )
    scene.shows(
        case(world.be, second).reply is None
        and [each["thread"] for each in logged(world.be, "case.recalled")] == [first],
        "Belgium has nothing of it, and was not told that there was anything",
    )
    scene.shows(case(world.be, first).reply is None, "the first answer is gone in Belgium")
    scene.shows(not holds(world.be, FAMILY), "the name stands nowhere in Belgium's database any more")
    scene.shows(outstanding(world.ma, DPO) == [], "Belgium's signed receipt is here; nobody owes anything")
    scene.shows(len(logged(world.ma, "protection.complied")) == 1, "that it complied stands in the log")
    notes = str(show_case(world.be, LOTTE, first))
    scene.shows("Khattabi" not in notes, "the note that was made from the answer is gone with it")
    scene.shows("2026/44" in notes, "the other note is still there")


def _silence(scene: Scene, first: str, second: str) -> None:
    world = scene.world
    told = {(one.ground, one.thread) for one in true_grounds(world.ma, DPO, Regime.POLICE, "weekly check")}
    scene.shows(
        {(RULE, first), (RULE, second)} <= told,
        f"why ({RULE}) is read by the data-protection officer of the owner, who left a reason for reading it",
    )
    seen = [str(show_case(world.be, who, first)) for who in (LOTTE, HEAD)]
    seen += [str(show_case(world.ma, SALMA, first))]
    scene.shows(
        not any(word in each for each in seen for word in (RULE, "suspended")),
        "nobody else is shown it: not Belgium, not Morocco's own officers",
    )
    seen = [kept(world.be, each) for each in (first, second)]
    scene.shows(
        not any(word in each for each in seen for word in (RULE, "suspended"))
        and not holds(world.be, Taint.RETURN_SUSPENDED.value),
        "and it stands nowhere in Belgium's database",
    )
