"""A partner that gives again what it never delivered: it can withhold, and do nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.federation import effects
from tests.federation.lost import again, batches, held, ids, lose, lossy_world, send
from tests.federation.world import BE, MA, START, THIRD, World, node_keys, set_state

from comity.core.codes.exchange import Regime
from comity.core.crypto.agent import TokenType
from comity.errors import DeliveryError, PeerError, Refused
from comity.services import calls
from comity.services.exchange import kept
from comity.services.exchange.fetch import Fetched
from comity.services.partners import directory
from comity.storage.models.exchange import Dispatch, ExchangedMessage, KeptPart
from comity.storage.models.partners import PartnerKey

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])

POLICE = Regime.POLICE


@pytest.fixture
def world(db: None) -> World:
    return lossy_world()


class TestALyingPartner:
    """It can withhold, and can neither change nor invent nor repeat anything; what it tries has a name."""

    def answered(self, world: World, change: Callable[[Any, bytes], tuple[Any, bytes]]) -> Fetched:
        honest = calls._handlers[kept.CALL]

        def lying(node: Any, made: Any) -> tuple[object, bytes]:
            return change(*honest.function(node, made))

        calls._handlers[kept.CALL] = replace(honest, function=lying)
        try:
            return again(world)
        finally:
            calls._handlers[kept.CALL] = honest

    def refused(
        self, world: World, change: Callable[[Any, bytes], tuple[Any, bytes]], count: int = 2
    ) -> list[str]:
        lost = send(world, count)
        lose(lost)
        found = self.answered(world, change)
        assert set(ids(one for one, _ in found.refused)) <= set(lost)
        return [code for _, code in found.refused]

    def nothing_changed(self, world: World) -> None:
        assert held(world) == {}
        assert batches() == {}
        assert effects.seen(world.ma) == []

    def test_other_bytes(self, world: World) -> None:
        codes = self.refused(world, lambda body, octets: (body, bytes(len(octets))))
        assert codes == ["envelope.part"] * 2
        self.nothing_changed(world)

    def test_one_bit(self, world: World) -> None:
        codes = self.refused(world, lambda body, octets: (body, bytes([octets[0] ^ 1]) + octets[1:]))
        assert codes == ["envelope.part"]
        assert len(held(world)) == 1

    def test_the_part_of_another_message(self, world: World) -> None:
        def swapped(body: Any, octets: bytes) -> tuple[Any, bytes]:
            first, second = (one["size"] for one in body["parts"])
            body["parts"][0]["size"], body["parts"][1]["size"] = second, first
            return body, octets[first:] + octets[:first]

        assert self.refused(world, swapped) == ["envelope.part"] * 2
        self.nothing_changed(world)

    def test_freshly_sealed_and_signed(self, world: World) -> None:
        """Another content for a message that we acknowledged, sealed and signed by the partner's very keys."""
        from comity.core.envelope.content import seal_content, write_content
        from comity.core.envelope.fields import read_document
        from comity.core.envelope.header import Header

        def forged(body: Any, _octets: bytes) -> tuple[Any, bytes]:
            row = ExchangedMessage.objects.using("be").get(message=body["parts"][0]["id"])
            header = read_document(Header, bytes(row.header), code="x.y", limit=9999, depth=5)
            token = node_keys(BE).sign(POLICE, TokenType.CONTENT, [write_content(header, {"n": 99})])[0]
            sealed = seal_content(token, header, node_keys(MA).public_keys(POLICE).seal_public)
            body["parts"][0]["size"] = len(sealed)
            return body, sealed

        assert self.refused(world, forged, 1) == ["envelope.part"]
        self.nothing_changed(world)

    @pytest.mark.parametrize(
        "change",
        [
            lambda b, o: ({**b, "parts": b["parts"][::-1]}, o),
            lambda b, o: ({**b, "parts": b["parts"][1:]}, o),
            lambda b, o: ({**b, "parts": [b["parts"][0], b["parts"][0]]}, o),
            lambda b, o: ({**b, "parts": [{**one, "id": "0" * 32} for one in b["parts"]]}, o),
            lambda b, o: ({**b, "parts": []}, b""),
            lambda b, o: (b, o + b"x"),
            lambda b, o: (b, o[:-1]),
            lambda b, o: ({**b, "parts": [{**one, "gone": "dropped"} for one in b["parts"]]}, o),
            lambda b, o: ({**b, "parts": [{**one, "gone": "lost", "size": 0} for one in b["parts"]]}, b""),
            lambda b, o: ({**b, "v": 2}, o),
            lambda b, o: (None, o),
        ],
    )
    def test_another_form(self, world: World, change: Callable[[Any, bytes], tuple[Any, bytes]]) -> None:
        """Out of order, left out, twice, of a message nobody asked for, too long, too short."""
        lost = send(world, 2)
        lose(lost)
        with pytest.raises(PeerError):
            self.answered(world, change)
        self.nothing_changed(world)

    def test_a_message_that_was_never_acknowledged(self, world: World) -> None:
        """Its receipt is not ours: it is not even asked for."""
        lost = send(world, 1)
        lose(lost)
        row = Dispatch.objects.using("be").get()
        from comity.core.envelope.batch import payload_of

        forged = node_keys(BE).sign(POLICE, TokenType.RECEIPT, [payload_of(str(row.receipt))])[0]
        Dispatch.objects.using("be").update(receipt=forged)
        found = again(world)
        assert (found.taken, found.refused, found.left.unproven) == ((), (), 1)
        self.nothing_changed(world)

    def test_a_call_that_is_replayed(self, world: World) -> None:
        lost = send(world, 1)
        lose(lost)
        heard: list[tuple[str, bytes]] = []
        inner = world.network.endpoints[BE]
        world.network.endpoints[BE] = lambda path, body: (heard.append((path, body)), inner(path, body))[1]
        again(world)
        assert [inner(path, body) for path, body in heard]
        assert effects.seen(world.ma) == lost

    @pytest.mark.parametrize(("until", "code"), [(1, None), (-1, "signature.unknown-key")])
    def test_the_author_s_key_held_when_it_signed(
        self, world: World, monkeypatch: pytest.MonkeyPatch, until: int, code: str | None
    ) -> None:
        """A key that the present card no longer publishes counts for what it signed in its time, and for no more."""
        lost = send(world, 1)
        lose(lost)
        keys = node_keys(BE).public_keys(POLICE)
        PartnerKey(
            service=BE,
            regime="police",
            kid=keys.sign_kid,
            public=keys.sign_public,
            not_before=START - timedelta(days=9),
            not_after=START + timedelta(days=until),
        ).save(using="ma")
        monkeypatch.setattr(directory, "signing_keys", lambda *_, **__: {})
        found = again(world)
        assert [each for _, each in found.refused] == ([] if code is None else [code])
        assert len(held(world)) == (code is None)


