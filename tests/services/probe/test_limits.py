"""What a dishonest asker, a dishonest issuer or a broken line may try."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

import pytest
from tests.federation.world import set_state
from tests.services.probe.land import BE, GROUP, KEEPER, MA, OFFICER, Land
from voprf import ristretto

from comity.core.codes.exchange import Purpose, Regime
from comity.core.crypto.agent import Evaluation, ProbeKeyId
from comity.core.crypto.encoding import to_text
from comity.core.crypto.local import LocalKeys
from comity.core.crypto.voprf.layout import KeyClass
from comity.core.probe.opening import Strength, candidates, open_records
from comity.core.probe.query import read_query
from comity.core.probe.rules.profile import CP1
from comity.core.probe.rules.tokens import Token, query_tokens
from comity.core.probe.wire import put_together, take_apart
from comity.errors import DeliveryError, PeerError, Refused
from comity.services.agreements.stop import terminate
from comity.services.calls import Call
from comity.services.context import SYSTEM
from comity.services.exchange.deliver import deliver_due
from comity.services.probe import parts
from comity.services.probe.answering.one import answer, answer_openings
from comity.services.probe.ask import ask
from comity.services.probe.index import EPOCH, publish, stored_manifest
from comity.services.probe.replica import fetch, open_replica
from comity.services.probe.upkeep import rotate
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.probe import AskedState, ProbeAnswered, ProbeAsked, ProbeReplica
from comity.storage.probe import ready_replica
from comity.transport.memory import Fault

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])

SOMEBODY = {"given": "Hassan", "family": "Mekkaoui", "dob": "1960-04-04"}
KNOWN = {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"}


def point() -> str:
    return to_text(bytes(ristretto.Client.blind(secrets.token_bytes(32))[1].serialize()))


def body(land: Land, **changes: Any) -> dict[str, Any]:
    """Return a well-formed request."""
    usual = {
        "v": 1,
        "rid": secrets.token_hex(16),
        "agreement": land.agreement,
        "group": GROUP.value,
        "epoch": 1,
        "profile": "cp1",
        "case": "ab" * 16,
        "commitment": "cd" * 32,
        "layer": 0,
        "points": [point() for _ in range(CP1.layout.total)],
    }
    return {**usual, **changes}


def called(land: Land, content: Any) -> Call:
    """Return a call of the Belgian node as it travels; what has no lists travels as it is."""
    try:
        parts = take_apart(content)
    except (AttributeError, TypeError, PeerError):
        parts = (content, b"")
    return Call(secrets.token_hex(16), BE, Regime.POLICE, land.clock(), *parts)


def asked(land: Land, content: Any) -> Any:
    """Let the Moroccan node answer a call of the Belgian one."""
    return put_together(*answer(land.ma, called(land, content)), "probe.answer-malformed")


class TestCounting:
    def test_the_same_request_is_answered_alike_and_counted_once(self, land: Land) -> None:
        land.published()
        content = body(land)
        first, second = asked(land, content), asked(land, content)
        assert first == second
        assert ProbeAnswered.objects.using("ma").count() == 1
        assert asked(land, body(land))["today"] == 2

    def test_one_identifier_never_names_two_requests(self, land: Land) -> None:
        land.published()
        content = body(land)
        asked(land, content)
        with pytest.raises(PeerError, match=r"probe\.id-reused"):
            asked(land, {**content, "points": [point() for _ in range(CP1.layout.total)]})
        with pytest.raises(PeerError, match=r"probe\.id-reused"):
            asked(land, {**content, "commitment": "ef" * 32})

    def test_counted_and_unanswered_is_decided_again(self, land: Land) -> None:
        land.published()
        content = body(land)
        asked(land, content)
        ProbeAnswered.objects.using("ma").update(answer=None)
        # 1. Still permitted: answered, and not counted again.
        assert asked(land, content)["today"] == 1
        # 2. Not once the agreement was terminated.
        ProbeAnswered.objects.using("ma").update(answer=None)
        terminate(land.ma, KEEPER, land.agreement, "the end")
        with pytest.raises(Refused, match=r"agreement\.terminated"):
            asked(land, content)
        assert ProbeAnswered.objects.using("ma").get().answer is None

    def test_twenty_in_a_case_and_not_one_more(self, land: Land) -> None:
        land.published()
        for number in range(1, 21):
            assert asked(land, body(land))["in_case"] == number
        with pytest.raises(Refused, match=r"quota\.case"):
            asked(land, body(land))
        assert asked(land, body(land, case="00" * 16))["in_case"] == 1
        assert ProbeAnswered.objects.using("ma").count() == 21

    def test_the_asker_refuses_itself_first(self, land: Land) -> None:
        land.published()
        for _ in range(20):
            assert land.ask(**SOMEBODY).strength is Strength.MISS
        with pytest.raises(Refused, match=r"quota\.case"):
            land.ask(**SOMEBODY)
        assert ProbeAnswered.objects.using("ma").count() == 20
        assert land.ask(**SOMEBODY, case="another").in_case == 1

    def test_the_issuers_counter_is_the_count_of_the_day(self, land: Land) -> None:
        from comity.storage.models.probe import ProbeCount

        land.published()
        asked(land, body(land))
        ProbeCount.objects.using("ma").update(count=1000)
        with pytest.raises(Refused, match=r"quota\.day"):
            asked(land, body(land, case="00" * 16))
        land.clock.forward(days=1)
        assert asked(land, body(land, case="00" * 16))["today"] == 1

    @pytest.mark.parametrize("fault", [Fault.LOSE_ANSWER, Fault.DROP, Fault.DUPLICATE, Fault.CUT_ANSWER])
    def test_a_broken_line_costs_one_search_at_most(self, land: Land, fault: Fault) -> None:
        land.published()
        fetch(land.be, land.network.channels, MA, Regime.POLICE, GROUP)
        left = [fault]
        land.network.draw = lambda: left.pop() if left else Fault.NONE
        try:
            assert land.ask(**KNOWN).strength is Strength.HIT
        except PeerError:
            assert fault is Fault.CUT_ANSWER
        assert ProbeAnswered.objects.using("ma").count() == 1

    def test_a_partner_out_of_reach_leaves_a_counted_failure(self, land: Land) -> None:
        land.published()
        fetch(land.be, land.network.channels, MA, Regime.POLICE, GROUP)
        land.network.cut_off.add(MA)
        with pytest.raises(DeliveryError):
            land.ask(**KNOWN)
        assert ProbeAsked.objects.using("be").get().state == AskedState.FAILED


class TestRequests:
    @pytest.mark.parametrize(
        "bad",
        [
            bytes(32),
            b"\xff" * 32,
            bytes.fromhex("01" + "00" * 31),
            bytes.fromhex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        ],
    )
    def test_identity_low_order_and_non_canonical_points_are_refused(self, land: Land, bad: bytes) -> None:
        land.published()
        points = [point() for _ in range(CP1.layout.total - 1)]
        with pytest.raises(PeerError, match=r"probe\.element"):
            asked(land, body(land, points=[*points, to_text(bad)]))
        assert not ProbeAnswered.objects.using("ma").exists()

    @pytest.mark.parametrize("count", [0, 1, 23, 25, 32])
    def test_only_the_one_shape_is_answered(self, land: Land, count: int) -> None:
        land.published()
        with pytest.raises(PeerError, match=r"probe\.batch-size"):
            asked(land, body(land, points=[point() for _ in range(count)]))

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"epoch": 2}, "probe.epoch"),
            ({"group": "everything"}, "probe.group"),
            ({"group": "wanted"}, "probe.epoch"),
            ({"profile": "cp9"}, "probe.profile"),
            ({"agreement": "0" * 64}, "agreement.unknown"),
            ({"name": "Hassan"}, "probe.request-malformed"),
            ({"rid": "x"}, "probe.request-malformed"),
            ({"v": 2}, "probe.request-malformed"),
        ],
    )
    def test_anything_else_is_refused_without_a_count(
        self, land: Land, changes: dict[str, Any], code: str
    ) -> None:
        land.published()
        with pytest.raises((PeerError, Refused), match=code.replace(".", r"\.")):
            asked(land, body(land, **changes))
        assert not ProbeAnswered.objects.using("ma").exists()

    def test_repeated_points_are_refused(self, land: Land) -> None:
        land.published()
        with pytest.raises(PeerError, match=r"probe\.element"):
            asked(land, body(land, points=[point()] * CP1.layout.total))

    def test_every_request_has_one_size(self, land: Land) -> None:
        from comity.services.probe import ask as asking

        land.published()
        sizes: dict[str, list[int]] = {"probe": [], "probe-open": []}
        taken = asking.call

        def spy(
            node: Any, channels: Any, partner: Any, regime: Any, name: str, content: Any, more: bytes
        ) -> Any:
            from comity.core import canonical

            if name in sizes:
                sizes[name].append(len(canonical.encode(content)) + len(more))
            return taken(node, channels, partner, regime, name, content, more)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(asking, "call", spy)
            land.ask(**KNOWN)
            land.ask(**SOMEBODY, pob="Rabat", father="Mohamed", document="AB 123456")
            land.ask(given="Aya", family="Bourgheda", dob="1981")
        assert [(len(found), len(set(found))) for found in sizes.values()] == [(3, 1), (3, 1)]


class TestOpenings:
    """Exactly two, once, for a search that was answered."""

    def opening(self, land: Land, rid: str, **changes: Any) -> Any:
        content = {"v": 1, "rid": rid, "points": [point(), point()], **changes}
        made = answer_openings(land.ma, called(land, content))
        return put_together(*made, "probe.answer-malformed")

    def test_once_for_each_search(self, land: Land) -> None:
        land.published()
        rid = asked(land, body(land))["rid"]
        points = [point(), point()]
        first = self.opening(land, rid, points=points)
        assert self.opening(land, rid, points=points) == first
        with pytest.raises(PeerError, match=r"probe\.opening"):
            self.opening(land, rid)

    def test_not_without_a_search(self, land: Land) -> None:
        land.published()
        with pytest.raises(PeerError, match=r"probe\.opening"):
            self.opening(land, secrets.token_hex(16))

    @pytest.mark.parametrize("count", [0, 1, 3])
    def test_never_more_than_two(self, land: Land, count: int) -> None:
        land.published()
        rid = asked(land, body(land))["rid"]
        with pytest.raises(PeerError, match=r"probe\.batch-size"):
            self.opening(land, rid, points=[point() for _ in range(count)])
        assert ProbeAnswered.objects.using("ma").get().opening_digest == ""

    def test_the_keys_of_tokens_open_nothing(self, land: Land) -> None:
        """Whoever holds the keys of tokens finds record keys; without openings every blob stays shut."""
        land.published()
        outcome = land.ask(**KNOWN)
        assert outcome.strength is Strength.HIT
        row = ProbeAsked.objects.using("be").get()
        assert row.opened is not None
        ready = ready_replica("be", (MA, Regime.POLICE.value, GROUP.value))
        assert ready is not None
        replica = open_replica(land.be, ready)
        tokens = query_tokens(CP1, replica.manifest.commonness, read_query(KNOWN))
        found = candidates(replica, *_evaluated(land, tokens))
        assert found
        assert open_records(replica, found[:1], [bytes(64)], read_query(KNOWN)) == ()


def _evaluated(land: Land, tokens: dict[KeyClass, tuple[Token, ...]]) -> tuple[list[Token], list[bytes]]:
    chosen, outputs = [], []
    for key_class, own in tokens.items():
        key = ProbeKeyId(BE, Regime.POLICE, GROUP, 1, key_class)
        chosen += own
        outputs += land.ma.keys.evaluate_own(key, [token.octets for token in own]) if own else []
    return chosen, outputs


class TestStops:
    def test_a_suspended_partner_is_neither_asked_nor_answered(self, land: Land) -> None:
        land.published()
        land.ask(**KNOWN)
        set_state(land.ma, BE, "suspended")
        with pytest.raises(Refused, match=r"partner\.suspended"):
            asked(land, body(land))
        set_state(land.be, MA, "suspended")
        with pytest.raises(Refused, match=r"partner\.suspended"):
            land.ask(**KNOWN)

    def test_a_purpose_that_no_clause_permits_is_refused_for_that(self, land: Land) -> None:
        """Not for want of an index, which nobody could publish: the sentence would send people to the partner."""
        land.published()
        query = read_query(KNOWN)
        for purpose in (Purpose.WANTED_PERSONS, Purpose.IDENTIFICATION):
            with pytest.raises(Refused, match=r"^(policy|transfer|law)\."):
                ask(land.be, land.network.channels, MA, land.agreement, purpose, "K-1", query, OFFICER)
        assert not ProbeAsked.objects.using("be").exists()

    def test_an_ended_agreement_answers_nothing(self, land: Land) -> None:
        land.published()
        land.clock.now = land.clock.now.replace(year=2027)
        with pytest.raises((Refused, PeerError)):
            asked(land, body(land))
        with pytest.raises(Refused, match=r"probe\.no-permit"):
            publish(land.ma, BE, Regime.POLICE, GROUP)


class TestIssuer:
    def test_an_answer_without_a_valid_proof_is_not_used(self, land: Land) -> None:
        land.published()
        fetch(land.be, land.network.channels, MA, Regime.POLICE, GROUP)
        other = ProbeKeyId(BE, Regime.POLICE, GROUP, 99)
        land.ma.keys.create_probe_key(other)

        class Liar(LocalKeys):
            def evaluate_each(self, batches: Any) -> list[Evaluation]:
                return [honest.evaluate(other, blinded) for _, blinded in batches]

        honest = land.ma.keys
        liar = Liar.__new__(Liar)
        liar.__dict__ = honest.__dict__
        node = replace(land.ma, keys=liar)
        from tests.services.probe.land import _endpoint

        land.network.endpoints[MA] = _endpoint(node)
        with pytest.raises(PeerError, match=r"probe\.proof"):
            land.ask(**KNOWN)
        row = ProbeAsked.objects.using("be").get()
        assert (row.state, row.code, row.outcome) == (AskedState.FAILED, "probe.proof", None)

    def test_an_altered_part_is_refused_and_fetched_again(self, land: Land) -> None:
        land.published()
        manifest = stored_manifest(ProbeReplica.objects.using("be").get().manifest)
        target = parts.index_folder(land.ma) / manifest.records
        octets = target.read_bytes()
        target.write_bytes(octets[:-1] + bytes([octets[-1] ^ 1]))
        with pytest.raises(PeerError, match=r"probe\.part-wrong"):
            fetch(land.be, land.network.channels, MA, Regime.POLICE, GROUP)
        target.write_bytes(octets)
        fetch(land.be, land.network.channels, MA, Regime.POLICE, GROUP)
        assert land.ask(**KNOWN).strength is Strength.HIT

    def test_an_interrupted_download_goes_on(self, land: Land) -> None:
        land.published()
        row = ProbeReplica.objects.using("be").get()
        manifest = stored_manifest(row.manifest)
        folder = parts.replica_folder(land.be)
        part = manifest.shards[0].digest
        whole = (parts.index_folder(land.ma) / part).read_bytes()
        parts.append(folder, part, whole[:700])
        before = len(land.network.seen)
        fetch(land.be, land.network.channels, MA, Regime.POLICE, GROUP)
        assert (folder / part).read_bytes() == whole
        assert len(land.network.seen) - before == len(manifest.parts())

    def test_a_third_service_gets_no_part(self, land: Land) -> None:
        from tests.federation.world import THIRD

        from comity.services.probe.replica import serve

        land.published()
        manifest = stored_manifest(ProbeReplica.objects.using("be").get().manifest)
        content = {"manifest": manifest.digest, "part": manifest.records, "offset": 0}
        with pytest.raises(PeerError, match=r"probe\.part-unknown"):
            serve(land.ma, Call("0" * 32, THIRD, Regime.POLICE, land.clock(), content, b""))

    def test_the_table_looks_random(self, land: Land) -> None:
        import zlib

        land.published()
        for path in parts.index_folder(land.ma).iterdir():
            octets = path.read_bytes()
            assert len(zlib.compress(octets, 9)) > len(octets) * 0.98


class TestEpochs:
    def test_a_new_epoch_has_a_new_key_and_the_old_one_is_answered_for_two_days(self, land: Land) -> None:
        land.published()
        first = stored_manifest(ProbeReplica.objects.using("be").get().manifest)
        land.clock.forward(seconds=EPOCH.total_seconds())
        land.published()
        second = stored_manifest(ProbeReplica.objects.using("be").order_by("-version")[0].manifest)
        assert (first.epoch, second.epoch) == (1, 2)
        assert set(first.keys.values()).isdisjoint(second.keys.values())
        assert land.ask(**KNOWN).strength is Strength.HIT
        assert asked(land, body(land))["epoch"] == 1
        land.clock.forward(days=3)
        with pytest.raises(PeerError, match=r"probe\.epoch"):
            asked(land, body(land))

    def test_the_next_epoch_is_published_before_the_old_one_ends(self, land: Land) -> None:
        land.published()
        land.clock.forward(days=28)
        assert land.published().epoch == 2
        assert land.ask(**KNOWN).strength is Strength.HIT

    def test_a_lost_key_begins_a_new_epoch(self, land: Land) -> None:
        land.published()
        land.ma.keys.destroy_probe_key(ProbeKeyId(BE, Regime.POLICE, GROUP, 1))
        assert land.published().epoch == 2
        assert land.ask(**KNOWN).strength is Strength.HIT

    def test_rotated_out_of_schedule_searches_in_flight_survive(self, land: Land) -> None:
        land.published()
        before = body(land)
        assert rotate(land.ma, BE, Regime.POLICE, GROUP, SYSTEM, compromised=False).epoch == 2
        assert asked(land, before)["epoch"] == 1
        deliver_due(land.ma, land.network.channels)
        assert land.ask(**KNOWN).strength is Strength.HIT

    def test_a_key_known_to_others_answers_nothing_more(self, land: Land) -> None:
        land.published()
        old = land.ma.keys.create_probe_key(ProbeKeyId(BE, Regime.POLICE, GROUP, 1))
        assert rotate(land.ma, BE, Regime.POLICE, GROUP, SYSTEM, compromised=True).epoch == 2
        with pytest.raises(PeerError, match=r"probe\.epoch"):
            asked(land, body(land))
        assert land.ma.keys.create_probe_key(ProbeKeyId(BE, Regime.POLICE, GROUP, 1)) != old
        deliver_due(land.ma, land.network.channels)
        assert land.ask(**KNOWN).strength is Strength.HIT

    def test_an_officer_rotates_nothing(self, land: Land) -> None:
        land.published()
        with pytest.raises(Refused, match=r"actor\.role"):
            rotate(land.ma, BE, Regime.POLICE, GROUP, OFFICER, compromised=True)


class TestEvidence:
    def test_hit_and_miss_leave_the_same_entries(self, land: Land) -> None:
        land.published()
        fetch(land.be, land.network.channels, MA, Regime.POLICE, GROUP)

        def kinds(alias: str) -> list[str]:
            return [bytes(row.leaf).decode() for row in EvidenceEntry.objects.using(alias).order_by("id")]

        before = {alias: len(kinds(alias)) for alias in ("be", "ma")}
        land.ask(**KNOWN)
        middle = {alias: len(kinds(alias)) for alias in ("be", "ma")}
        land.ask(**SOMEBODY)
        for alias in ("be", "ma"):
            leaves = kinds(alias)
            hit, miss = leaves[before[alias] : middle[alias]], leaves[middle[alias] :]
            assert [len(leaf) for leaf in hit] == [len(leaf) for leaf in miss]
            assert len(hit) == len(miss) > 0
            for leaf in (*hit, *miss):
                assert "Zoulikha" not in leaf
                assert "Mekkaoui" not in leaf
