"""Numbers in common: counted, one shown with a second person's approval, nothing told of contacts' contacts.

Tried by removing each and seeing tests here fail: the pause on either side, the age and the single use of an offer, the role and
the second person in `show_edge`, `stream_findable` and the decision in `listed`, `AROUND` in `listed`, `reduced` in
`core/overlap/edge.py`, the version in `_present`, `verify_edge` in `answer_edge`, the watcher `follow_edges`, `erase_overlaps`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db.models import F
from tests.cases.cast import (
    DPO,
    HEAD,
    LIEN,
    LOTTE,
    OPERATOR,
    SALMA,
    SYSTEM_ACCOUNT,
    hold,
    make_desks,
    officer,
    subject,
)
from tests.federation.world import BE, MA, World
from tests.policy.conftest import with_homes
from tests.policy.scene import everything, leaves

from comity.core.codes.exchange import Purpose, Regime
from comity.core.codes.marks import Role, SubjectCategory, Taint
from comity.core.overlap.points import STEP, claim, hide, in_common, read_points
from comity.core.overlap.wire import COUNT, EDGE, CountRequest, EdgeRequest, End
from comity.demo.scenario.world import endpoint
from comity.errors import ComityError, InputError, PeerError, Refused
from comity.services.agreements.stop import suspend
from comity.services.calls import call
from comity.services.context import Actor, Node
from comity.services.overlap.ask import Counted, comparisons, count_common
from comity.services.overlap.edge import FoundEdge, edges_of, part_edges_again, show_edge
from comity.services.overlap.offer import offer
from comity.services.overlap.upkeep import erase_overlaps, withdraw_offers
from comity.services.probe.resolve import resolve
from comity.services.register.erase import erase
from comity.services.rights.ledger import ledger
from comity.storage.models.overlaps import Overlap, OverlapOffer, RegisterEdge
from comity.storage.models.register import RegisterSubject
from comity.storage.register import overlaps as rows

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
TRAFFICKING = Purpose.TRAFFICKING_IN_HUMAN_BEINGS
ENOUGH = 205


@dataclass
class Registers:
    """Two registers with numbers, three of which are in both."""

    world: World
    agreement: str

    def hold(self, node: Node, numbers: Iterable[str], **marks: Any) -> None:
        """Enter one person for each number."""
        own = BE if node is self.world.be else MA
        for number in numbers:
            person = subject(**{"owner": own, "purposes": (TRAFFICKING,), **marks})
            hold(node, person.model_copy(update={"phones": (number,)}), uid_of(node, number))

    def offer(self, actor: Actor = SALMA, purpose: Purpose = TRAFFICKING) -> OverlapOffer:
        """Let Morocco offer its list."""
        return offer(self.world.ma, actor, BE, self.agreement, purpose, "an inquiry")

    def count(self, actor: Actor = LIEN, purpose: Purpose = TRAFFICKING) -> Counted:
        """Let Belgium count."""
        where = MA, self.agreement, purpose
        return count_common(self.world.be, self.world.network.channels, actor, *where, "an inquiry")

    def edge(self, counted: Counted, actor: Actor = HEAD) -> FoundEdge:
        """Let Belgium show one number."""
        return show_edge(self.world.be, self.world.network.channels, actor, counted.overlap, "the driver")

    def asks(self, name: str, body: Any, attachment: bytes = b"") -> tuple[Any, bytes]:
        """Let Belgium's node call whatever its own rules say."""
        return call(self.world.be, self.world.network.channels, MA, Regime.POLICE, name, body, attachment)

    def request(self, hidden: Any, **changes: Any) -> dict[str, Any]:
        """Return a lawful request for a count."""
        usual = {
            "overlap": self.world.be.random(16).hex(),
            "agreement": self.agreement,
            "purpose": TRAFFICKING,
            "size": STEP,
            "public": hidden.public.hex(),
        }
        return CountRequest.model_validate({**usual, **changes}).to_json()


def uid_of(node: Node, number: str) -> str:
    """Return the identifier of the entry of a number."""
    return f"{'b' if node.service == BE else 'a'}{number[1:]:0>31}"


def numbers(code: str, count: int = ENOUGH) -> list[str]:
    return [f"+{code}{each:06d}" for each in range(count)]


