"""Somebody without the role cannot tell at the desk that a case exists: same 404, same headers, same work, same counters.

Enforced by `case_within` in `storage/cases.py`, which looks for cases of one's own regimes only: a look at the regime after
the case is read opens what is sealed, and the test of the work fails. What shows of evidence and alarms is narrowed by
`log_status` and `open_alarms`.
"""

from __future__ import annotations

import re

import pytest
from django.urls import get_resolver
from tests.cases.cast import SALMA
from tests.discretion.conftest import outsider
from tests.discretion.measured import seen
from tests.web.test_access import MATRIX, patterns
from tests.web.world import DeskWorld

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.evidence.event import Bilateral
from comity.services.cases.thread.clarify import ask_clarification
from comity.services.clocks.remind import remind
from comity.services.evidence.alarms import raise_alarm
from comity.services.evidence.sequence import sequence
from comity.storage.transaction import atomic

pytestmark = pytest.mark.django_db(databases=["default", "ma"])
ROUTES = sorted(
    f"/{each}".replace("<str:thread>", "{thread}")
    for each in patterns(get_resolver())
    if "<str:thread>" in each
)
GIVEN = {"take": "1", "reason": "x", "note": "x", "owner": "an.outsider", "ground": "a", "message": "0" * 32}
READERS = (Role.OFFICER, Role.APPROVER, Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER)
INTERNAL = re.compile(r"<tr data-row>(?:(?!</tr>).)*/internal/.*?</tr>", re.DOTALL)
"""The line of the internal log, which is one for all regimes: how many acts there were at all is no secret of the desk."""


def never(thread: str) -> str:
    """Return a thread that there never was, as long and as late as another."""
    return thread[:-12] + "".join(reversed(thread[-12:]))


@pytest.fixture
def cases(moroccan: DeskWorld) -> tuple[DeskWorld, str]:
    """Return the desk and a case of the police that waits for an answer, with a question asked and a note in it."""
    thread = moroccan.request(moroccan.partner, about="Salma El Idrissi")
    ask_clarification(moroccan.desk, SALMA, thread, "which of the two?")
    moroccan.deliver()
    assert never(thread) != thread
    return moroccan, thread


def test_every_route_of_a_case_is_tried() -> None:
    assert len(ROUTES) >= 17
    assert set(ROUTES) >= {each for each in MATRIX if "{thread}" in each}


@pytest.mark.parametrize("role", list(Role))
def test_a_foreign_case_and_none_are_told_alike(cases: tuple[DeskWorld, str], role: Role) -> None:
    world, thread = cases
    browser = outsider(world, role)
    seen(browser, "get", "/", thread)
    for address in ROUTES:
        for method, body in (("get", None), ("post", GIVEN)):
            foreign = seen(browser, method, address, thread, body)
            assert foreign == seen(browser, method, address, never(thread), body), (method, address)
            # Refused by the role or the method before anything is looked for; else there is no such case.
            assert foreign.status in (403, 404, 405), (method, address)
    if role in READERS:
        assert seen(browser, "get", "/cases/{thread}/", thread).status == 404


@pytest.mark.parametrize("role", READERS)
def test_the_comparison_sees_a_difference(cases: tuple[DeskWorld, str], role: Role) -> None:
    """The control: to somebody of the regime the case and none are told apart, by answer and by work."""
    world, thread = cases
    browser = outsider(world, role, regime=Regime.POLICE)
    seen(browser, "get", "/", thread)
    own, none = (seen(browser, "get", "/cases/{thread}/", each) for each in (thread, never(thread)))
    assert (own.status, none.status) == (200, 404)
    assert own.statements != none.statements
    assert sum(own.opened) > sum(none.opened)


def test_no_counter_moves(moroccan: DeskWorld) -> None:
    """Every page without a name in its address, before and after cases of the other regime, an alarm and a reminder."""
    browser = outsider(moroccan, *Role)
    pages = [each for each in MATRIX if "{" not in each]
    assert len(pages) >= 15
    moroccan.deliver()
    before = {each: told(browser, each) for each in pages}
    for about in ("Salma El Idrissi", "somebody else"):
        moroccan.request(moroccan.partner, about=about)
    thread = moroccan.request(moroccan.desk, about="a third one")
    ask_clarification(moroccan.partner, SALMA, thread, "which of the two?")
    moroccan.deliver()
    with atomic("default"):
        scope = Bilateral(moroccan.partner.service, Regime.POLICE)
        raise_alarm(moroccan.desk, "clock.disagreement", f"case/{thread}", scope, "{}")
    remind(moroccan.desk)
    sequence(moroccan.desk)
    for each in pages:
        assert told(browser, each) == before[each], each
    officer = outsider(moroccan, *Role, name="an.insider", regime=Regime.POLICE)
    changed = [
        each for each in pages if told(officer, each) != before[each].replace("an.outsider", "an.insider")
    ]
    assert {"/", "/evidence/", "/statistics/"} <= set(changed), "the control: who has the role sees them"


def told(browser: object, address: str) -> str:
    return INTERNAL.sub("", seen(browser, "get", address, "\0").body)  # type: ignore[arg-type]  # a test client
