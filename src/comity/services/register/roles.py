"""Who may do what with the register."""

from __future__ import annotations

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.services.context import Actor

KEEPERS = (Role.ADMINISTRATOR, Role.HEAD_OF_DESK)
"""May import."""

READERS = (Role.OFFICER, Role.APPROVER, Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER)
"""May consult, with a reason."""

PROTECTORS = (Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER)
"""May restrict, quarantine, release a restriction and erase."""


def require_keeper(actor: Actor, regime: Regime) -> None:
    """Refuse unless the actor may import.

    Raises:
        Refused: ``actor.role``.
    """
    actor.require(regime, *KEEPERS)


def require_reader(actor: Actor, regime: Regime) -> None:
    """Refuse unless the actor may consult.

    Raises:
        Refused: ``actor.role``.
    """
    actor.require(regime, *READERS)


def require_protector(actor: Actor, regime: Regime) -> None:
    """Refuse unless the actor may restrict, quarantine or erase.

    Raises:
        Refused: ``actor.role``.
    """
    actor.require(regime, *PROTECTORS)