@pytest.fixture
def registers(tmp_path: Path) -> Registers:
    world, agreement = make_desks()
    with_homes(world, tmp_path)
    for node in (world.be, world.ma):
        world.network.endpoints[node.service] = endpoint(node)
    made = Registers(world, agreement)
    made.hold(world.be, numbers("32470"))
    made.hold(world.ma, [*numbers("32470", 3), *numbers("212661", ENOUGH - 3)])
    return made


def test_who_counts_learns_how_many(registers: Registers) -> None:
    offered = registers.offer()
    counted = registers.count()
    assert (counted.ours, counted.common) == (ENOUGH, 3)
    [here] = comparisons(registers.world.be, LIEN)
    [there] = comparisons(registers.world.ma, SALMA)
    assert (here["common"], here["side"], here["by"]) == (3, "asked", "lien")
    assert (there["common"], there["side"], there["by"]) == (None, "answered", None)
    assert (
        comparisons(registers.world.be, officer("jan", Role.APPROVER, regime=Regime.RETURN_IDENTIFICATION))
        == []
    )
    assert OverlapOffer.objects.using("ma").get(uid=offered.uid).used_at is not None
    for node, kind in ((registers.world.be, "overlap.asked"), (registers.world.ma, "overlap.answered")):
        [leaf] = leaves(node, kind)
        assert not {"common", "ours"} & set(json.loads(leaf)["facts"])
    [asked], [answered] = (
        leaves(registers.world.be, "overlap.asked"),
        leaves(registers.world.ma, "overlap.answered"),
    )
    assert json.loads(asked)["facts"]["request"] == json.loads(answered)["facts"]["request"]


def test_one_number_is_shown_and_gives_a_reference(registers: Registers) -> None:
    registers.offer()
    counted = registers.count()
    with pytest.raises(Refused, match=r"overlap\.own"):
        registers.edge(counted, LIEN)
    found = registers.edge(counted)
    assert (found.end, len(found.reference or "")) == (End.OWN, 32)
    number = "+" + found.ours.lstrip("b0")
    assert number in numbers("32470", 3)
    meant = resolve(registers.world.ma, str(found.reference), partner=BE)
    assert meant == uid_of(registers.world.ma, number)
    with pytest.raises(InputError, match=r"probe\.reference-unknown"):
        resolve(registers.world.ma, str(found.reference), partner=MA)
    [shown] = edges_of(registers.world.be, found.ours)
    assert (shown["kind"], shown["assertion"], shown["reference"]) == (
        "communicated",
        "fact",
        found.reference,
    )
    [told] = ledger(registers.world.be, DPO, Regime.POLICE, found.ours, "a person asks")
    assert (told.kind, told.recipient, told.categories, told.purpose) == (
        "number",
        MA,
        ("phones",),
        TRAFFICKING.value,
    )
    [told] = ledger(registers.world.ma, DPO, Regime.POLICE, meant, "a person asks")
    assert (told.kind, told.recipient) == ("index", BE)
    with pytest.raises(Refused, match=r"overlap\.edge-given"):
        registers.edge(counted)
    kept = Overlap.objects.using("be").get(uid=counted.overlap)
    assert (kept.points, kept.tags, "seed" in (kept.content or {})) == (None, None, False)
    there = OverlapOffer.objects.using("ma").get()
    assert (there.points, there.secret) == (None, None)


@pytest.mark.parametrize(
    ("ours", "theirs", "end", "marks", "reference"),
    [
        (SubjectCategory.CONTACT, SubjectCategory.CONTACT, End.AROUND, False, False),
        (SubjectCategory.ASSOCIATE, SubjectCategory.CONTACT, End.AROUND, False, False),
        (SubjectCategory.SUSPECT, SubjectCategory.CONTACT, End.AROUND, True, False),
        (SubjectCategory.CONTACT, SubjectCategory.SUSPECT, End.OWN, True, True),
    ],
)
def test_of_a_contact_s_contact_the_kind_is_kept_alone(
    registers: Registers,
    ours: SubjectCategory,
    theirs: SubjectCategory,
    end: End,
    marks: bool,
    reference: bool,
) -> None:
    registers.hold(registers.world.be, numbers("32470", 3), category=ours)
    registers.hold(registers.world.ma, numbers("32470", 3), category=theirs)
    registers.offer()
    found = registers.edge(registers.count())
    assert (found.end, found.reference is not None) == (end, reference)
    [shown] = edges_of(registers.world.be, found.ours)
    assert (shown["basis"] is not None, shown["reference"] is not None) == (marks, reference)
    assert shown["kind"] == "communicated"


