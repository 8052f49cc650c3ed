"""Any schedule of faults: exactly once and in order. Any altered byte: refused, and nothing changed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.federation import effects
from tests.federation.malice import Batch
from tests.federation.world import BE, MA, OFFICER, START, make_world

from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.envelope import frame
from comity.core.envelope.batch import Manifest, join_manifest, payload_of
from comity.core.envelope.fields import read_document
from comity.core.envelope.header import Header
from comity.core.envelope.limits import FRAME_CLASSES, MANIFEST_BYTES, MANIFEST_DEPTH
from comity.core.envelope.receipt import Receipt, is_disputed, receipt_token
from comity.errors import ComityError, PeerError
from comity.services.exchange.deliver import FIRST_DELAY, LONGEST_DELAY, delay, deliver_due
from comity.services.exchange.receive import receive_batch
from comity.services.exchange.submit import submit
from comity.transport.memory import Fault, faults_of

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
WEIGHTS = dict.fromkeys([fault for fault in Fault if fault is not Fault.NONE], 0.09)


def few(examples: int) -> int:
    """Return so many examples, and fifty times as many when soaking: each makes two nodes."""
    return examples * (50 if settings.get_profile("ci").max_examples < settings.default.max_examples else 1)


@contextmanager
def rolled_back() -> Iterator[None]:
    """Leave no trace of an example."""
    with transaction.atomic("be"), transaction.atomic("ma"):
        yield
        transaction.set_rollback(True, using="be")
        transaction.set_rollback(True, using="ma")


@settings(max_examples=few(10))
@given(seed=st.integers(min_value=0, max_value=2**32), steps=st.integers(min_value=5, max_value=25))
def test_any_schedule_of_faults_has_each_effect_once_and_in_order(seed: int, steps: int) -> None:
    with rolled_back():
        world = make_world()
        draw = random.Random(seed)
        world.network.draw = faults_of(WEIGHTS, draw.random)
        sent: dict[str, list[str]] = {BE: [], MA: []}
        for _ in range(steps):
            own, other = draw.choice([(BE, MA), (MA, BE)])
            if draw.random() < 0.6:
                outgoing = world.outgoing(partner=other, thread=f"{own[:2]}-{draw.randrange(2)}")
                sent[own].append(submit(world.nodes[own], outgoing, OFFICER))
            if draw.random() < 0.2:
                world.network.release()
            deliver_due(world.nodes[own], world.network.channels)
            world.clock.forward(seconds=draw.choice([0, 1, 5, 400]))
        world.network.draw = lambda: Fault.NONE
        world.network.release()
        for _ in range(3):
            world.clock.forward(minutes=6)
            for node in world.nodes.values():
                deliver_due(node, world.network.channels)
        assert effects.seen(world.ma) == sent[BE]
        assert effects.seen(world.be) == sent[MA]


@settings(max_examples=few(30))
@given(data=st.data())
def test_any_altered_byte_is_refused_and_changes_nothing(data: st.DataObject) -> None:
    with rolled_back():
        world = make_world()
        octets = bytearray(Batch(world, count=2).build())
        place = data.draw(st.integers(min_value=0, max_value=len(octets) - 1))
        octets[place] ^= 1 << data.draw(st.integers(min_value=0, max_value=7))
        before = effects.rows_of_all_tables(world.ma)
        with pytest.raises(ComityError):
            receive_batch(world.ma, bytes(octets))
        assert effects.rows_of_all_tables(world.ma) == before


@settings(max_examples=few(15))
@given(data=st.data())
def test_any_altered_byte_of_a_receipt_is_refused(data: st.DataObject) -> None:
    with rolled_back():
        world = make_world()
        message = submit(world.be, world.outgoing(), OFFICER)

        def altered(path: str, body: bytes) -> bytes:
            octets = bytearray(receive_batch(world.ma, body))
            octets[data.draw(st.integers(min_value=0, max_value=len(octets) - 1))] ^= 1
            return bytes(octets)

        world.network.endpoints[MA] = altered
        assert deliver_due(world.be, world.network.channels) == 0
        world.network.endpoints[MA] = lambda path, body: receive_batch(world.ma, body)
        world.clock.forward(seconds=5)
        assert deliver_due(world.be, world.network.channels) == 1
        assert effects.seen(world.ma) == [message]


@given(st.lists(st.binary(max_size=3000), min_size=1, max_size=20))
def test_a_frame_is_read_as_it_was_written(parts: list[bytes]) -> None:
    octets = frame.pack(parts)
    assert len(octets) in FRAME_CLASSES
    assert frame.unpack(octets) == tuple(parts)


@given(st.sampled_from(FRAME_CLASSES[:3]).flatmap(lambda n: st.binary(min_size=n, max_size=n)) | st.binary())
def test_any_bytes_are_a_frame_or_refused(octets: bytes) -> None:
    try:
        parts = frame.unpack(octets)
    except PeerError as error:
        assert error.code.startswith("frame.")
    else:
        assert frame.pack(parts) == octets


@given(st.binary(max_size=200))
def test_any_token_is_refused(token: bytes) -> None:
    with pytest.raises(PeerError):
        receipt_token(frame.pack([token, b"more"]))


@given(st.integers(min_value=1, max_value=10_000), st.binary(min_size=2, max_size=2))
def test_delays_stay_within_half_and_the_whole(failures: int, entropy: bytes) -> None:
    whole = min(FIRST_DELAY * 2 ** min(failures - 1, 16), LONGEST_DELAY)
    assert whole / 2 <= delay(failures, entropy) <= whole


@given(st.integers(min_value=-1200, max_value=1200), st.integers(min_value=0, max_value=86_400))
def test_a_receipt_is_disputed_exactly_outside_the_window(offset: int, took: int) -> None:
    returned = START + timedelta(seconds=took)
    received = START + timedelta(seconds=offset)
    assert is_disputed(START, received, returned) is not (-300 <= offset <= took + 300)


def test_documents_stand_in_canonical_order() -> None:
    """What is written in one go is what RFC 8785 asks for: the members of each class are sorted."""
    header = Header.model_validate_json(
        canonical.encode(
            {
                "act": "inform",
                "from": BE,
                "to": MA,
                "id": "0" * 32,
                "kind": "test.note",
                "regime": "police",
                "sent_at": "2026-11-23T12:00:00.000Z",
                "expires_at": "2026-11-24T12:00:00.000Z",
                "kid": "0" * 16,
            }
        ),
        by_alias=True,
        by_name=False,
    )
    assert header.octets() == canonical.encode(header.plain())
    manifest = join_manifest(
        "b" * 32, [(header.octets(), "0" * 64)], sender=BE, recipient=MA, regime=Regime.POLICE, sent_at=START
    )
    read = read_document(
        Manifest, manifest, code="envelope.manifest", limit=MANIFEST_BYTES, depth=MANIFEST_DEPTH
    )
    assert read.octets() == manifest == canonical.encode(read.plain())


def test_receipts_are_canonical() -> None:
    with rolled_back():
        world = make_world()
        payload = payload_of(receipt_token(receive_batch(world.ma, Batch(world, count=3).build())))
        assert canonical.encode(canonical.decode(payload)) == payload
        assert Receipt.model_validate_json(payload, by_alias=True, by_name=False).octets() == payload
