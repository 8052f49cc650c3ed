"""Who may open which page: one decorator, which also turns every refusal into a page with its next step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.errors import ComityError, Refused
from comity.services.context import Actor, Node
from comity.services.people.actors import Officer, actor_of
from comity.services.serving import served
from comity.transport.channel import Channels
from comity.web import refusals

P = ParamSpec("P")

EVERYONE: tuple[Role, ...] = tuple(Role)
ASKERS: tuple[Role, ...] = (Role.OFFICER, Role.APPROVER, Role.HEAD_OF_DESK)
RELEASERS: tuple[Role, ...] = (Role.APPROVER,)
TIMERS: tuple[Role, ...] = (Role.APPROVER, Role.HEAD_OF_DESK)
REVIEWERS: tuple[Role, ...] = (Role.HEAD_OF_DESK,)
RECALLERS: tuple[Role, ...] = (Role.APPROVER, Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER)
CASE_READERS: tuple[Role, ...] = (*ASKERS, Role.DATA_PROTECTION_OFFICER)
ADMINISTRATORS: tuple[Role, ...] = (Role.ADMINISTRATOR,)
WATCHERS: tuple[Role, ...] = (Role.DATA_PROTECTION_OFFICER, Role.HEAD_OF_DESK)
OVERSEERS: tuple[Role, ...] = (Role.DATA_PROTECTION_OFFICER, Role.AUDITOR)
PROOF_READERS: tuple[Role, ...] = (
    Role.HEAD_OF_DESK,
    Role.DATA_PROTECTION_OFFICER,
    Role.ADMINISTRATOR,
    Role.AUDITOR,
)

REPORTERS: tuple[Role, ...] = (Role.DATA_PROTECTION_OFFICER, Role.HEAD_OF_DESK, Role.AUDITOR)
NOTERS: tuple[Role, ...] = (Role.DATA_PROTECTION_OFFICER, Role.HEAD_OF_DESK, Role.ADMINISTRATOR)
REQUEST_KEEPERS: tuple[Role, ...] = (Role.DATA_PROTECTION_OFFICER, Role.HEAD_OF_DESK)
RIGHTS_OFFICERS: tuple[Role, ...] = (Role.DATA_PROTECTION_OFFICER,)
BREACH_OPENERS: tuple[Role, ...] = (Role.DATA_PROTECTION_OFFICER, Role.ADMINISTRATOR)
STATERS: tuple[Role, ...] = (Role.HEAD_OF_DESK, Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Visit:
    """One page view by a signed-in officer."""

    request: HttpRequest
    node: Node
    channels: Channels
    officer: Officer
    actor: Actor

    def regimes(self, *roles: Role) -> list[Regime]:
        """Return the regimes under which the officer holds one of the roles, in the node's order."""
        held = {regime for regime, role in self.actor.roles if role in roles}
        return [regime for regime in self.node.config.regimes if regime in held]


View = Callable[Concatenate[Visit, P], HttpResponse]


def page(
    *roles: Role, methods: tuple[str, ...] = ("GET",)
) -> Callable[[View[P]], Callable[..., HttpResponse]]:
    """Open a page to officers who hold one of the roles under any regime; services check the regime again.

    Args:
        roles: who may open it.
        methods: HTTP methods it answers.
    """

    def decorate(view: View[P]) -> Callable[..., HttpResponse]:
        @require_http_methods(list(methods))
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            try:
                return view(_visit(request, roles), *args, **kwargs)
            except ComityError as error:
                return refusals.page(request, error)

        wrapped.desk_roles = roles  # type: ignore[attr-defined]  # a mark on the function
        return wrapped

    return decorate


def _visit(request: HttpRequest, roles: tuple[Role, ...]) -> Visit:
    there = served()
    account = cast("Officer", request.user)
    visit = Visit(request, there.node, there.channels, account, actor_of(account))
    if not visit.regimes(*roles):
        raise Refused("actor.role")
    return visit