def test_nobody_is_given_the_parts_of_another(world: World) -> None:
    send(world, 2)
    row = KeptPart.objects.using("be").first()
    assert row is not None
    body = {"v": 1, "batch": row.batch, "messages": [row.message]}
    third = world.nodes[THIRD]
    answer, octets = calls.call(third, world.network.channels, BE, POLICE, kept.CALL, body)
    assert [(one["id"], one["gone"], one["size"]) for one in answer["parts"]] == [(row.message, "dropped", 0)]
    assert octets == b""


@pytest.mark.parametrize("side", ["be", "ma"])
def test_nothing_is_fetched_from_or_by_a_suspended_partner(world: World, side: str) -> None:
    lose(send(world, 1))
    set_state(world.be if side == "be" else world.ma, MA if side == "be" else BE, "suspended")
    with pytest.raises((Refused, DeliveryError), match=r"partner\.suspended"):
        again(world)
    assert held(world) == {}


@pytest.mark.parametrize(
    "body", [None, {}, {"v": 1, "batch": "x", "messages": []}, {"v": 1, "batch": "0" * 32, "messages": []}]
)
def test_a_malformed_question(world: World, body: Any) -> None:
    with pytest.raises(Refused):
        calls.call(world.ma, world.network.channels, BE, POLICE, kept.CALL, body)
