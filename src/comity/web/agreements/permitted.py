"""What the agreements in force let an officer choose from; the service decides again on the whole act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from comity.core.agreement.model import Clause
from comity.core.agreement.standing import AgreementStanding, State
from comity.core.codes.exchange import Act, Purpose, ServiceId
from comity.core.codes.marks import Role
from comity.errors import InputError
from comity.services.agreements.standing import all_standings
from comity.services.partners.directory import working_partners
from comity.web import isolation, labels
from comity.web.access import Visit


@dataclass(frozen=True, slots=True)
class Ground:
    """One agreement in force with one of its clauses."""

    standing: AgreementStanding
    clause: Clause
    partner: ServiceId

    @property
    def purpose(self) -> Purpose:
        """Purpose that the clause binds."""
        return self.clause.purpose

    @property
    def value(self) -> str:
        """What a form sends back."""
        return f"{self.standing.hash}:{self.clause.id}"

    @property
    def words(self) -> str:
        """What an officer reads in a list."""
        agreement = isolation.isolated_text(self.standing.agreement.code)
        return f"{labels.label(self.purpose)} – {agreement}"


def grounds(visit: Visit, act: Act, *roles: Role) -> list[Ground]:
    """Return the clauses that permit an act under a regime in which the officer holds one of the roles.

    Those towards a partner that is suspended or revoked here are left out: nothing of the kind goes to it.
    """
    now, working = visit.node.clock(), working_partners(visit.node)
    regimes = visit.regimes(*roles)
    found = []
    for standing in all_standings(visit.node):
        partner = standing.agreement.other(visit.node.service)
        if (
            partner not in working
            or standing.agreement.regime not in regimes
            or standing.state(now) is not State.IN_FORCE
        ):
            continue
        found += [
            Ground(standing, clause, partner) for clause in standing.agreement.clauses if act in clause.acts
        ]
    return found


def grouped(found: list[Ground]) -> list[tuple[str, Any]]:
    """Return grounds as the choices of a form, grouped by partner; where there are several, none is preselected."""
    blank = [("", gettext("choose"))] if len(found) > 1 else []
    partners = sorted({ground.partner for ground in found})
    groups = [
        (
            isolation.isolated_text(partner),
            [(each.value, each.words) for each in found if each.partner == partner],
        )
        for partner in partners
    ]
    return [*blank, *groups]


def chosen(found: list[Ground], value: str) -> Ground:
    """Return the ground that a form sent back.

    Raises:
        InputError: ``desk.ground`` when it is not (or no longer) among those in force.
    """
    for ground in found:
        if ground.value == value:
            return ground
    raise InputError("desk.ground")