def test_an_edge_is_reduced_with_its_end_and_goes_with_it(registers: Registers) -> None:
    registers.hold(registers.world.ma, numbers("32470", 3), category=SubjectCategory.CONTACT)
    registers.offer()
    found = registers.edge(registers.count())
    be = registers.world.be
    from comity.services.register.followed import tell_watchers
    from comity.storage.transaction import atomic

    with atomic(be.alias):
        tell_watchers(be, found.ours, subject(category=SubjectCategory.CONTACT))
    [shown] = edges_of(be, found.ours)
    assert (shown["basis"], shown["handling"]) == (None, None)
    row = RegisterEdge.objects.using("be").get()
    erase(be, HEAD, found.ours, "not needed any more")
    assert edges_of(be, found.ours) == []
    row.pk = None
    row.save(using="be")
    assert part_edges_again(be, [row.uid]) == 1
    assert edges_of(be, found.ours) == []


@pytest.mark.parametrize("actor", [LOTTE, DPO, OPERATOR, SYSTEM_ACCOUNT])
def test_only_a_named_approver_or_head_of_desk(registers: Registers, actor: Actor) -> None:
    with pytest.raises(Refused, match=r"actor\.role|overlap\.person"):
        registers.offer(actor)
    registers.offer()
    with pytest.raises(Refused, match=r"actor\.role|overlap\.person"):
        registers.count(actor)
    counted = registers.count()
    with pytest.raises(ComityError, match=r"actor\.role|overlap\.person|overlap\.not-found"):
        registers.edge(counted, actor)


def test_nothing_is_counted_that_was_not_offered(registers: Registers) -> None:
    with pytest.raises(Refused, match=r"overlap\.not-offered"):
        registers.count()
    registers.offer()
    registers.world.clock.forward(days=7, seconds=1)
    with pytest.raises(Refused, match=r"overlap\.not-offered"):
        registers.count()
    registers.offer()
    assert registers.count().common == 3


def test_not_twice_in_thirty_days_on_either_side(registers: Registers) -> None:
    registers.offer()
    registers.count()
    registers.offer()
    with pytest.raises(Refused, match=r"overlap\.too-soon"):
        registers.count()
    assert Overlap.objects.using("be").count() == 1, "nothing was sent"
    hidden = hide(bytes(32), numbers("32470"))
    with pytest.raises(Refused, match=r"overlap\.too-soon"):
        registers.asks(COUNT, registers.request(hidden), hidden.points)
    registers.world.clock.forward(days=30, seconds=1)
    registers.offer()
    assert registers.count().common == 3


def test_an_agreement_permits_it_in_its_clause_alone(registers: Registers) -> None:
    with pytest.raises(Refused, match=r"clause\.none"):
        registers.offer(purpose=Purpose.TERRORISM)
    with pytest.raises(Refused, match=r"clause\.none"):
        registers.count(purpose=Purpose.TERRORISM)
    registers.offer()
    hidden = hide(bytes(32), numbers("32470"))
    wrong = registers.request(hidden, purpose=Purpose.TERRORISM)
    with pytest.raises(Refused, match=r"clause\.none"):
        registers.asks(COUNT, wrong, hidden.points)
    suspend(registers.world.ma, OPERATOR, registers.agreement, "test")
    with pytest.raises(Refused, match=r"agreement\.suspended"):
        registers.asks(COUNT, registers.request(hidden), hidden.points)


@pytest.mark.parametrize(
    "marks",
    [
        {"taints": (Taint.ASYLUM,)},
        {"category": SubjectCategory.VICTIM},
        {"category": SubjectCategory.WITNESS},
        {"category": SubjectCategory.MISSING},
        {"purposes": (Purpose.TERRORISM,)},
        {"owner": "FR.police"},
    ],
)
def test_who_may_not_be_found_is_in_no_list(registers: Registers, marks: dict[str, Any]) -> None:
    registers.hold(registers.world.ma, numbers("32470", 1), **marks)
    registers.hold(registers.world.ma, ["+212669999999"])
    registers.offer()
    assert registers.count().common == 2


def test_a_small_list_is_neither_offered_nor_compared(registers: Registers) -> None:
    for node in (registers.world.be, registers.world.ma):
        for number in [*numbers("32470", 100), *numbers("212661", 100)]:
            hold(node, subject(purposes=(Purpose.DRUGS,)), uid_of(node, number))
    with pytest.raises(InputError, match=r"overlap\.too-few"):
        registers.offer()
    with pytest.raises(InputError, match=r"overlap\.too-few"):
        registers.count()


