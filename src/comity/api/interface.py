"""The REST interface of national case systems: the same services as the desk and the console, as JSON.

A refusal is ``{"code", "sentence", "act", "facts"}``, in the language that `Accept-Language` asks for; so is what no
operation has answered: an unknown address or method, a body that is too large, a fault of the node.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from comity.api.bearer import ServiceToken
from comity.api.contract.parameters import require_known
from comity.core.faults import read_faults
from comity.errors import ComityError, InputError, NodeError, Refused
from comity.services.sentences import sentence

VERSION = "1"
PREFIX = "/api/"
STATUS = {
    "peer": HTTPStatus.BAD_GATEWAY,
    "input": HTTPStatus.BAD_REQUEST,
    "rule": HTTPStatus.FORBIDDEN,
    "way": HTTPStatus.SERVICE_UNAVAILABLE,
    "node": HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""HTTP status by who is at fault."""
MOST_FAULTS = 40
"""Greatest number of faults of one body that are told."""
ABSENT = frozenset(
    {
        "agreement.not-found",
        "case.unknown",
        "egress.draft-unknown",
        "follow-up.unknown",
        "oversight.unknown",
        "plan.not-found",
        "probe.standing-unknown",
        "register.no-import",
        "register.unknown",
    }
)
"""Codes of what is not there: where the address names it, the answer is 404; where the body or a parameter does, 400."""
UNAUTHENTICATED = frozenset({"service-account.unknown", "service-account.revoked", "service-account.expired"})

interface: NinjaAPI = NinjaAPI(
    title="Comity",
    version=VERSION,
    description=(
        "REST interface of one node, for the case systems of its own country. A service account asks and prepares; "
        "information on a person is released only by a named officer at the desk."
    ),
    urls_namespace="api-1",
    docs_url=None,
    auth=ServiceToken(lambda request: require_known(interface, request)),
)


def refusal(error: ComityError) -> dict[str, Any]:
    """Return the JSON form of an error, in the language of the call."""
    text, act = sentence(error.code, (get_language() or "en")[:2])
    return {"code": error.code, "sentence": text, "act": act, "facts": dict(error.facts)}


def refused(request: HttpRequest, error: ComityError) -> HttpResponse:
    """Return an error as JSON."""
    document = refusal(error)
    return interface.create_response(request, document, status=_status(request, error))


def _status(request: HttpRequest, error: ComityError) -> HTTPStatus:
    if error.code in UNAUTHENTICATED:
        return HTTPStatus.UNAUTHORIZED
    named = request.resolver_match is not None and bool(request.resolver_match.kwargs)
    return HTTPStatus.NOT_FOUND if named and error.code in ABSENT else STATUS[error.fault]


@interface.exception_handler(ComityError)
def _on_refusal(request: HttpRequest, error: ComityError) -> HttpResponse:
    return refused(request, error)


@interface.exception_handler(AuthenticationError)
def _on_no_token(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return refused(request, Refused("service-account.unknown"))


@interface.exception_handler(ValidationError)
def _on_malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Name every field that is missing or wrong, never its value."""
    found = [{**each, "loc": _told(each["loc"])} for each in error.errors[:MOST_FAULTS]]
    return refused(request, read_faults(found).error("api.malformed"))


def _told(place: Sequence[Any]) -> tuple[Any, ...]:
    """Return where a fault is as who calls knows it: the field itself, not the argument that takes the body here."""
    inner = place[2:] if place[:1] == ("body",) else place[1:]
    return tuple(inner) or tuple(place[:1])


@interface.exception_handler(HttpError)
def _on_unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    return refused(request, InputError("api.malformed", field="body"))


def always_json(handler: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer in the form of every refusal where no operation of the interface has answered (middleware)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = handler(request)
        ours = request.path_info.startswith(PREFIX) and response.status_code >= HTTPStatus.BAD_REQUEST
        if not ours or response.headers.get("Content-Type", "").startswith("application/json"):
            return response
        error, status = _unanswered(request, response.status_code)
        told = interface.create_response(request, refusal(error), status=status)
        if "Allow" in response.headers:
            told.headers["Allow"] = response.headers["Allow"]
        return told

    return middleware


def _unanswered(request: HttpRequest, status: int) -> tuple[ComityError, int]:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return NodeError("api.failed"), status
    if status == HTTPStatus.NOT_FOUND:
        return InputError("api.unknown"), status
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return InputError("api.method"), status
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > limit:
        return InputError("api.too-large", limit=limit), HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return InputError("api.malformed", field="body"), status
