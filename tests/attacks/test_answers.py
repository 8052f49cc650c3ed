"""A dishonest issuer: another key for one search or one class, forged and missing proofs, false points, planted people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.federation.world import THIRD, introduce
from tests.services.probe.land import BE, GROUP, MA, Land, _endpoint, fill

from comity.core.codes.exchange import Regime
from comity.core.crypto.agent import Evaluation, ProbeKeyId
from comity.core.crypto.encoding import from_text, to_text
from comity.core.crypto.local import LocalKeys
from comity.core.crypto.voprf.layout import KeyClass
from comity.core.probe.exchange import ask_openings
from comity.core.probe.opening import Strength
from comity.core.probe.wire import put_together, take_apart
from comity.errors import InputError, PeerError, Refused
from comity.services import calls
from comity.services.probe import ask as asking
from comity.services.probe.answering.one import answer_openings
from comity.services.probe.replica import fetch
from comity.services.probe.resolve import resolve
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.probe import AskedState, ProbeAnswered, ProbeAsked, ProbeReference

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])

KNOWN = {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"}
SOMEBODY = {"given": "Hassan", "family": "Mekkaoui", "dob": "1960-04-04"}
OTHER_EPOCH = 99


def tagging(land: Land, classes: set[KeyClass]) -> None:
    """Let Morocco evaluate some classes with keys of its own choice, proven against those keys."""
    for key_class in classes:
        land.ma.keys.create_probe_key(ProbeKeyId(BE, Regime.POLICE, GROUP, OTHER_EPOCH, key_class))
    honest = land.ma.keys

    class Tagging(LocalKeys):
        def evaluate_each(self, batches: Sequence[tuple[ProbeKeyId, Any]]) -> list[Evaluation]:
            return honest.evaluate_each([(chosen(key), blinded) for key, blinded in batches])

    def chosen(key: ProbeKeyId) -> ProbeKeyId:
        return replace(key, epoch=OTHER_EPOCH) if key.key_class in classes else key

    keys = Tagging.__new__(Tagging)
    keys.__dict__ = honest.__dict__
    land.network.endpoints[MA] = _endpoint(replace(land.ma, keys=keys))


def answering(land: Land, name: str, change: Callable[[dict[str, Any]], None]) -> None:
    """Let Morocco change what it answers to calls of a name, and sign that."""
    kept = calls._handlers[name]

    def changed(node: Any, call: Any) -> tuple[Any, bytes]:
        body = put_together(*kept.function(node, call), "probe.answer-malformed")
        change(body)
        return take_apart(body)

    def endpoint(path: str, octets: bytes) -> bytes:
        calls._handlers[name] = replace(kept, function=changed)
        try:
            return _endpoint(land.ma)(path, octets)
        finally:
            calls._handlers[name] = kept

    land.network.endpoints[MA] = endpoint


def refused(land: Land, code: str) -> None:
    """Assert that a search fails with a code, and that nothing of the answer was used."""
    fetch(land.be, land.network.channels, MA, Regime.POLICE, GROUP)
    with pytest.raises(PeerError, match="^" + code.replace(".", r"\.")):
        land.ask(**KNOWN)
    row = ProbeAsked.objects.using("be").get()
    assert (row.state, row.code, row.outcome, row.opened) == (AskedState.FAILED, code, None, None)


class TestKeys:
    @pytest.mark.parametrize(
        "classes",
        [{KeyClass.NUMBER}, {KeyClass.CONJUNCTION}, {KeyClass.OPENING}, set(KeyClass) - {KeyClass.PAIR}],
    )
    def test_a_key_for_this_asker_in_one_class_only_is_refused(
        self, land: Land, classes: set[KeyClass]
    ) -> None:
        """Tagging: even the class whose slots are all unused is proven."""
        tagging(land, classes)
        refused(land, "probe.proof")

    def test_a_key_for_one_search_is_refused(self, land: Land) -> None:
        assert land.ask(**SOMEBODY).strength is Strength.MISS
        tagging(land, {KeyClass.CONJUNCTION})
        with pytest.raises(PeerError, match=r"^probe\.proof"):
            land.ask(**SOMEBODY)


def altered(text: str) -> str:
    octets = bytearray(from_text(text))
    octets[5] ^= 1
    return to_text(bytes(octets))


def topped(text: str) -> str:
    """Set the highest bit, which libsodium 1.0.18 ignores."""
    octets = bytearray(from_text(text))
    octets[31] |= 0x80
    return to_text(bytes(octets))


class TestProofs:
    @pytest.mark.parametrize("name", ["probe", "probe-open"])
    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (lambda body: body["proofs"].__setitem__(0, altered(body["proofs"][0])), "probe.proof"),
            (lambda body: body["proofs"].__setitem__(-1, to_text(bytes(64))), "probe.proof"),
            (lambda body: body["elements"].reverse(), "probe.proof"),
            (lambda body: body["elements"].__setitem__(0, body["elements"][1]), "probe.proof"),
            (lambda body: body["proofs"].clear(), "probe.batch-size"),
            (lambda body: body.pop("proofs"), "probe.answer-malformed"),
            (lambda body: body["elements"].pop(), "probe.answer-wrong"),
            (lambda body: body["elements"].__setitem__(0, topped(body["elements"][0])), "probe.element"),
            (lambda body: body["elements"].__setitem__(-1, to_text(bytes(32))), "probe.element"),
        ],
        ids=["altered", "zero", "order", "repeated", "none", "absent", "short", "top-bit", "identity"],
    )
    def test_a_forged_or_missing_proof_or_a_false_point_is_refused(
        self, land: Land, name: str, change: Callable[[dict[str, Any]], None], code: str
    ) -> None:
        answering(land, name, change)
        refused(land, code)

    def test_proofs_of_two_classes_exchanged_are_refused(self, land: Land) -> None:
        answering(land, "probe", lambda body: body["proofs"].reverse())
        refused(land, "probe.proof")

    def test_an_answer_to_another_search_is_refused(self, land: Land) -> None:
        answering(land, "probe", lambda body: body.update(rid="0" * 32))
        refused(land, "probe.answer-wrong")


class TestRequests:
    def test_a_point_with_its_highest_bit_set_is_refused_by_the_issuer(self, land: Land) -> None:
        """The same point to libsodium 1.0.18: it would let one question be sent as two."""
        taken = asking.call

        def sent(
            node: Any, channels: Any, partner: Any, regime: Any, name: str, body: Any, more: bytes
        ) -> Any:
            if name == "probe":
                more = from_text(topped(to_text(more[:32]))) + more[32:]
            return taken(node, channels, partner, regime, name, body, more)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(asking, "call", sent)
            with pytest.raises(Refused, match=r"probe\.element"):
                land.ask(**KNOWN)
        assert not ProbeAnswered.objects.using("ma").exists()

    def test_a_signed_request_replayed_by_the_line_is_counted_once(self, land: Land) -> None:
        land.ask(**KNOWN)
        for service, path, octets in list(land.network.seen):
            if path.endswith("call"):
                land.network.endpoints[service](path, octets)
        assert ProbeAnswered.objects.using("ma").count() == 1

    def test_a_partners_identifier_is_of_no_use_to_another(self, land: Land) -> None:
        """Openings belong to whoever made the search."""
        rid = land.ask(**KNOWN).rid
        introduce(land.ma, THIRD)
        points = ask_openings([], bytes(32)).elements
        body = {"v": 1, "rid": rid, "points": [to_text(point) for point in points]}
        with pytest.raises(PeerError, match=r"^probe\.opening"):
            answer_openings(
                land.ma, calls.Call("0" * 32, THIRD, Regime.POLICE, land.clock(), *take_apart(body))
            )


class TestPlanted:
    def test_a_planted_record_is_found_like_any_other_and_tells_the_issuer_nothing(self, land: Land) -> None:
        """A honeypot: nothing in the protocol proves that a record is true. The issuer still does not see the hit."""

        def observed(**subject: str) -> tuple[Strength, list[int], list[tuple[str, int]]]:
            before = EvidenceEntry.objects.using("ma").count()
            land.network.seen.clear()
            strength = land.ask(**subject).strength
            leaves = EvidenceEntry.objects.using("ma").order_by("pk")[before:]
            sent = [(path, len(octets)) for _, path, octets in land.network.seen]
            return strength, [len(bytes(row.leaf)) for row in leaves], sent

        planted = ("Sanae", "Invraisemblable", "1999-09-09", "Safi", "suspect", "")
        fill(land.ma, (planted,))
        land.published()
        fetch(land.be, land.network.channels, MA, Regime.POLICE, GROUP)
        observed(**SOMEBODY)
        hit = observed(given=planted[0], family=planted[1], dob=planted[2])
        miss = observed(**SOMEBODY)
        assert (hit[0], miss[0]) == (Strength.HIT, Strength.MISS)
        assert hit[1:] == miss[1:]

    def test_a_planted_record_that_opens_wrongly_is_no_record_and_no_error(
        self, land: Land, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An error that only a hit can cause would show: by a run that stops, or a search that is made again."""
        from comity.core.probe.sketch import SKETCH_BYTES, Sketch

        planted = ("Sanae", "Invraisemblable", "1999-09-09", "Safi", "suspect", "")
        fill(land.ma, (planted,))
        monkeypatch.setattr(Sketch, "to_octets", lambda _: b"\xff" * SKETCH_BYTES)
        land.published()
        fetch(land.be, land.network.channels, MA, Regime.POLICE, GROUP)
        land.ask(**SOMEBODY)
        seen = []
        for subject in ({"given": planted[0], "family": planted[1], "dob": planted[2]}, SOMEBODY):
            land.network.seen.clear()
            assert land.ask(**subject).strength is Strength.MISS
            seen.append([(path, len(octets)) for _, path, octets in land.network.seen])
        assert seen[0] == seen[1]

    def test_a_reference_that_was_never_given_resolves_to_nobody(self, land: Land) -> None:
        """What a hit costs a liar: the request that follows cites a reference, and its own node does not know it."""
        reference = land.ask(**KNOWN).references[0].reference
        ProbeReference.objects.using("ma").filter(reference=reference).delete()
        with pytest.raises(InputError, match=r"probe\.reference-unknown"):
            resolve(land.ma, reference, partner=BE)