def test_who_has_changed_since_stands_at_no_end(registers: Registers) -> None:
    registers.hold(registers.world.ma, ["+212669999999", "+212669999998"])
    for number in numbers("32470", 2):
        registers.hold(registers.world.ma, [number], purposes=(Purpose.DRUGS,))
    registers.offer()
    counted = registers.count()
    assert counted.common == 1
    erase(registers.world.ma, HEAD, uid_of(registers.world.ma, "+32470000002"), "not needed any more")
    found = registers.edge(counted)
    assert (found.end, found.edge, found.reference) == (End.GONE, "", None)
    assert RegisterEdge.objects.using("be").count() == 0


def test_with_nothing_in_common_there_is_no_edge(registers: Registers) -> None:
    registers.hold(registers.world.ma, [f"+21266999999{each}" for each in range(3)])
    registers.hold(registers.world.ma, numbers("32470", 3), purposes=(Purpose.DRUGS,))
    registers.offer()
    counted = registers.count()
    assert counted.common == 0
    with pytest.raises(Refused, match=r"overlap\.nothing"):
        registers.edge(counted)
    with pytest.raises(InputError, match=r"overlap\.not-found"):
        show_edge(registers.world.be, registers.world.network.channels, HEAD, "0" * 32, "the driver")


def test_wire_the_same_request_is_answered_alike_and_another_is_not(registers: Registers) -> None:
    registers.offer()
    hidden = hide(bytes(32), numbers("32470"))
    request = registers.request(hidden)
    first = registers.asks(COUNT, request, hidden.points)
    assert registers.asks(COUNT, request, hidden.points) == first
    other = hide(bytes(range(32)), numbers("32470"))
    with pytest.raises(Refused, match=r"overlap\.again"):
        registers.asks(COUNT, {**request, "public": other.public.hex()}, other.points)
    assert Overlap.objects.using("ma").count() == 1


@pytest.mark.parametrize(
    ("changes", "cut", "code"),
    [
        ({"size": 1000}, 0, "overlap.malformed"),
        ({"public": "00" * 32}, 0, "overlap.points"),
        ({"purpose": "gossip"}, 0, "overlap.malformed"),
        ({"more": 1}, 0, "overlap.malformed"),
        ({}, 32, "overlap.points"),
    ],
)
def test_wire_other_forms(registers: Registers, changes: dict[str, Any], cut: int, code: str) -> None:
    registers.offer()
    hidden = hide(bytes(32), numbers("32470"))
    with pytest.raises(Refused) as error:
        registers.asks(COUNT, {**registers.request(hidden), **changes}, hidden.points[cut:])
    assert error.value.code == code


def test_wire_one_edge_and_no_number_that_was_not_sent(registers: Registers) -> None:
    registers.offer()
    seed = bytes(32)
    hidden = hide(seed, numbers("32470"))
    request = registers.request(hidden)
    body, octets = registers.asks(COUNT, request, hidden.points)
    tags, points = octets[: STEP * 16], read_points(octets[STEP * 16 :], body["theirs"])
    matches = in_common(seed, points, tags)
    assert len(matches) == 3
    unmatched = next(place for place in range(STEP) if place not in {theirs for _, theirs in matches})
    for pair in ((matches[0][0], unmatched), (matches[1][0], matches[0][1])):
        wrong = EdgeRequest.of(request["overlap"], claim(seed, points, pair, bytes(range(64))))
        with pytest.raises(Refused, match=r"overlap\.edge "):
            registers.asks(EDGE, wrong.to_json())
    right = [
        EdgeRequest.of(request["overlap"], claim(seed, points, pair, bytes(range(64)))).to_json()
        for pair in matches[:2]
    ]
    with pytest.raises(Refused, match=r"overlap\.unknown"):
        registers.asks(EDGE, {**right[0], "overlap": "0" * 32})
    first, _ = registers.asks(EDGE, right[0])
    assert (first["end"], hidden.places[first["place"]] in range(3)) == ("own", True)
    assert registers.asks(EDGE, right[0])[0] == first
    with pytest.raises(Refused, match=r"overlap\.edge-given"):
        registers.asks(EDGE, right[1])
    assert len(leaves(registers.world.ma, "overlap.edge-given")) == 1


