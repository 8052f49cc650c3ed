"""Who acts in the scenarios; persons are fictitious, and each holds the roles of one regime."""

from __future__ import annotations

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.services.context import Actor, ActorKind

RETURN = Regime.RETURN_IDENTIFICATION


def person(name: str, *roles: Role, regime: Regime = Regime.POLICE) -> Actor:
    """Return a named person."""
    return Actor(name, ActorKind.OFFICER, frozenset((regime, role) for role in roles))


LOTTE = person("lotte", Role.OFFICER)
LIES = person("lies", Role.OFFICER, Role.APPROVER)
SALMA = person("salma", Role.OFFICER, Role.APPROVER)
HEAD = person("nadia", Role.HEAD_OF_DESK)
DPO = person("driss", Role.DATA_PROTECTION_OFFICER)
BELGIAN_DPO = person("bram", Role.DATA_PROTECTION_OFFICER)
AUDITOR = person("amal", Role.AUDITOR)

ELS = person("els", Role.OFFICER, regime=RETURN)
JAN = person("jan", Role.OFFICER, Role.APPROVER, regime=RETURN)
SAMIRA = person("samira", Role.OFFICER, Role.APPROVER, regime=RETURN)
TARIQ = person("tariq", Role.APPROVER, regime=RETURN)
RETURN_HEAD = person("nadia", Role.HEAD_OF_DESK, regime=RETURN)
RETURN_DPO = person("driss", Role.DATA_PROTECTION_OFFICER, regime=RETURN)

KEEPER = Actor("os:keeper", ActorKind.OPERATOR)
PROGRAM = Actor("account:cms", ActorKind.SERVICE_ACCOUNT, frozenset({(Regime.POLICE, Role.OFFICER)}))
