"""A refusal as an officer reads it: the code, one sentence, who must act, and the next step."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from comity.errors import ComityError, Fact
from comity.services.sentences import facts_once, sentence

STATUS = {
    "peer": HTTPStatus.BAD_GATEWAY,
    "input": HTTPStatus.BAD_REQUEST,
    "rule": HTTPStatus.FORBIDDEN,
    "way": HTTPStatus.SERVICE_UNAVAILABLE,
    "node": HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""HTTP status by who is at fault."""

NOT_FOUND = frozenset({"case.unknown", "follow-up.unknown", "oversight.unknown"})
"""Codes of what does not exist, or of which whoever asks may not know: told alike."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is shown of an error."""

    code: str
    fault: str
    sentence: str
    act: str
    facts: tuple[tuple[str, Fact], ...]


def refusal(error: ComityError) -> Refusal:
    """Return an error in the language of the request."""
    text, act = sentence(error.code, (get_language() or "en")[:2])
    return Refusal(error.code, error.fault, text, act, tuple(facts_once(error).items()))


def status_of(error: ComityError) -> HTTPStatus:
    """Return the status of a page that shows an error, whether it stands alone or over a form."""
    return HTTPStatus.NOT_FOUND if error.code in NOT_FOUND else STATUS[error.fault]


def told(code: str) -> str:
    """Return what a code says, in the language of the request."""
    return sentence(code, (get_language() or "en")[:2])[0]


def page(request: HttpRequest, error: ComityError) -> HttpResponse:
    """Return the page that shows an error."""
    return render(request, "parts/refused.html", {"refusal": refusal(error)}, status=status_of(error))
