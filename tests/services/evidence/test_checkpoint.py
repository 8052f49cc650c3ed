"""Sequencing, the internal leaf, the exchange of checkpoints, forks, rollbacks and new epochs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.services.evidence.cast import Pair, pair

from comity.core.codes.exchange import Regime
from comity.core.evidence import note, tree
from comity.core.evidence.event import Bilateral, Event, Internal, read_leaf, verify_commitment
from comity.core.evidence.proofs import verify_inclusion
from comity.errors import InputError, NodeError, PeerError, Refused
from comity.services.context import Actor, ActorKind
from comity.services.evidence import alarms
from comity.services.evidence.checkpoint import show_all
from comity.services.evidence.epoch import start_epoch
from comity.services.evidence.record import record
from comity.services.evidence.sequence import leaf, open_log, reader, sequence, sign_checkpoint
from comity.storage.evidence import checkpoints, entries
from comity.storage.models.evidence import EvidenceEntry, EvidenceLog, EvidenceTile, LogState
from comity.storage.transaction import atomic

pytestmark = pytest.mark.django_db(databases=["be", "ma"])
OPERATOR = Actor("os:test", ActorKind.OPERATOR)


@pytest.fixture
def both() -> Pair:
    return pair()


def _cut(both: Pair, size: int) -> EvidenceLog:
    """Take the Belgian log back to an earlier size, as an old backup would."""
    log = open_log(both.be, both.scope(both.be))
    root = tree.root(size, reader(both.be, log))
    hashes = [tree.leaf_hash(entry.leaf) for entry in entries.entries_of("be", log)][:size]
    EvidenceEntry.objects.using("be").filter(log=log, number__gte=size).delete()
    EvidenceTile.objects.using("be").filter(log=log).delete()
    entries.write_tiles("be", log, {(0, 0): b"".join(hashes)})
    EvidenceLog.objects.using("be").filter(pk=log.pk).update(size=size, root=root.hex())
    log.refresh_from_db(using="be")
    return log


def test_numbers_follow_each_other(both: Pair) -> None:
    both.act(both.be, 3)
    assert sequence(both.be) == 3
    both.act(both.be, 300)
    assert (sequence(both.be), sequence(both.be)) == (300, 0)
    log = open_log(both.be, both.scope(both.be))
    found = list(entries.entries_of("be", log))
    assert [entry.number for entry in found] == list(range(303))
    assert log.size == 303
    proof = tree.inclusion_proof(200, 303, reader(both.be, log))
    verify_inclusion(tree.leaf_hash(found[200].leaf), 200, 303, proof, bytes.fromhex(log.root))


def test_a_second_sequencer_is_stopped(both: Pair) -> None:
    both.act(both.be, 2)
    stale = open_log(both.be, both.scope(both.be))
    waiting = [pk for pk, _ in entries.pending("be", stale.scope, 10)]
    sequence(both.be)
    with pytest.raises(RuntimeError, match="two sequencers"), atomic("be"):
        entries.advance("be", stale, waiting, b"\0" * 32)
    stale.refresh_from_db(using="be")
    with pytest.raises(RuntimeError, match="twice"), atomic("be"):
        entries.advance("be", stale, waiting, b"\0" * 32)


def test_countersigned_once_and_only_when_grown(both: Pair) -> None:
    both.act(both.be, 5)
    assert show_all(both.be, both.ask_from(both.be)) == 1
    assert show_all(both.be, both.ask_from(both.be)) == 0
    both.act(both.be, 4)
    assert show_all(both.be, both.ask_from(both.be)) == 1
    assert both.asked == ["checkpoint", "checkpoint"]
    log = open_log(both.be, both.scope(both.be))
    last = checkpoints.last_checkpoint("be", log, cosigned=True)
    assert last is not None
    assert last.size == 9 == log.size
    opened = note.open_note(last.note)
    keys = {key.sign_kid: key.sign_public for key in both.ma.keys.held_keys(Regime.POLICE)}
    note.verify_cosignature(opened, note.witness_name(both.ma.service, Regime.POLICE), keys)
    assert both.act(both.ma, 1) is None
    assert show_all(both.ma, both.ask_from(both.ma)) == 1


def test_a_partner_that_is_away_is_asked_again(both: Pair) -> None:
    both.act(both.be, 5)
    both.away = True
    assert show_all(both.be, both.ask_from(both.be)) == 0
    both.act(both.be, 5)
    both.away = False
    assert show_all(both.be, both.ask_from(both.be)) == 1
    assert not alarms.open_alarms(both.be)


def test_two_processes_never_show_one_log_at_once(both: Pair) -> None:
    both.act(both.be, 5)
    real = both.ask_from(both.be)

    def slow(scope: Bilateral, name: str, body: Any) -> Any:
        both.act(both.be, 1)
        assert show_all(both.be, real) == 0, "the log is being shown"
        return real(scope, name, body)

    assert show_all(both.be, slow) == 1
    assert show_all(both.be, real) == 1
    assert not alarms.open_alarms(both.ma)
    log = open_log(both.be, both.scope(both.be))
    entries.lease("be", log, both.clock(), both.clock() + timedelta(seconds=120))
    both.act(both.be, 1)
    assert show_all(both.be, real) == 0
    both.clock.move(seconds=121)
    assert show_all(both.be, real) == 1, "a process that was killed does not stop the log"


def test_a_lost_answer_is_caught_up(both: Pair) -> None:
    both.act(both.be, 5)
    real = both.ask_from(both.be)

    def lossy(scope: Bilateral, name: str, body: Any) -> Any:
        real(scope, name, body)
        raise PeerError("call.malformed")

    assert show_all(both.be, lossy) == 0
    assert show_all(both.be, real) == 1
    both.act(both.be, 2)
    assert show_all(both.be, lossy) == 0
    both.act(both.be, 2)
    assert show_all(both.be, real) == 1
    assert not alarms.open_alarms(both.be)
    assert not alarms.open_alarms(both.ma)


def test_a_rewritten_log_is_a_fork(both: Pair) -> None:
    both.act(both.be, 5)
    assert show_all(both.be, both.ask_from(both.be)) == 1
    log = _cut(both, 0)
    both.act(both.be, 8, "message.rewritten")
    sequence(both.be)
    log.refresh_from_db(using="be")
    signed = sign_checkpoint(both.be, log, Regime.POLICE)
    ask = both.ask_from(both.be)
    forged = [tree.consistency_proof(5, 8, reader(both.be, log)), []]
    from comity.core.crypto.encoding import to_text

    for proof in forged:
        body = {"note": signed, "old": 5, "proof": [to_text(step) for step in proof]}
        answer = ask(both.scope(both.be), "checkpoint", body)
        assert (answer["state"], answer["code"]) == ("refused", "evidence.fork")
    (alarm,) = alarms.open_alarms(both.ma)
    assert (alarm.code, alarm.partner, alarm.origin) == ("evidence.fork", "BE.police", log.origin)
    kinds = [read_leaf(entry.leaf).kind for _, entry in entries.unnumbered("ma")]
    assert kinds == ["evidence.alarm"]
    show_all(both.be, ask)
    assert [one.code for one in alarms.open_alarms(both.be)] == ["evidence.behind"]


def test_a_shortened_log_stops_and_a_new_epoch_names_the_gap(both: Pair) -> None:
    both.act(both.be, 9)
    show_all(both.be, both.ask_from(both.be))
    log = _cut(both, 4)
    checkpoints.EvidenceCheckpoint.objects.using("be").all().delete()
    entries.doubt_all("be")
    both.act(both.be, 1)
    assert sequence(both.be) == 0, "a restored log does not grow before the partner has answered"
    assert show_all(both.be, both.ask_from(both.be)) == 0
    log.refresh_from_db(using="be")
    assert log.state == LogState.BEHIND
    assert log.size == 4
    with pytest.raises(NodeError, match=r"evidence\.behind"):
        alarms.require_unbroken(both.be, both.scope(both.be))
    (alarm,) = alarms.open_alarms(both.be)
    with pytest.raises(InputError, match=r"needs-epoch"):
        alarms.settle_alarm(both.be, OPERATOR, alarm.pk)
    with pytest.raises(Refused, match=r"actor\.role"):
        start_epoch(both.be, Actor("somebody", ActorKind.OFFICER), both.scope(both.be))
    origin = start_epoch(both.be, OPERATOR, both.scope(both.be))
    assert origin.endswith("/2")
    assert not alarms.open_alarms(both.be)
    alarms.require_unbroken(both.be, both.scope(both.be))
    with pytest.raises(InputError, match="not-behind"):
        start_epoch(both.be, OPERATOR, both.scope(both.be))
    assert show_all(both.be, both.ask_from(both.be)) == 1
    started = [
        read_leaf(entry.leaf) for entry in entries.entries_of("be", open_log(both.be, both.scope(both.be)))
    ]
    assert [one.kind for one in started] == ["message.sent", "log.epoch-started"]
    assert (started[1].facts["size"], started[1].facts["witnessed_size"]) == (4, 9)
    assert [one.code for one in alarms.open_alarms(both.ma)] == ["evidence.new-epoch"]


def test_a_restored_log_that_lost_nothing_goes_on(both: Pair) -> None:
    both.act(both.be, 9)
    show_all(both.be, both.ask_from(both.be))
    assert entries.doubt_all("be") == 1
    both.act(both.be, 1)
    assert show_all(both.be, both.ask_from(both.be)) == 0
    assert show_all(both.be, both.ask_from(both.be)) == 1
    assert both.asked[-2:] == ["checkpoint-last", "checkpoint"]


def test_the_partner_says_that_a_log_is_shorter_even_unasked(both: Pair) -> None:
    both.act(both.be, 9)
    show_all(both.be, both.ask_from(both.be))
    checkpoints.EvidenceCheckpoint.objects.using("be").all().delete()
    _cut(both, 4)
    assert show_all(both.be, both.ask_from(both.be)) == 0
    assert [one.code for one in alarms.open_alarms(both.be)] == ["evidence.behind"]
    assert [one.code for one in alarms.open_alarms(both.ma)] == ["evidence.shrunk"]
    (seen,) = alarms.open_alarms(both.ma)
    alarms.settle_alarm(both.ma, OPERATOR, seen.pk)
    assert not alarms.open_alarms(both.ma)
    with pytest.raises(InputError, match="no-alarm"):
        alarms.settle_alarm(both.ma, OPERATOR, seen.pk)


def test_a_forged_countersignature_is_not_kept(both: Pair) -> None:
    both.act(both.be, 5)
    real = both.ask_from(both.be)

    def forging(scope: Bilateral, name: str, body: Any) -> Any:
        answer = real(scope, name, body)
        text = note.open_note(body["note"]).text
        (signature,) = both.be.keys.sign_note(Regime.POLICE, [note.cosignature_text(text, both.clock())])
        public = both.be.keys.held_keys(Regime.POLICE)[0].sign_public
        name = note.witness_name(both.ma.service, Regime.POLICE)
        return answer | {"line": note.cosignature_line(name, public, signature, both.clock())}

    assert show_all(both.be, forging) == 0
    assert [one.code for one in alarms.open_alarms(both.be)] == ["evidence.cosignature"]
    assert checkpoints.last_checkpoint("be", open_log(both.be, both.scope(both.be)), cosigned=True) is None


def test_a_countersignature_of_another_time_is_not_kept(both: Pair) -> None:
    both.act(both.be, 5)
    real = both.ask_from(both.be)

    def backdating(scope: Bilateral, name: str, body: Any) -> Any:
        both.clock.move(days=-30)
        answer = real(scope, name, body)
        both.clock.move(days=30)
        return answer

    both.clock.move(days=60)
    assert show_all(both.be, backdating) == 0
    assert [one.code for one in alarms.open_alarms(both.be)] == ["evidence.cosignature"]


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"note": 1, "old": 0, "proof": []},
        {"note": "", "old": True, "proof": []},
        {"note": "", "old": 0, "proof": [1]},
    ],
)
def test_malformed_calls_are_refused(both: Pair, body: Any) -> None:
    with pytest.raises(PeerError):
        both.ask_from(both.be)(both.scope(both.be), "checkpoint", body)


def test_another_services_log_is_not_countersigned(both: Pair) -> None:
    both.act(both.ma, 1)
    sequence(both.ma)
    signed = sign_checkpoint(both.ma, open_log(both.ma, both.scope(both.ma)), Regime.POLICE)
    with pytest.raises(PeerError, match=r"evidence\.origin"):
        both.ask_from(both.be)(both.scope(both.be), "checkpoint", {"note": signed, "old": 0, "proof": []})
    forged = signed.replace("MA.police", "XX").replace("BE.police", "MA.police").replace("XX", "BE.police")
    with pytest.raises(PeerError, match=r"evidence\.signature"):
        both.ask_from(both.be)(both.scope(both.be), "checkpoint", {"note": forged, "old": 0, "proof": []})


def test_leaves_follow_the_traffic_and_nothing_else(both: Pair) -> None:
    """When a leaf comes follows from the bilateral log, which the partner sees grow; not from what happens inside."""

    def issued(acts: dict[int, int], inside: int) -> list[int]:
        made = []
        for second in range(0, 240, 10):
            both.act(both.be, acts.get(second, 0))
            with atomic("be"):
                for number in range(inside):
                    facts: dict[str, str | int] = {"subject": f"{second}-{number}"}
                    record(both.be, Internal(), Event("subject.read", both.clock(), facts))
            made += [second] * leaf(both.be)
            sequence(both.be)
            both.clock.move(seconds=10)
        return made

    both.clock.move(seconds=10)
    issued({0: 1}, inside=0)  # the log exists, and is quiet
    both.clock.move(minutes=3)
    assert issued({0: 1, 100: 40}, inside=0) == [0, 10, 100, 110]
    both.clock.move(minutes=3)
    assert issued({0: 1, 100: 40}, inside=5) == [0, 10, 100, 110]
    both.clock.move(minutes=3)
    assert issued({}, inside=5) == []
    both.clock.move(minutes=60)
    assert issued({}, inside=0) == [0]


def test_the_internal_leaf_hides_activity(both: Pair) -> None:
    both.act(both.be, 1)
    show_all(both.be, both.ask_from(both.be))
    sizes = []
    for activity in (0, 0, 40, 1):
        with atomic("be"):
            for number in range(activity):
                record(both.be, Internal(), Event("subject.read", both.clock(), {"subject": str(number)}))
        both.clock.move(minutes=60)
        assert leaf(both.be) == 1
        assert leaf(both.be) == 0
        sequence(both.be)
        sizes.append(open_log(both.be, both.scope(both.be)).size)
    assert sizes == [2, 3, 4, 5]
    found = list(entries.entries_of("be", open_log(both.be, both.scope(both.be))))[1:]
    assert len({len(entry.leaf) for entry in found}) == 1
    times = [read_leaf(entry.leaf).at for entry in found]
    assert [(at.hour, at.minute, at.second) for at in times] == [
        (21, 15, 0),
        (22, 15, 0),
        (23, 0, 0),
        (0, 0, 0),
    ], "two short slots after the act with the partner, then full hours"
    internal = open_log(both.be, Internal())
    last = checkpoints.last_checkpoint("be", internal, cosigned=False)
    assert last is not None
    assert last.size == internal.size == 41
    commitment = read_leaf(found[-1].leaf).commitment
    assert commitment is not None
    assert found[-1].salt is not None
    verify_commitment(commitment, found[-1].salt, note.open_note(last.note).text)
