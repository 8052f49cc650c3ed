"""What a restored node had sent, shown to it by its partner: the partner can leave out, and can invent nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.cases.cast import LOTTE, SALMA, ask, deliver
from tests.cases.test_fetch import case, fetch, lost
from tests.federation.test_missing import endpoint
from tests.federation.world import BE, MA, World, set_state
from tests.policy.conftest import with_homes

from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.crypto.agent import TokenType
from comity.core.crypto.encoding import from_text, to_text
from comity.core.envelope.content import seal_content
from comity.errors import DeliveryError, PeerError
from comity.services import calls, crashpoint
from comity.services.cases.answer import answer
from comity.services.cases.recall import recall
from comity.services.exchange.back import own
from comity.services.exchange.back.own import TakenUp
from comity.services.partners.directory import sealing_key
from comity.storage.models.cases import Case
from comity.storage.models.exchange import AcceptedBatch, ExchangedMessage, OutboxRow

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
POLICE = Regime.POLICE
Change = Callable[[Any, bytes], tuple[Any, bytes]]


@pytest.fixture
def desks(desks: tuple[World, str], tmp_path: Path) -> tuple[World, str]:
    with_homes(desks[0], tmp_path)
    for node in desks[0].nodes.values():
        desks[0].network.endpoints[node.service] = endpoint(node)
    return desks


def opened_and_lost(desks: tuple[World, str], count: int = 1) -> list[str]:
    world, agreement = desks
    with lost("be"):
        threads = [ask(world, agreement, case=f"BE-2026-{number}") for number in range(count)]
        deliver(world)
    world.clock.forward(hours=1)
    return threads


def lied(world: World, change: Change) -> TakenUp:
    honest = calls._handlers[own.CALL]

    def lying(node: Any, made: Any) -> tuple[object, bytes]:
        return change(*honest.function(node, made))

    calls._handlers[own.CALL] = replace(honest, function=lying)
    try:
        return fetch(world, "be").sent
    finally:
        calls._handlers[own.CALL] = honest


def codes(found: TakenUp) -> list[str]:
    return [code for _, code in found.refused] + found.unproven


def nothing_entered() -> None:
    assert not Case.objects.using("be").exists()
    assert not ExchangedMessage.objects.using("be").filter(direction="out").exists()


def test_other_bytes_and_contents_that_others_signed(desks: tuple[World, str]) -> None:
    world, _ = desks
    (thread,) = opened_and_lost(desks)
    assert codes(lied(world, lambda body, octets: (body, bytes(len(octets))))) == ["envelope.sealed"]
    row = ExchangedMessage.objects.using("ma").get(message=thread)
    _, public = sealing_key(world.ma, BE, POLICE)

    def told(payload: bytes, kind: TokenType) -> Change:
        token = world.ma.keys.sign(POLICE, kind, [payload])[0]
        sealed = seal_content(token, own._header(bytes(row.header)), public)

        def change(body: Any, octets: bytes) -> tuple[Any, bytes]:
            body["batches"][0]["messages"][0]["size"] = len(sealed)
            return body, sealed

        return change

    content = from_text(str(row.content).split(".")[1])
    assert codes(lied(world, told(content, TokenType.CONTENT))) == ["signature.unknown-key"]
    nothing_entered()


def test_a_content_under_another_header(desks: tuple[World, str]) -> None:
    """Ours is the content of one request and the header of another; or the header says what we never signed."""
    world, _ = desks
    first, second = opened_and_lost(desks, 2)
    rows = {row.message: row for row in ExchangedMessage.objects.using("ma").filter(direction="in")}
    _, public = sealing_key(world.ma, BE, POLICE)
    crossed = [
        seal_content(str(rows[one].content), own._header(bytes(rows[other].header)), public)
        for one, other in ((second, first), (first, second))
    ]

    def swapped(body: Any, octets: bytes) -> tuple[Any, bytes]:
        for each, sealed in zip(body["batches"][0]["messages"], crossed, strict=True):
            each["size"] = len(sealed)
        return body, b"".join(crossed)

    assert codes(lied(world, swapped)) == ["content.header"] * 2

    def renamed(body: Any, octets: bytes) -> tuple[Any, bytes]:
        for each in body["batches"][0]["messages"]:
            header = own._header(from_text(each["header"])).plain() | {"purpose": "terrorism", "clause": "x"}
            each["header"] = to_text(canonical.encode(header))
        return body, octets

    assert set(codes(lied(world, renamed))) == {"envelope.sealed"}
    nothing_entered()


def test_receipts_that_prove_nothing(desks: tuple[World, str]) -> None:
    world, _ = desks
    opened_and_lost(desks, 2)

    def receipt(change: Callable[[dict[str, Any]], dict[str, Any]], by: str = "ma") -> Change:
        def lie(body: Any, octets: bytes) -> tuple[Any, bytes]:
            batch = body["batches"][0]
            payload = canonical.decode(from_text(batch["receipt"].split(".")[1]), limit=1 << 20, depth=8)
            octets_of = canonical.encode(change(payload))
            node = world.ma if by == "ma" else world.be
            batch["receipt"] = node.keys.sign(POLICE, TokenType.RECEIPT, [octets_of])[0]
            return body, octets

        return lie

    refused = [{"code": "act.clause", "outcome": "refused"}]
    assert codes(lied(world, receipt(dict, by="be"))) == ["signature.unknown-key"]
    assert codes(lied(world, receipt(lambda p: {**p, "to": MA}))) == ["receipt.other-batch"]
    assert codes(lied(world, receipt(lambda p: {**p, "regime": "return-identification"}))) == [
        "receipt.other-batch"
    ]
    assert codes(lied(world, receipt(lambda p: {**p, "received_at": "2020-01-01T00:00:00.000Z"}))) == [
        "receipt.other-batch"
    ]
    assert codes(lied(world, receipt(lambda p: {**p, "received_at": "2999-01-01T00:00:00.000Z"}))) == [
        "receipt.other-batch"
    ]
    assert codes(
        lied(world, receipt(lambda p: {**p, "outcomes": [one | refused[0] for one in p["outcomes"]]}))
    ) == ["receipt.outcomes"]
    nothing_entered()


def test_answers_of_another_form(desks: tuple[World, str]) -> None:
    world, _ = desks
    opened_and_lost(desks, 2)

    def batch(**changes: Any) -> Change:
        return lambda body, octets: ({**body, "batches": [{**body["batches"][0], **changes}]}, octets)

    forms: list[Change] = [
        lambda body, octets: (body, octets + b"x"),
        lambda body, octets: (body, octets[:-1]),
        lambda body, octets: ({**body, "batches": body["batches"] * 2}, octets * 2),
        lambda body, octets: ({**body, "more": True, "batches": []}, b""),
        lambda body, octets: ({**body, "v": 2}, octets),
        lambda body, octets: ({**body, "x": 1}, octets),
        lambda body, octets: ({}, b""),
        batch(place=0),
        batch(place=-1),
        batch(messages=[]),
    ]
    for form in forms:
        with pytest.raises(PeerError, match=r"return\.malformed"):
            lied(world, form)
    nothing_entered()


def test_another_order_and_one_twice(desks: tuple[World, str]) -> None:
    world, _ = desks
    opened_and_lost(desks, 2)

    def order(places: list[int]) -> Change:
        def change(body: Any, octets: bytes) -> tuple[Any, bytes]:
            shown, parts, at = body["batches"][0]["messages"], [], 0
            for each in shown:
                parts.append(octets[at : at + each["size"]])
                at += each["size"]
            body["batches"][0]["messages"] = [shown[place] for place in places]
            return body, b"".join(parts[place] for place in places)

        return change

    for places in ([1, 0], [0, 0], [0, 1, 1]):
        assert codes(lied(world, order(places))) == ["receipt.outcomes"]
    nothing_entered()
    # What is left out stays unknown, and comes with the next honest answer.
    assert len(lied(world, order([1])).entered) == 1
    assert len(fetch(world, "be").sent.entered) == 1
    assert Case.objects.using("be").count() == 2
    assert fetch(world, "be").sent == TakenUp()


def test_what_was_recalled_or_erased_is_not_shown(desks: tuple[World, str]) -> None:
    world, agreement = desks
    with lost("be"):
        thread = ask(world, agreement)
        deliver(world)
        recall(world.be, LOTTE, thread)
        deliver(world)
    found = fetch(world, "be").sent
    assert (found.gone, found.entered) == ([thread], [])
    assert thread not in {one.header.id for one in found.named}
    nothing_entered()


def test_what_our_own_journal_erased_is_not_entered(desks: tuple[World, str]) -> None:
    """The partner kept the words, or a backup brought them back to it; our journal knows that we had them erased."""
    world, agreement = desks
    with lost("be"):
        thread = ask(world, agreement)
        deliver(world)
        kept = ExchangedMessage.objects.using("ma").get(message=thread).content
        recall(world.be, LOTTE, thread, erase=True)
        deliver(world)
    assert ExchangedMessage.objects.using("ma").get(message=thread).content is None
    ExchangedMessage.objects.using("ma").filter(message=thread).update(content=kept)
    world.clock.forward(hours=1)
    assert fetch(world, "be").sent.gone == [thread]
    nothing_entered()


def test_an_answer_that_its_author_took_back_takes_no_request_along(desks: tuple[World, str]) -> None:
    world, agreement = desks
    with lost("be"):
        thread = ask(world, agreement)
        deliver(world)
        answer(world.ma, SALMA, thread)
        deliver(world)
        recall(world.ma, SALMA, thread)
        deliver(world)
    world.clock.forward(hours=1)
    found = fetch(world, "be").sent
    assert ([one.header.id for one in found.entered], found.gone) == ([thread], [])


def test_a_batch_without_its_receipt_hides_no_other(desks: tuple[World, str]) -> None:
    world, agreement = desks
    with lost("be"):
        first = ask(world, agreement, case="BE-2026-1")
        deliver(world)
        second = ask(world, agreement, case="BE-2026-2")
        deliver(world)
    batch = ExchangedMessage.objects.using("ma").get(message=first).batch
    AcceptedBatch.objects.using("ma").filter(batch=batch).delete()
    assert [one.header.id for one in fetch(world, "be").sent.entered] == [second]


def test_a_suspended_node_gets_nothing(desks: tuple[World, str]) -> None:
    world, _ = desks
    opened_and_lost(desks)
    set_state(world.ma, BE, "suspended")
    with pytest.raises(DeliveryError, match=r"partner\.suspended"):
        fetch(world, "be")
    nothing_entered()


def test_killed_before_the_commit_the_same_command_goes_on(
    desks: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, _ = desks
    threads = opened_and_lost(desks, 3)
    reached: list[str] = []

    class Killed(BaseException):
        pass

    def second(point: str) -> None:
        reached.append(point)
        if point == "own.before-commit" and reached.count(point) == 2:
            raise Killed

    monkeypatch.setattr(own, "reach", second)
    with pytest.raises(Killed):
        fetch(world, "be")
    assert Case.objects.using("be").count() == 1
    monkeypatch.setattr(own, "reach", crashpoint.reach)
    found = fetch(world, "be").sent
    assert len(found.entered) == 2
    assert {case("be", one)["due_at"] for one in threads} == {case("ma", one)["due_at"] for one in threads}
    assert not OutboxRow.objects.using("be").exists()


def test_what_is_not_entered_is_named(desks: tuple[World, str]) -> None:
    """Answers of the node that lost them are named, so that nobody sends them again unknowing."""
    world, agreement = desks
    thread = ask(world, agreement)
    deliver(world)
    with lost("ma"):
        answer(world.ma, SALMA, thread)
        deliver(world)
    found = fetch(world, "ma").sent
    assert [(one.header.kind, one.header.thread) for one in found.named] == [("reply", thread)]
    assert found.entered == []
    assert case("ma", thread)["closing"] is None


def test_an_answer_goes_to_the_case_that_came_back(desks: tuple[World, str]) -> None:
    world, _ = desks
    (thread,) = opened_and_lost(desks)
    fetch(world, "be")
    answer(world.ma, SALMA, thread)
    deliver(world)
    assert case("be", thread)["closing"] == case("ma", thread)["closing"] is not None
    assert timedelta(0) <= case("be", thread)["due_at"] - case("be", thread)["received_at"]
