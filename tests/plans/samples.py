"""Plans for the tests: the shipped annex, and a successor that places nothing of its own."""

from __future__ import annotations

from importlib import resources

from tests.cases.cast import HEAD, deliver
from tests.federation.world import World

from comity.services.plans.sign import draft, sign

ANNEX = resources.files("comity").joinpath("packs", "be_ma", "annex_2025.toml").read_text(encoding="utf-8")
NEXT = """
code = "BE-MA-2026-NEXT"
valid_from = 2026-12-01
valid_until = 2026-12-31
{given_up}
[title]
en = "Next"
fr = "Suivant"
nl = "Volgend"
ar = "التالية"

[[objectives]]
id = "more"
title = {{ en = "More", fr = "Plus", nl = "Meer", ar = "المزيد" }}

[[objectives.measures]]
id = "fresh"
title = {{ en = "Fresh", fr = "Neuf", nl = "Nieuw", ar = "جديد" }}
owner = "MA.dgsn"
due = 2026-12-20
counters = [{{ kind = "requests" }}]
"""


def signed(world: World, agreement: str, source: str = ANNEX, predecessor: str | None = None) -> str:
    """Return a plan that Belgium drafted and both have signed."""
    plan = draft(world.be, HEAD, agreement, source, predecessor)
    sign(world.be, HEAD, plan)
    deliver(world)
    sign(world.ma, HEAD, plan)
    deliver(world)
    return plan
