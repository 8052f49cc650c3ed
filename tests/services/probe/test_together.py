"""Several searches in one call: each is what it would be by itself, at a fraction of the price; all are counted, or none."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from tests.federation.world import THIRD, introduce, set_state
from tests.services.probe.land import BE, MA, OFFICER, Land
from tests.services.probe.test_limits import body as one_body
from tests.services.probe.test_limits import point

from comity.core.codes.exchange import Purpose, Regime
from comity.core.crypto import oprf
from comity.core.probe.query import read_query
from comity.core.probe.rules.profile import CP1
from comity.core.probe.wire import put_together, take_apart
from comity.errors import ComityError, PeerError, Refused
from comity.services.calls import Call
from comity.services.partners.directory import PartnerState
from comity.services.probe import ask as asking
from comity.services.probe.answering.one import answer, answer_openings
from comity.services.probe.answering.together import answer_openings_together, answer_together
from comity.services.probe.ask import search_of
from comity.services.probe.asking import look
from comity.services.probe.batch import together
from comity.services.probe.batch.again import delivered
from comity.services.probe.batch.together import Together, ask_together
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.probe import AskedState, ProbeAnswered, ProbeAsked, ProbeCount

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])

PEOPLE = (
    {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"},
    {"given": "Hassan", "family": "Mekkaoui", "dob": "1960-04-04"},
    {"given": "Mourad"},
    {"given_ar": "عبد القادر", "family_ar": "أوشريف", "dob": "1969"},
    {"given": "Salma", "family": "Idrissi", "dob": "1992-12-01"},
)
SHARED = ("agreement", "group", "epoch", "profile", "case", "layer")


def asked(land: Land, *, case: str = "BE-2026-17", people: tuple[dict[str, str], ...] = PEOPLE) -> Together:
    """Let Belgium ask for several people in one call."""
    searches = [
        search_of(land.be, MA, land.agreement, Purpose.DRUGS, case, read_query(one), OFFICER, "the reason")
        for one in people
    ]
    names = [{"case": case, "place": at} for at in range(len(people))]
    return ask_together(land.be, land.network.channels, searches, names)


def whole(land: Land, **changes: Any) -> dict[str, Any]:
    """Return a well-formed request for several searches."""
    one = one_body(land)
    searches = len(changes.get("searches", range(3)))
    usual = {
        "v": 1,
        **{name: one[name] for name in SHARED},
        "searches": [
            {"rid": secrets.token_hex(16), "commitment": secrets.token_hex(32)} for _ in range(searches)
        ],
        "points": [point() for _ in range(searches * CP1.layout.total)],
    }
    return {**usual, **changes}


def call(land: Land, content: Any, *, partner: Any = BE) -> Call:
    return Call(secrets.token_hex(16), partner, Regime.POLICE, land.clock(), *take_apart(content))


def opened(rids: list[str], points: list[str] | None = None) -> dict[str, Any]:
    return {"v": 1, "rids": rids, "points": points or [point() for _ in range(2 * len(rids))]}


class TestLikeOne:
    def test_each_finds_what_it_finds_by_itself(self, land: Land) -> None:
        land.published()
        made = asked(land)
        assert made.stopped is None
        alone = [land.ask(case="another", **one) for one in PEOPLE]
        kept = [one for _, one in made.outcomes]
        assert [one["result"] for one in kept] == [one.strength.value for one in alone]
        assert [one["rules"] for one in kept] == [list(one.rules) for one in alone]
        assert [[ref["reference"] for ref in one["references"]] for one in kept] == [
            [ref.reference for ref in one.references] for one in alone
        ]
        assert {one["result"] for one in kept} >= {"hit", "miss", "insufficient"}

    def test_both_sides_keep_of_each_what_they_keep_of_one(self, land: Land) -> None:
        land.published()
        asked(land)
        together_rows = list(ProbeAnswered.objects.using("ma").order_by("today"))
        for one in PEOPLE:
            land.ask(**one)
        alone = list(ProbeAnswered.objects.using("ma").order_by("today"))[len(together_rows) :]
        assert [row.today for row in together_rows] == [1, 2, 3, 4]
        assert [row.in_case for row in together_rows] == [1, 2, 3, 4]
        for mine, other in zip(together_rows, alone, strict=True):
            assert len(mine.answer or "") == len(other.answer or "")
            assert len(mine.opening or "") == len(other.opening or "")
            assert (mine.case, mine.epoch, mine.group) == (other.case, other.epoch, other.group)
        assert ProbeCount.objects.using("ma").get().count == 8
        leaves = [bytes(leaf) for leaf in EvidenceEntry.objects.using("ma").values_list("leaf", flat=True)]
        for kind in (b'"probe.answered"', b'"probe.opened"'):
            assert sum(kind in leaf for leaf in leaves) == 8

    def test_a_lost_search_of_a_call_is_fetched_again_by_itself(self, land: Land) -> None:
        """What is stored is what one search would have: its digest, and its answer."""
        land.published()
        content = whole(land)
        found = put_together(*answer_together(land.ma, call(land, content)), "probe.answer-malformed")
        slots = CP1.layout.total
        for at, search in enumerate(content["searches"]):
            alone = {
                "v": 1,
                **search,
                **{name: content[name] for name in SHARED},
                "points": content["points"][at * slots : (at + 1) * slots],
            }
            again = put_together(*answer(land.ma, call(land, alone)), "probe.answer-malformed")
            assert again["elements"] == found["elements"][at * slots : (at + 1) * slots]
            assert again["proofs"] == found["proofs"][at * 2 : (at + 1) * 2]
            assert again["today"] == found["searches"][at]["today"] == at + 1
        assert ProbeCount.objects.using("ma").get().count == 3


class TestAllOrNone:
    def test_one_too_many_counts_none_and_the_rest_goes_one_by_one(
        self, land: Land, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from comity.core.policy import decide

        land.published()
        monkeypatch.setattr(decide, "_quotas", lambda *_: (2, 1000))
        with pytest.raises(Refused, match=r"quota\.day"):
            answer_together(land.ma, call(land, whole(land)))
        assert not ProbeAnswered.objects.using("ma").exists()
        made = asked(land)
        assert made.stopped is not None
        assert (made.stopped.code, len(made.outcomes)) == ("quota.day", 3)
        assert ProbeCount.objects.using("ma").get().count == 2

    def test_the_quota_of_the_partner_alone_counts_none_either(
        self, land: Land, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from comity.core.policy import decide

        land.published()
        monkeypatch.setattr(decide, "_quotas", lambda *_: (2, 1000))
        monkeypatch.setattr(asking.asked_rows, "counts", lambda *_, **__: (0, 0))
        made = asked(land)
        assert made.stopped is not None
        assert (made.stopped.code, len(made.outcomes)) == ("quota.day", 3)
        assert ProbeCount.objects.using("ma").get().count == 2

    def test_known_ones_are_not_counted_again(self, land: Land) -> None:
        land.published()
        content = whole(land)
        answer_together(land.ma, call(land, content))
        with pytest.raises(PeerError, match=r"probe\.together-known"):
            answer_together(land.ma, call(land, content))
        last = {**whole(land), "searches": [*whole(land)["searches"][:2], content["searches"][2]]}
        with pytest.raises(PeerError, match=r"probe\.together-known"):
            answer_together(land.ma, call(land, last))
        assert ProbeCount.objects.using("ma").get().count == 3
        assert ProbeAnswered.objects.using("ma").count() == 3

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"searches": []}, r"probe\.request-malformed"),
            ({"searches": [{"rid": "ab" * 16, "commitment": "cd" * 32}]}, r"probe\.request-malformed"),
            ({"searches": [{"rid": "ab" * 16, "commitment": "cd" * 32}] * 3}, r"probe\.id-reused"),
            ({"searches": [{"rid": "ab" * 16, "commitment": "cd" * 32}] * 17}, r"probe\.request-malformed"),
            ({"searches": [{"rid": "ab" * 16}] * 3}, r"probe\.request-malformed"),
            ({"points": []}, r"probe\.batch-size"),
            ({"profile": "cp9"}, r"probe\.profile"),
            ({"epoch": 9}, r"probe\.epoch"),
            ({"case": "short"}, r"probe\.request-malformed"),
            ({"more": 1}, r"probe\.request-malformed"),
        ],
    )
    def test_a_malformed_call_counts_none(self, land: Land, changes: dict[str, Any], code: str) -> None:
        land.published()
        with pytest.raises(PeerError, match=code):
            answer_together(land.ma, call(land, whole(land, **changes)))
        assert not ProbeAnswered.objects.using("ma").exists()

    def test_a_point_in_two_searches_or_no_point_at_all(self, land: Land) -> None:
        land.published()
        content = whole(land)
        content["points"][30] = content["points"][2]
        with pytest.raises(PeerError, match=r"probe\.element"):
            answer_together(land.ma, call(land, content))
        content["points"][30] = "A" * 43
        with pytest.raises(PeerError, match=r"probe\.element"):
            answer_together(land.ma, call(land, content))
        assert not ProbeAnswered.objects.using("ma").exists()

    def test_a_suspended_partner_gets_nothing(self, land: Land) -> None:
        land.published()
        content = whole(land)
        answer_together(land.ma, call(land, content))
        set_state(land.ma, BE, PartnerState.SUSPENDED)
        rids = [one["rid"] for one in content["searches"]]
        for handler, asked_for in (
            (answer_together, whole(land)),
            (answer_openings_together, opened(rids)),
        ):
            with pytest.raises(ComityError, match=r"^partner\."):
                handler(land.ma, call(land, asked_for))
        assert ProbeAnswered.objects.using("ma").filter(opening__isnull=False).count() == 0


class TestOpenings:
    @pytest.fixture
    def rids(self, land: Land) -> list[str]:
        land.published()
        content = whole(land)
        answer_together(land.ma, call(land, content))
        return [one["rid"] for one in content["searches"]]

    def test_two_for_each_and_no_more(self, land: Land, rids: list[str]) -> None:
        found = put_together(*answer_openings_together(land.ma, call(land, opened(rids))), "x")
        assert (len(found["elements"]), len(found["proofs"])) == (6, 3)
        with pytest.raises(PeerError, match=r"probe\.together-known"):
            answer_openings_together(land.ma, call(land, opened(rids)))
        for rid in rids:
            other = {"v": 1, "rid": rid, "points": [point(), point()]}
            with pytest.raises(PeerError, match=r"probe\.opening"):
                answer_openings(land.ma, call(land, other))

    @pytest.mark.parametrize("points", [4, 5, 7, 8])
    def test_not_more_points_than_two_for_each(self, land: Land, rids: list[str], points: int) -> None:
        with pytest.raises(PeerError, match=r"probe\.batch-size"):
            answer_openings_together(land.ma, call(land, opened(rids, [point() for _ in range(points)])))

    def test_not_without_a_search_nor_twice_for_one(self, land: Land, rids: list[str]) -> None:
        with pytest.raises(PeerError, match=r"probe\.opening"):
            answer_openings_together(land.ma, call(land, opened([*rids[:2], "ab" * 16])))
        with pytest.raises(PeerError, match=r"probe\.id-reused"):
            answer_openings_together(land.ma, call(land, opened([rids[0], rids[0]])))
        with pytest.raises(PeerError, match=r"probe\.opening"):
            answer_openings_together(land.ma, call(land, opened(["ab" * 16, "cd" * 16])))
        assert not ProbeAnswered.objects.using("ma").filter(opening__isnull=False).exists()

    def test_not_for_another_partners(self, land: Land, rids: list[str]) -> None:
        introduce(land.ma, THIRD)
        with pytest.raises(PeerError, match=r"probe\.opening"):
            answer_openings_together(land.ma, call(land, opened(rids), partner=THIRD))

    def test_one_that_had_its_openings_stops_the_others(self, land: Land, rids: list[str]) -> None:
        """They are asked for one by one then, where the same request has the same answer."""
        first = {"v": 1, "rid": rids[0], "points": [point(), point()]}
        made = answer_openings(land.ma, call(land, first))
        with pytest.raises(PeerError, match=r"probe\.together-known"):
            answer_openings_together(land.ma, call(land, opened(rids)))
        assert answer_openings(land.ma, call(land, first)) == made
        assert ProbeAnswered.objects.using("ma").filter(opening__isnull=False).count() == 1


class TestDishonestIssuer:
    """An answer that is wrong for one search gives nothing for any; row by row each has its own end."""

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (lambda found: found["proofs"].reverse(), "probe.proof"),
            (lambda found: found["proofs"].__setitem__(-1, found["proofs"][0]), "probe.proof"),
            (lambda found: found["elements"].reverse(), "probe.proof"),
            (lambda found: found["searches"].reverse(), "probe.answer-wrong"),
            (lambda found: found["searches"].pop(), "probe.answer-wrong"),
            (lambda found: found["searches"][1].update(today=9), "probe.answer-wrong"),
            (lambda found: found["searches"][2].update(in_case=1), "probe.answer-wrong"),
            (lambda found: found["elements"].pop(), "probe.answer-wrong"),
            (lambda found: found.update(epoch=2), "probe.answer-wrong"),
            (lambda found: found["tombstones"]["head"].update(layer=7), "probe.tombstones"),
        ],
        ids=["proofs", "last", "elements", "order", "less", "today", "case", "cut", "epoch", "tombstones"],
    )
    def test_a_wrong_answer_to_several_is_not_used(
        self, land: Land, monkeypatch: pytest.MonkeyPatch, change: Any, code: str
    ) -> None:
        land.published()
        honest = together.sent
        found: list[str] = []

        def forged(node: Any, channels: Any, search: Any, kind: str, content: Any) -> Any:
            made = honest(node, channels, search, kind, content)
            if kind == "probe-together":
                change(made)
            found.append(kind)
            return made

        monkeypatch.setattr(together, "sent", forged)
        made = asked(land)
        # The whole call was dropped, once for all recorded, and nothing more was asked.
        assert found == ["probe-together"]
        assert made.stopped is not None
        assert (made.stopped.code, made.outcomes) == (code, ())
        rows = ProbeAsked.objects.using("be").order_by("id")
        assert [row.state for row in rows] == [AskedState.FAILED, *[AskedState.INTENT] * 3]
        assert rows[0].code == code
        # With an honest issuer the run goes on: what failed is asked anew, the others have the answer that was kept.
        monkeypatch.undo()
        again = asked(land)
        assert again.stopped is None
        assert [one["result"] for _, one in again.outcomes].count("hit") >= 1
        assert ProbeCount.objects.using("ma").get().count == 5

    def test_what_is_wrong_with_an_opening_asks_nothing_more(
        self, land: Land, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whether it was looked at may depend on what was found: no further call may tell."""
        land.published()
        land.ask(**PEOPLE[1])
        honest = together.opened

        def wrong(begun: Any, query: Any, *more: Any) -> Any:
            if query == read_query(PEOPLE[0]):
                raise PeerError("probe.proof")
            return honest(begun, query, *more)

        monkeypatch.setattr(together, "opened", wrong)
        land.network.seen.clear()
        made = asked(land)
        assert made.stopped is not None
        assert (made.stopped.code, made.outcomes) == ("probe.proof", ())
        assert len([path for _, path, _ in land.network.seen if path.endswith("call")]) == 2
        failed = ProbeAsked.objects.using("be").filter(state=AskedState.FAILED)
        assert [(row.code, row.pending) for row in failed] == [("probe.proof", None)]
        # The others are kept, and given when the run goes on; the one that failed is asked anew.
        monkeypatch.undo()
        again = asked(land)
        assert (again.stopped, len(again.outcomes)) == (None, 5)
        assert ProbeCount.objects.using("ma").get().count == 1 + 4 + 1

    def test_nothing_is_looked_up_before_all_is_verified_and_the_next_call_waits(
        self, land: Land, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An issuer that spoils the last proof learns nothing from the time until it hears of the asker again."""
        land.published()
        steps: list[str] = []
        for name in ("verified", "look_up", "wait", "sent"):
            honest = getattr(together, name)

            def spy(*given: Any, name: str = name, honest: Any = honest) -> Any:
                steps.append(name)
                made = honest(*given)
                if name == "sent":
                    made["proofs"][-1] = made["proofs"][0]
                return made

            monkeypatch.setattr(together, name, spy)
        assert asked(land).stopped is not None
        assert steps == ["sent", *["verified"] * 4, "wait"]


class TestSeveralRuns:
    def test_two_runs_never_ask_for_other_openings_under_one_blind(
        self, land: Land, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The issuer holds one answer back, and answers a second run of the same rows with everybody recalled."""
        land.published()
        honest, runs = together.sent, []

        def held(node: Any, channels: Any, search: Any, kind: str, content: Any) -> Any:
            made = honest(node, channels, search, kind, content)
            if kind == "probe-together" and not runs:
                runs.append(1)
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(look, "candidates", lambda *_: ())
                    assert asked(land).stopped is None
            return made

        monkeypatch.setattr(together, "sent", held)
        openings: list[str] = []
        posted = asking.sent

        def noted(node: Any, channels: Any, search: Any, kind: str, content: Any) -> Any:
            if kind.startswith("probe-open"):
                openings.append(kind)
            return posted(node, channels, search, kind, content)

        monkeypatch.setattr(asking, "sent", noted)
        made = asked(land)
        assert made.stopped is None
        # The first run found all chosen, and asked for no opening of its own; what the second kept is what it tells.
        assert openings == ["probe-open"] * 4
        assert {one["result"] for _, one in made.outcomes} == {"miss", "insufficient"}

    def test_a_row_that_another_run_has_begun_is_left_to_it(
        self, land: Land, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        land.published()
        honest = asking._prepare

        def prepared(*given: Any) -> Any:
            monkeypatch.setattr(asking, "_prepare", honest)
            asked(land, people=PEOPLE[:2])
            return honest(*given)

        monkeypatch.setattr(asking, "_prepare", prepared)
        made = asked(land)
        assert (made.stopped, len(made.outcomes)) == (None, 5)
        assert ProbeCount.objects.using("ma").get().count == 4


class TestLoad:
    def test_nothing_is_evaluated_for_a_call_that_is_refused(
        self, land: Land, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        land.published()
        content = whole(land)
        answer_together(land.ma, call(land, content))
        honest = oprf.evaluate_read
        evaluated: list[int] = []

        def spy(holder: Any, blinded: Any) -> Any:
            evaluated.append(len(blinded))
            return honest(holder, blinded)

        monkeypatch.setattr(oprf, "evaluate_read", spy)
        # 1. The last of the call is known.
        last = whole(land)
        last["searches"][2] = content["searches"][2]
        with pytest.raises(PeerError, match=r"probe\.together-known"):
            answer_together(land.ma, call(land, last))
        # 2. The last point is none.
        bad = whole(land)
        bad["points"][-1] = "A" * 42 + "B"
        with pytest.raises(PeerError, match=r"encoding|probe\.element"):
            answer_together(land.ma, call(land, bad))
        assert evaluated == []


def test_hits_and_misses_look_alike_to_the_issuer(land: Land) -> None:
    """Form and size of all that a call leaves at the issuer do not tell how many of its searches found somebody."""
    land.published()
    land.ask(**PEOPLE[1])

    def seen(people: tuple[dict[str, str], ...], case: str) -> list[tuple[str, int]]:
        land.network.seen.clear()
        made = asked(land, case=case, people=people)
        for rid, _ in made.outcomes:
            delivered(land.be, rid)
        results = {one["result"] for _, one in made.outcomes}
        assert results == ({"hit"} if people[0] is PEOPLE[0] else {"miss"})
        return [(path, len(octets)) for _, path, octets in land.network.seen]

    hits = tuple({**PEOPLE[0]} if at else PEOPLE[0] for at in range(4))
    misses = tuple({**PEOPLE[1], "dob": f"1960-04-{at + 10}"} for at in range(4))
    assert seen(hits, "BE-2026-1") == seen(misses, "BE-2026-2")
