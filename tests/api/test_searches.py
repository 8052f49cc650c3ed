"""Batches and standing searches over REST: each row counted once, results repeated, a quota told, who owns what."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.api.conftest import system
from tests.api.test_rest import REQUEST
from tests.web.world import OPERATOR, DeskWorld

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.errors import Refused
from comity.services.context import Actor, ActorKind
from comity.services.people import service_accounts
from comity.services.people.service_accounts import Scope, bearer_named
from comity.services.probe.standing.run import run_due
from comity.services.watch import approve
from comity.services.watch.noticed import watch_due
from comity.storage.models.probe import ProbeAnswered, ProbeStanding

WHERE = {
    "partner": "MA",
    "agreement": "BE-MA-2025",
    "purpose": "terrorism",
    "case": "B-2026-117",
    "offence": "participation in a terrorist group",
    "aim": "learn-more",
    "concerns": "suspect",
}
KNOWN = {"given": "Youssef", "family": "Benjelloun", "dob": "1984-05-17"}
ABSENT = {"given": "Wout", "family": "Vanderelst", "dob": "1960-04-04"}
ROWS = [
    {"id": "a", "subject": KNOWN},
    {"id": "b", "subject": ABSENT},
    {"id": "c", "subject": {"family": "Benjelloun"}},
]
BATCH: dict[str, Any] = {**WHERE, "batch": "night of 30 November", "rows": ROWS}


@pytest.fixture
def searched(world: DeskWorld) -> DeskWorld:
    world.hold_persons(world.partner)
    world.publish(world.partner, world.desk)
    return world


def post(client: Client, address: str, body: object = None) -> tuple[int, Any]:
    answer = client.post(f"/api/1/probe/{address}", json.dumps(body or {}), "application/json")
    return answer.status_code, answer.json()


def counted() -> int:
    return ProbeAnswered.objects.using("ma").count()


class TestBatch:
    def test_each_row_has_a_result_and_is_counted_once(self, searched: DeskWorld) -> None:
        client = system(searched, Scope.PROBE)
        status, found = post(client, "batch", BATCH)
        assert status == 200, found
        assert [(one["id"], one["result"]) for one in found["results"]] == [
            ("a", "hit"),
            ("b", "miss"),
            ("c", "insufficient"),
        ]
        assert (found["left"], found["stopped"]) == (0, None)
        assert len(found["results"][0]["references"]) == 1
        assert "Benjelloun" not in json.dumps(found)
        assert counted() == 2
        # The answer was lost: the same call again asks nobody.
        assert post(client, "batch", BATCH) == (200, found)
        assert counted() == 2

    def test_another_name_another_person_or_another_account_is_asked(self, searched: DeskWorld) -> None:
        client = system(searched, Scope.PROBE)
        one = {**BATCH, "rows": ROWS[:1]}
        post(client, "batch", one)
        post(client, "batch", {**one, "batch": "another"})
        assert counted() == 2
        _, found = post(client, "batch", {**one, "rows": [{"id": "a", "subject": ABSENT}]})
        assert found["results"][0]["result"] == "miss"
        assert counted() == 3
        post(system(searched, Scope.PROBE, name="another-system"), "batch", one)
        assert counted() == 4

    def test_a_quota_ends_it_and_says_so(self, searched: DeskWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        from comity.services.probe import ask

        honest, count = ask.permitted, iter(range(9))

        def permitted(*asked: Any, **more: Any) -> Any:
            if more.get("more") or next(count) >= 2:  # each is decided twice
                raise Refused("quota.case")
            return honest(*asked, **more)

        monkeypatch.setattr(ask, "permitted", permitted)
        status, found = post(system(searched, Scope.PROBE), "batch", BATCH)
        assert (status, found["left"], found["stopped"]["code"]) == (200, 2, "quota.case")
        assert [one["id"] for one in found["results"]] == ["a"]
        assert found["stopped"]["sentence"]

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"rows": []}, "api.malformed"),
            ({"rows": [{"id": str(at), "subject": KNOWN} for at in range(51)]}, "api.malformed"),
            ({"rows": [ROWS[0], {**ROWS[1], "id": "a"}]}, "probe.batch-repeated"),
            ({"rows": [{"id": "a", "subject": {"shoe_size": "44"}}]}, "probe.subject-unknown-column"),
            ({"rows": [{"id": "a", "subject": {"family": "X", "dob": "17/05/1984"}}]}, "probe.subject-date"),
            ({"batch": ""}, "api.malformed"),
            ({"case": " "}, "probe.case"),
            ({"more": 1}, "api.malformed"),
        ],
    )
    def test_what_is_wrong_is_said_before_anybody_is_asked(
        self, searched: DeskWorld, changes: dict[str, Any], code: str
    ) -> None:
        status, found = post(system(searched, Scope.PROBE), "batch", {**BATCH, **changes})
        assert (status, found["code"]) == (400, code)
        assert counted() == 0


class TestStanding:
    def added(self, world: DeskWorld, client: Client) -> str:
        until = (world.clock() + timedelta(days=30)).date().isoformat()
        status, found = post(client, "standing", {**WHERE, "subject": KNOWN, "until": until})
        assert status == 200, found
        return str(found["standing"])

    def test_added_run_for_the_account_told_once_and_ended(self, searched: DeskWorld) -> None:
        client = system(searched, Scope.PROBE)
        sid = self.added(searched, client)
        assert run_due(searched.desk, searched.network.channels) == 1
        [line] = client.get("/api/1/probe/standing").json()
        assert (line["standing"], line["owner"], line["runs"], line["new"]) == (
            sid,
            "account:case-system",
            1,
            1,
        )
        status, told = post(client, f"standing/{sid}/findings")
        assert (status, [one["result"] for one in told["findings"]]) == (200, ["hit"])
        assert "Benjelloun" not in json.dumps(told)
        assert post(client, f"standing/{sid}/findings")[1]["findings"] == []
        assert post(client, f"standing/{sid}/end") == (200, {"standing": sid, "state": "ended"})
        assert ProbeStanding.objects.get(sid=sid).content is None
        assert post(client, f"standing/{sid}/end")[1]["code"] == "probe.standing-ended"

    def test_another_account_sees_none_of_it(self, searched: DeskWorld) -> None:
        sid = self.added(searched, system(searched, Scope.PROBE))
        other = system(searched, Scope.PROBE, name="another-system")
        assert other.get("/api/1/probe/standing").json() == []
        for act in ("findings", "end"):
            assert post(other, f"standing/{sid}/{act}")[1]["code"] == "probe.standing-unknown"

    def test_an_account_that_was_ended_searches_no_more(self, searched: DeskWorld) -> None:
        sid = self.added(searched, system(searched, Scope.PROBE))
        service_accounts.revoke(searched.desk, OPERATOR, "case-system")
        assert run_due(searched.desk, searched.network.channels) == 0
        assert ProbeStanding.objects.get(sid=sid).code == "service-account.revoked"
        assert counted() == 0

    def test_nor_one_that_lost_its_scope_or_its_time(self, searched: DeskWorld) -> None:
        from comity.storage.models.people import ServiceAccount

        sid = self.added(searched, system(searched, Scope.PROBE))
        ServiceAccount.objects.update(scopes="read-cases")
        assert run_due(searched.desk, searched.network.channels) == 0
        assert ProbeStanding.objects.get(sid=sid).code == "service-account.scope"
        searched.clock.forward(days=31)
        with pytest.raises(Refused, match=r"^service-account\.expired"):
            bearer_named(searched.desk, "account:case-system")

    def test_until_a_day_that_comes(self, searched: DeskWorld) -> None:
        body = {**WHERE, "subject": KNOWN, "until": "2020-01-01"}
        assert post(system(searched, Scope.PROBE), "standing", body)[1]["code"] == "probe.standing-until"


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("post", "batch"),
        ("post", "standing"),
        ("get", "standing"),
        ("post", "standing/0/findings"),
        ("post", "standing/0/end"),
    ],
)
def test_each_needs_the_scope(world: DeskWorld, method: str, address: str) -> None:
    client = system(world, *(one for one in Scope if one is not Scope.PROBE))
    until = (world.clock() + timedelta(days=30)).date().isoformat()
    bodies = {"batch": BATCH, "standing": {**WHERE, "subject": KNOWN, "until": until}}
    answer = (
        client.get(f"/api/1/probe/{address}")
        if method == "get"
        else client.post(f"/api/1/probe/{address}", json.dumps(bodies.get(address, {})), "application/json")
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "service-account.scope")
    assert Regime.POLICE in world.desk.config.regimes


@pytest.mark.parametrize("name", ["account:nobody", "an.officer"])
def test_no_account_of_that_name(world: DeskWorld, name: str) -> None:
    with pytest.raises(Refused, match=r"^service-account\.unknown"):
        bearer_named(world.desk, name)


class TestJustification:
    def test_what_the_law_wants_said_is_required(self, searched: DeskWorld) -> None:
        client = system(searched, Scope.PROBE)
        for left_out in ("aim", "concerns", "offence"):
            body = {name: value for name, value in {**WHERE, "subject": KNOWN}.items() if name != left_out}
            for address, more in (("", {}), ("batch", {"batch": "b", "rows": ROWS})):
                sent = {**body, **more}
                if address:
                    del sent["subject"]
                answer = client.post(
                    f"/api/1/probe{'/' * bool(address)}{address}", json.dumps(sent), "application/json"
                )
                assert answer.status_code in (400, 422), (left_out, address)
        assert counted() == 0

    def test_a_missing_offence_is_named(self, searched: DeskWorld) -> None:
        body = {**WHERE, "offence": " ", "batch": "b", "rows": ROWS}
        status, told = post(system(searched, Scope.PROBE), "batch", body)
        assert (status, told["code"], told["facts"]["missing"]) == (400, "probe.justification", "offence")

    def test_what_stands_out_is_read_by_who_oversees_and_settled_by_a_person(
        self, searched: DeskWorld
    ) -> None:
        client = system(searched, Scope.PROBE)
        asked = {**WHERE, "subject": KNOWN, "profession": "journalist", "on_behalf": "desk 4"}
        answer = client.post("/api/1/probe", json.dumps(asked), "application/json")
        assert answer.status_code == 200, answer.json()
        watch_due(searched.desk, searched.network.channels)
        overseer = system(searched, Scope.OVERSEE, name="overseer")
        [found] = overseer.get("/api/1/probe/anomalies").json()
        assert (found["sign"], found["asker"]) == ("protected-profession", "account:case-system/desk 4")
        assert "Benjelloun" not in json.dumps(found)
        assert overseer.get("/api/1/probe/anomalies?settled=true").json() == []
        assert overseer.get("/api/1/probe/follow-ups").json() == []
        refused = overseer.post(f"/api/1/probe/anomalies/{found['anomaly']}/settle", "{}", "application/json")
        assert (refused.status_code, refused.json()["code"]) == (403, "service-account.release")


class TestFollowUp:
    def test_the_first_request_after_a_hit_waits_for_a_person(self, searched: DeskWorld) -> None:
        client = system(searched, Scope.PROBE, Scope.REQUEST)
        answer = client.post("/api/1/probe", json.dumps({**WHERE, "subject": KNOWN}), "application/json")
        [found] = answer.json()["references"]
        body = {name: value for name, value in REQUEST.items() if name != "about"}
        body["assertions"] = {"facts": "fact", "reasons": "fact", "link": "assessment"}
        sent = json.dumps({**body, "reference": found["reference"]})
        told = client.post("/api/1/cases", sent, "application/json").json()
        assert told["thread"] is None
        uid = told["follow_up"]
        address = f"/api/1/cases/follow-ups/{uid}"
        state = client.get(address).json()
        assert (state["state"], state["asked_by"], state["thread"]) == ("waiting", "account:case-system", "")
        refused = client.post(f"{address}/approve", "{}", "application/json")
        assert refused.json()["code"] == "service-account.release"
        other = system(searched, Scope.REQUEST, name="another-system")
        assert other.get(address).json()["code"] == "follow-up.unknown"
        person = Actor("lien", ActorKind.OFFICER, frozenset({(Regime.POLICE, Role.APPROVER)}))
        thread = approve.approve(searched.desk, person, uid)
        state = client.get(address).json()
        assert (state["state"], state["thread"], state["approved_by"]) == ("sent", thread, "lien")
