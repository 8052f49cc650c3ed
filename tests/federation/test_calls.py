"""Synchronous signed calls: answered once, in time, to the right partner, and never to a stranger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.federation.handmade import token_of
from tests.federation.malice import at, drop, put, reheaded
from tests.federation.world import BE, MA, THIRD, World, make_world, node_keys, set_state

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.crypto.agent import TokenType
from comity.core.envelope import frame
from comity.core.envelope.call import pack_call
from comity.core.envelope.limits import CALL_CLASSES
from comity.errors import ComityError, DeliveryError, PeerError, Refused
from comity.services import calls
from comity.services.calls import Call, answer_call, call, call_handler, forget_calls
from comity.services.context import Node
from comity.storage.models.exchange import AnsweredCall
from comity.transport.memory import Fault

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
answered: list[str] = []


@call_handler("test.echo")
def echo(node: Node, made: Call) -> tuple[Any, bytes]:
    answered.append(made.id)
    return {"echo": made.body, "by": node.service}, made.attachment[::-1] or b"attached"


@call_handler("test.large")
def large(node: Node, made: Call) -> tuple[Any, bytes]:
    answered.append(made.id)
    return None, bytes(200_000)


@call_handler("test.no")
def no(node: Node, made: Call) -> tuple[Any, bytes]:
    raise Refused("test.no")


@call_handler("test.protects", protective=True)
def protects(node: Node, made: Call) -> tuple[Any, bytes]:
    return "done", b""


@call_handler("test.repeats", repeatable=True)
def repeats(node: Node, made: Call) -> tuple[Any, bytes]:
    answered.append(made.id)
    return {"echo": made.body}, b""


@pytest.fixture
def world(db: None) -> World:
    answered.clear()
    return make_world(endpoints=lambda node: lambda path, body: answer_call(node, body))


def ask(world: World, name: str = "test.echo", body: Any = None, **more: Any) -> tuple[Any, bytes]:
    return call(world.be, world.network.channels, MA, Regime.POLICE, name, body, **more)


def test_answer_and_attachment(world: World) -> None:
    assert ask(world, body={"name": "الاسم"}) == ({"echo": {"name": "الاسم"}, "by": MA}, b"attached")


def test_an_attachment_goes_with_the_call(world: World) -> None:
    assert call(world.be, world.network.channels, MA, Regime.POLICE, "test.echo", 1, b"there")[1] == b"ereht"


def test_another_attachment_than_was_signed(world: World) -> None:
    for attachment in (b"exchanged", b"\0"):
        with pytest.raises(PeerError, match=r"^call\.attachment-other"):
            answer_call(world.ma, pack_call(token_of(world), attachment))
    with pytest.raises(PeerError, match=r"^call\.malformed"):
        answer_call(world.ma, frame.pack([token_of(world).encode()], CALL_CLASSES))
    assert answered == []


def test_a_call_has_finer_size_classes_than_a_message(world: World) -> None:
    sizes = [len(pack_call(token_of(world), bytes(size))) for size in (1, 1000, 2000, 3000, 5000)]
    assert sizes == [1024, 2048, 3072, 4096, 16384]


def test_refusal_comes_back_by_its_code(world: World) -> None:
    with pytest.raises(Refused) as refused:
        ask(world, "test.no")
    assert refused.value.code == "test.no"


def test_unknown_call(world: World) -> None:
    with pytest.raises(Refused, match=r"call\.unknown"):
        ask(world, "test.unheard")


@pytest.mark.parametrize("fault", [Fault.LOSE_ANSWER, Fault.DUPLICATE])
def test_answered_once_though_asked_twice(world: World, fault: Fault) -> None:
    left = [fault]
    world.network.draw = lambda: left.pop() if left else Fault.NONE
    assert ask(world, body=1)[0]["echo"] == 1
    assert len(answered) == 1


def test_nothing_is_written_for_a_call_that_the_handler_recognises(world: World) -> None:
    world.network.draw = iter([Fault.DUPLICATE, Fault.NONE]).__next__
    assert ask(world, "test.repeats", 1)[0] == {"echo": 1}
    assert len(answered) == 2
    assert not AnsweredCall.objects.using("ma").exists()


def test_a_large_answer_is_not_kept(world: World) -> None:
    world.network.draw = iter([Fault.DUPLICATE, Fault.NONE]).__next__
    assert len(ask(world, "test.large")[1]) == 200_000
    assert len(answered) == 2
    assert AnsweredCall.objects.using("ma").get().answer is None


def test_the_way_is_broken(world: World) -> None:
    world.network.cut_off.add(MA)
    with pytest.raises(DeliveryError):
        ask(world)


def test_same_identifier_other_body(world: World) -> None:
    first = pack_call(token_of(world), b"")
    assert answer_call(world.ma, first) == answer_call(world.ma, first)
    with pytest.raises(PeerError, match=r"call\.replayed"):
        answer_call(world.ma, pack_call(token_of(world, put(body=2)), b""))


def test_old_calls_are_forgotten_after_they_can_no_longer_be_made(world: World) -> None:
    octets = pack_call(token_of(world), b"")
    answer_call(world.ma, octets)
    assert forget_calls(world.ma) == 0
    world.clock.forward(minutes=16)
    assert forget_calls(world.ma) == 1
    with pytest.raises(PeerError, match=r"envelope\.expired"):
        answer_call(world.ma, octets)


WRONG: dict[str, tuple[str, Callable[[World], str]]] = {
    "for another": ("envelope.recipient", lambda w: token_of(w, put(to=str(THIRD)))),
    "from nobody": ("partner.unknown", lambda w: token_of(w, put(from_="FR.nobody"))),
    "of another regime": ("envelope.regime", lambda w: token_of(w, put(regime="intelligence"))),
    "signed by another": ("signature.unknown-key", lambda w: token_of(w, keys=node_keys(THIRD))),
    "signed as a batch": ("signature.type", lambda w: token_of(w, typ=TokenType.BATCH)),
    "signed as a return": ("signature.type", lambda w: token_of(w, typ=TokenType.RETURN)),
    "alg none": ("signature.algorithm", lambda w: reheaded(alg="none")(token_of(w))),
    "too early": ("envelope.future", lambda w: token_of(w, put(at=at(w, minutes=6)))),
    "too late": ("envelope.expired", lambda w: token_of(w, put(at=at(w, minutes=-6)))),
    "unknown member": ("call.malformed", lambda w: token_of(w, put(more=1))),
    "missing identifier": ("call.malformed", lambda w: token_of(w, drop("id"))),
    "bad name": ("call.malformed", lambda w: token_of(w, put(name="../etc"))),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_calls(world: World, name: str) -> None:
    code, make = WRONG[name]
    with pytest.raises(ComityError) as refused:
        answer_call(world.ma, pack_call(make(world), b""))
    assert refused.value.code == code
    assert not AnsweredCall.objects.using("ma").exists()
    assert answered == []


def test_suspended_partners_make_only_protective_calls(world: World) -> None:
    set_state(world.ma, BE, "suspended")
    with pytest.raises(DeliveryError):
        ask(world)
    assert ask(world, "test.protects") == ("done", b"")
    set_state(world.be, MA, "suspended")
    with pytest.raises(Refused, match=r"partner\.suspended"):
        ask(world, "test.protects")
    assert ask(world, "test.protects", protective=True) == ("done", b"")


def test_what_a_partner_returns_is_verified(world: World) -> None:
    kept: list[bytes] = []
    told: list[Callable[[bytes], bytes]] = []

    def lying(partner: ServiceId) -> Any:
        class Way:
            def post(self, path: str, body: bytes) -> bytes:
                answer = answer_call(world.ma, body)
                kept.append(answer)
                return told[-1](answer)

            def get(self, path: str) -> bytes:
                raise NotImplementedError

        return Way()

    def other_call(_: bytes) -> bytes:
        return kept[0]

    def other_attachment(answer: bytes) -> bytes:
        return frame.pack([frame.unpack(answer, CALL_CLASSES)[0], b"exchanged"], CALL_CLASSES)

    def no_attachment(answer: bytes) -> bytes:
        return frame.pack([frame.unpack(answer, CALL_CLASSES)[0]], CALL_CLASSES)

    for lie, code in (
        (lambda answer: answer, None),
        (other_call, "return.other-call"),
        (other_attachment, "return.attachment"),
        (no_attachment, "return.malformed"),
        (lambda answer: answer[:-1], "frame.size"),
    ):
        told.append(lie)
        try:
            call(world.be, lying, MA, Regime.POLICE, "test.echo", 1)
        except PeerError as error:
            assert error.code == code
        else:
            assert code is None


def test_tries_are_bounded() -> None:
    assert calls.TRIES <= 3
