"""The two addresses of the operator: is the node well, and its figures. No personal data in either."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from comity.api.interface import refused
from comity.errors import ComityError, Refused
from comity.services import health
from comity.services.people.service_accounts import Scope, verify_token
from comity.services.serving import current_node

SCHEME = "Bearer "


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer ``ok`` while the database answers."""
    if health.healthy(current_node()):
        return HttpResponse("ok\n", content_type="text/plain")
    return HttpResponse("not well\n", content_type="text/plain", status=HTTPStatus.SERVICE_UNAVAILABLE)


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the node's figures in the Prometheus text form, to an account with the scope ``read-metrics``."""
    given = request.headers.get("Authorization", "")
    try:
        if not given.startswith(SCHEME):
            raise Refused("service-account.unknown")
        verify_token(current_node(), given.removeprefix(SCHEME)).require(Scope.READ_METRICS)
    except ComityError as error:
        return refused(request, error)
    return HttpResponse(
        health.metrics(current_node()), content_type="text/plain; version=0.0.4; charset=utf-8"
    )