def test_a_lost_answer_is_asked_for_again(registers: Registers) -> None:
    registers.offer()
    network = registers.world.network
    network.cut_off.add(MA)
    with pytest.raises(ComityError):
        registers.count()
    [waiting] = Overlap.objects.using("be").all()
    assert waiting.state == rows.WAITING
    network.cut_off.clear()
    assert registers.count().overlap == waiting.uid
    assert Overlap.objects.using("be").count() == 1


def test_a_wrong_answer_is_not_used(registers: Registers, monkeypatch: pytest.MonkeyPatch) -> None:
    registers.offer()

    def wrong(*args: Any, **kwargs: Any) -> tuple[Any, bytes]:
        body, octets = call(*args, **kwargs)
        return body, octets[:16] * 2 + octets[32:]

    monkeypatch.setattr("comity.services.overlap.ask.call", wrong)
    with pytest.raises(PeerError, match=r"overlap\.tags"):
        registers.count()
    [row] = Overlap.objects.using("be").all()
    assert (row.state, row.content, row.points) == (rows.FAILED, None, None)
    assert len(leaves(registers.world.be, "overlap.failed")) == 1


def test_what_is_left_goes_with_time(registers: Registers) -> None:
    registers.offer()
    registers.count()
    for node in (registers.world.be, registers.world.ma):
        assert erase_overlaps(node) == 0
    registers.world.clock.forward(days=31)
    for node in (registers.world.be, registers.world.ma):
        assert erase_overlaps(node) == 1
        assert erase_overlaps(node) == 0
        [row] = Overlap.objects.using(node.alias).all()
        assert (row.content, row.points, row.tags) == (None, None, None)
        assert len(leaves(node, "overlap.erased")) == 1
    registers.world.clock.forward(days=8)
    erase_overlaps(registers.world.ma)
    assert OverlapOffer.objects.using("ma").get().points is None


def test_an_edge_s_reference_ends_after_ninety_days(registers: Registers) -> None:
    registers.offer()
    found = registers.edge(registers.count())
    ma = registers.world.ma
    registers.world.clock.forward(days=89)
    erase_overlaps(ma)
    assert resolve(ma, str(found.reference), partner=BE)
    registers.world.clock.forward(days=2)
    with pytest.raises(Refused, match=r"probe\.reference-expired"):
        resolve(ma, str(found.reference), partner=BE)
    erase_overlaps(ma)
    with pytest.raises(InputError, match=r"probe\.reference-unknown"):
        resolve(ma, str(found.reference), partner=BE)


def test_no_number_crosses_or_is_logged(registers: Registers) -> None:
    registers.offer()
    registers.edge(registers.count())
    assert "212661" not in everything(registers.world.be)
    for node in registers.world.nodes.values():
        for kind in (
            "overlap.asked",
            "overlap.counted",
            "overlap.answered",
            "overlap.edge-given",
            "overlap.offered",
        ):
            assert "470000" not in str(leaves(node, kind))


def version(registers: Registers, number: str, **changes: Any) -> None:
    """Let the Moroccan register hold a new version of the entry of a number."""
    registers.hold(registers.world.ma, [number], **changes)
    found = RegisterSubject.objects.using("ma").filter(uid=uid_of(registers.world.ma, number))
    found.update(version=F("version") + 1)


@pytest.mark.parametrize("taint", [Taint.ASYLUM, Taint.RETURN_SUSPENDED, Taint.SIS])
def test_whoever_is_protected_after_the_offer_is_not_counted(registers: Registers, taint: Taint) -> None:
    """Without `withdraw_offers` the list of yesterday still tells that the partner's number is known here."""
    registers.offer()
    version(registers, numbers("32470", 3)[1], taints=(taint,))
    assert withdraw_offers(registers.world.ma) == 1
    assert withdraw_offers(registers.world.ma) == 0
    with pytest.raises(Refused, match=r"overlap\.not-offered"):
        registers.count()
    assert leaves(registers.world.ma, "overlap.offer-withdrawn")
    assert taint.value not in str(leaves(registers.world.ma, "overlap.offer-withdrawn"))


def test_what_is_erased_takes_the_offer_with_it_and_an_ordinary_change_does_not(registers: Registers) -> None:
    registers.offer()
    number = numbers("32470", 3)[1]
    version(registers, number)
    assert withdraw_offers(registers.world.ma) == 0
    RegisterSubject.objects.using("ma").filter(uid=uid_of(registers.world.ma, number)).update(
        content=None, state="erased", version=F("version") + 1
    )
    assert withdraw_offers(registers.world.ma) == 1
    assert OverlapOffer.objects.using("ma").get().secret is None
