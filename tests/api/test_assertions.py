"""Over REST nothing is told without saying whether it is a fact or an assessment, and it is returned as it came (L5)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.conftest import system
from tests.api.test_rest import REQUEST
from tests.api.test_threads import post
from tests.web.world import DeskWorld

from comity.services.people.service_accounts import Scope
from comity.storage.models.cases import Case

INFORMATION = {
    "partner": "MA",
    "agreement": "BE-MA-2025",
    "purpose": "drugs",
    "matter": "a new route",
    "reasons": "crates marked in red",
}


@pytest.mark.parametrize(
    "marks", [None, {}, {"facts": "fact"}, {**REQUEST["assertions"], "facts": "rumour"}, "fact"]
)
def test_a_text_without_a_mark_is_not_taken(world: DeskWorld, marks: Any) -> None:
    client = system(world, Scope.REQUEST)
    status, told = post(client, "/api/1/cases", {**REQUEST, "assertions": marks})
    assert (status, "assertions" in told["facts"]["field"]) == (400, True)
    status, told = post(client, "/api/1/information", {**INFORMATION, "assertions": marks})
    assert status == 400
    assert not Case.objects.using(world.desk.alias).exists()


def test_marks_are_returned_as_they_came(world: DeskWorld) -> None:
    client = system(world, Scope.REQUEST, Scope.READ_CASES)
    thread = post(client, "/api/1/cases", REQUEST)[1]["thread"]
    assert client.get(f"/api/1/cases/{thread}").json()["request"]["assertions"] == REQUEST["assertions"]
    marks = {"matter": "fact", "reasons": "assessment"}
    told = post(client, "/api/1/information", {**INFORMATION, "assertions": marks})[1]
    [said] = client.get(f"/api/1/cases/{told['thread']}").json()["passages"]
    assert said["words"]["assertions"] == marks


def test_an_entry_of_one_s_own_register_is_told_apart(world: DeskWorld) -> None:
    world.hold_persons(world.desk)
    client = system(world, Scope.SEARCH_REGISTER)
    words = {"words": "Benjelloun", "reason": "file 12"}
    status, found = post(client, "/api/1/register/search-exact", words)
    assert status == 200, found
    [entry] = found["subjects"] if isinstance(found, dict) else found
    assert set(entry["assertions"]) >= {"names", "birth"}
    assert set(entry["assertions"].values()) == {"assessment"}


def test_information_says_as_of_when(world: DeskWorld) -> None:
    client = system(world, Scope.REQUEST, Scope.READ_CASES)
    marks = {"assertions": {"matter": "fact", "reasons": "assessment"}}
    for wrong in ({"as_of": "2099-01-01"}, {"as_of": "yesterday"}, {"completeness": "whole"}):
        assert post(client, "/api/1/information", {**INFORMATION, **marks, **wrong})[0] == 400
    dated = {"as_of": "2026-05-01", "completeness": "partial"}
    told = post(client, "/api/1/information", {**INFORMATION, **marks, **dated})[1]
    [said] = client.get(f"/api/1/cases/{told['thread']}").json()["passages"]
    assert {name: said["words"][name] for name in dated} == dated
