"""What one search costs at most, in statements and in commits: the part of its price that no processor makes cheaper.

Whoever adds a statement to the way of every search changes a number here.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.federation.costs import Cost, counted
from tests.services.probe.land import GROUP, MA, OFFICER, Land, make_land

import comity.services.probe.handlers  # noqa: F401
from comity.core.codes.exchange import Purpose, Regime
from comity.core.crypto.local import LocalKeys
from comity.core.probe.opening import Strength
from comity.core.probe.query import read_query
from comity.services.probe.ask import search_of
from comity.services.probe.batch.together import ask_together
from comity.services.probe.replica import fetch

pytestmark = pytest.mark.django_db(transaction=True, databases=["be", "ma", "third"])

KNOWN = {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"}
SOMEBODY = {"given": "Hassan", "family": "Mekkaoui", "dob": "1960-04-04"}
ISSUER, ASKER = 11, 16
"""Statements of a whole search, openings included; they do not depend on what is found."""

LOCK = 1 if os.environ.get("COMITY_TEST_DB") == "postgresql" else 0
"""The statement that has others wait, where the database does not have them wait anyway."""


@pytest.fixture
def land(transactional_db: None, tmp_path: Path) -> Land:
    made = make_land(tmp_path)
    made.published()
    fetch(made.be, made.network.channels, MA, Regime.POLICE, GROUP)
    return made


def searched(land: Land, person: dict[str, str], found: Strength) -> tuple[Cost, Cost]:
    """Ask twice, the case and the day being there already; return what the second one costs the issuer and the asker."""
    land.ask(**person)
    with counted("ma") as issuer, counted("be") as asker:
        assert land.ask(**person).strength is found
    return issuer, asker


@pytest.mark.parametrize(
    ("person", "found"), [(KNOWN, Strength.HIT), (SOMEBODY, Strength.MISS)], ids=["hit", "miss"]
)
def test_a_search_costs_the_same_whatever_it_finds(
    land: Land, person: dict[str, str], found: Strength
) -> None:
    issuer, asker = searched(land, person, found)
    assert issuer.queries <= ISSUER + LOCK, issuer.statements
    assert asker.queries <= ASKER, asker.statements
    # The issuer: the count with its evidence and the answer; the openings with theirs. The asker: intent and outcome.
    assert (issuer.commits, asker.commits) == (2, 2)


def test_the_keys_are_asked_once_for_each_answer(land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def noted(name: str) -> None:
        honest = getattr(LocalKeys, name)

        def spy(self: LocalKeys, *given: object) -> object:
            if self is land.ma.keys:
                asked.append(name)
            return honest(self, *given)

        monkeypatch.setattr(LocalKeys, name, spy)

    for name in ("evaluate_each", "sign"):
        noted(name)
    land.ask(**KNOWN)
    assert asked == ["evaluate_each", "sign"] * 2
    asked.clear()
    together(land, 8)
    assert asked == ["evaluate_each", "sign"] * 2


def together(land: Land, number: int) -> None:
    """Ask for so many people in one call."""
    first = search_of(land.be, MA, land.agreement, Purpose.DRUGS, "one", read_query(SOMEBODY), OFFICER, "")
    searches = [
        replace(first, query=read_query({**SOMEBODY, "dob": f"1960-04-{at + 10}"})) for at in range(number)
    ]
    made = ask_together(
        land.be, land.network.channels, searches, [{"own": f"{number} {at}"} for at in range(number)]
    )
    assert (made.stopped, len(made.outcomes)) == (None, number)


def test_of_several_in_one_call_only_what_is_each_ones_own_is_paid_for_each(land: Land) -> None:
    land.ask(**SOMEBODY)
    together(land, 2)
    with counted("ma") as issuer, counted("be") as asker:
        together(land, 4)
    with counted("ma") as issuer_eight, counted("be") as asker_eight:
        together(land, 8)
    # The issuer writes the openings of each; the asker looks for each by its name, and writes its openings and its outcome.
    assert len(issuer_eight.statements) - len(issuer.statements) == 4, issuer.statements
    assert issuer.queries <= ISSUER + LOCK + 4
    assert len(asker_eight.statements) - len(asker.statements) == 4 * 3, asker.statements
    assert (issuer_eight.commits, asker_eight.commits) == (2, 3)
