"""Demo accounts: they exist in demo homes only, and their password and second factor may be shown.

``python -m comity.demo.accounts HOME`` enrols them in one home.
"""

from __future__ import annotations

import sys
from pathlib import Path

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.services.context import Actor, ActorKind, Node
from comity.services.custody import open_node

PASSWORD = "demonstration-only-2026"  # noqa: S105 - of demo accounts, which exist in demo homes only
ACCOUNTS: dict[str, tuple[Role, ...]] = {
    "officer": (Role.OFFICER,),
    "approver": (Role.APPROVER,),
    "approver2": (Role.APPROVER,),
    "head": (Role.HEAD_OF_DESK,),
    "dpo": (Role.DATA_PROTECTION_OFFICER,),
    "auditor": (Role.AUDITOR,),
    "admin": (Role.ADMINISTRATOR,),
}
LANGUAGES = {"BE": "fr", "MA": "ar"}


def enrol(node: Node) -> None:
    """Enrol every demo account, with a second factor whose codes ``comity user demo-code`` shows.

    Raises:
        Refused: ``officer.demo`` where the home is not a demonstration.
    """
    from comity.services.people.accounts import Enrolment
    from comity.services.people.accounts import enrol as enrol_one
    from comity.services.people.factor import enrol_for_demo

    console = Actor(name="demo", kind=ActorKind.OPERATOR)
    for name, roles in ACCOUNTS.items():
        held = frozenset((Regime(regime), role) for regime in node.config.regimes for role in roles)
        language = LANGUAGES.get(node.config.country, "en")
        enrol_one(node, console, Enrolment(name, PASSWORD, held, language, demo=True))
        enrol_for_demo(node, name)


def main() -> None:
    """Enrol the demo accounts of the home given as the only argument."""
    enrol(open_node(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
