"""Requests that scenarios open: on a fictitious person whom words describe, or a reference means."""

from __future__ import annotations

from collections.abc import Collection

from comity.core.cases.messages import UrgencyGround
from comity.core.codes.exchange import Purpose
from comity.core.codes.marks import Assertion, DataCategory, SubjectCategory, Urgency
from comity.demo.scenario.databases import MA
from comity.demo.scenario.people import LIES, LOTTE
from comity.demo.scenario.world import World
from comity.services.cases.request import open_request

RESTS_ON = {"facts": Assertion.FACT, "reasons": Assertion.FACT, "link": Assertion.ASSESSMENT}
"""On what the words of a request rest."""


def asked(
    world: World,
    about: str = "the driver of the lorry, called Youssef",
    *,
    reference: str | None = None,
    case: str = "BE-2026-117",
    urgent: bool = False,
    categories: Collection[DataCategory] = (),
    purpose: Purpose = Purpose.TERRORISM,
) -> str:
    """Let the Belgian officer ask the Moroccan service about a person, and return the thread; nothing is delivered yet.

    Args:
        reference: what a private search found; it stands for the words that describe the person. Another person than who
            searched lets the request leave.
    """
    return open_request(
        world.be,
        LOTTE,
        MA,
        world.agreement,
        purpose,
        case,
        reference,
        "a lorry loaded at night",
        offence="participation in a terrorist group",
        reasons="he telephoned to Tangier that night",
        link="named by a witness as the driver",
        subject_category=SubjectCategory.SUSPECT,
        assertions=RESTS_ON if reference else RESTS_ON | {"about": Assertion.ASSESSMENT},
        urgency=Urgency.URGENT_DIRECT if urgent else Urgency.ORDINARY,
        urgency_ground=UrgencyGround.LIFE if urgent else None,
        urgency_reason="an attack is expected tonight" if urgent else None,
        categories=categories,
        about=None if reference else about,
        second=LIES,
    )
