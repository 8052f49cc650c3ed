"""No value of somebody who is protected leaves over REST, whatever protects the person; no answer says what does.

Rules L13, L22, L23, L24, L25, L26, L27 and L30 of docs/law.md: without its row in `PROHIBITIONS` (`core/policy/law.py`) the case of
that mark fails, without `examine(...)` in `services/exchange/submit.py` all of them do.
"""

from __future__ import annotations

import json

import pytest
from tests.api.conftest import system
from tests.api.test_rest import REQUEST
from tests.api.test_threads import post
from tests.egress.scene import HIDDEN, drafts, enter, protected, sent, true_grounds
from tests.policy.scene import everything
from tests.web.world import DeskWorld

from comity.core.codes.marks import Taint
from comity.services.people.service_accounts import Scope

RULES = {
    Taint.RESTRICTED: "L13",
    Taint.EURODAC: "L22",
    Taint.ASYLUM: "L23",
    Taint.RETURN_ALERT: "L24",
    Taint.RETURN_SUSPENDED: "L25",
    Taint.SIS: "L26",
    Taint.TORTURE_RISK: "L27",
    Taint.QUARANTINED: "L30",
}
WORDS = "Karim Tazi, 12/03/1985?"
TOLD = {
    "partner": "MA",
    "agreement": "BE-MA-2025",
    "purpose": "terrorism",
    "matter": "a passenger",
    "assertions": {"matter": "fact", "reasons": "assessment"},
}


@pytest.mark.parametrize(("taint", "rule"), RULES.items())
def test_no_value_of_the_protected_leaves_over_rest(world: DeskWorld, taint: Taint, rule: str) -> None:
    enter(world.desk, protected(taint))
    thread = world.request(world.partner, about="somebody")
    client, before = system(world, Scope.REQUEST), sent(world.desk)
    calls = {
        f"/api/1/cases/{thread}/clarification-request": {"question": WORDS},
        "/api/1/cases": {**REQUEST, "about": WORDS},
        "/api/1/information": {**TOLD, "reasons": WORDS},
    }
    for address, body in calls.items():
        status, told = post(client, address, body)
        assert (status, told["code"]) == (403, "law.protected"), address
        for word in (rule, taint.value, HIDDEN, "Tazi"):
            assert word not in json.dumps(told), address
    assert sent(world.desk) == before
    assert true_grounds(world.desk) == [rule] * len(calls)
    assert len(drafts(world.desk)) == len(calls)
    world.deliver()
    assert "Tazi" not in everything(world.partner)


def test_the_same_words_leave_when_nobody_of_the_register_is_meant(world: DeskWorld) -> None:
    """The control: the test above fails for no other reason."""
    thread = world.request(world.partner, about="somebody")
    client = system(world, Scope.REQUEST)
    assert post(client, f"/api/1/cases/{thread}/clarification-request", {"question": WORDS})[0] == 200
    assert post(client, "/api/1/cases", {**REQUEST, "about": WORDS})[0] == 200
    assert post(client, "/api/1/information", {**TOLD, "reasons": WORDS})[0] == 200
