"""Operations that exist and are always refused: what a named person decides at the desk, a system never does."""

from __future__ import annotations

import inspect
import re
from typing import Any

from django.http import HttpRequest
from ninja import Router

from comity.api.answers import answers
from comity.api.bearer import bearer
from comity.errors import Refused
from comity.services.people.service_accounts import Scope

_NAMED = re.compile(r"{([a-z_]+)}")


def only_a_person(
    router: Router, method: str, path: str, scope: Scope, name: str, summary: str, why: str = ""
) -> None:
    """Add an operation that answers ``service-account.release``, so that whoever looks for it is told who does it.

    Args:
        router: that answers the path with its other methods.
        method: HTTP method. path: as the router takes it. scope: that the account needs to be told so.
        name: in the OpenAPI document. summary: who does it instead. why: further words there.
    """

    def refused(request: HttpRequest, **named: str) -> dict[str, Any]:
        bearer(request, scope)
        raise Refused("service-account.release")

    refused.__doc__ = f"Refuse with ``service-account.release``{f': {why}' if why else ''}."
    given = [("request", HttpRequest), *((each, str) for each in _NAMED.findall(path))]
    refused.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # what the OpenAPI document is made of
        [inspect.Parameter(each, inspect.Parameter.KEYWORD_ONLY, annotation=kind) for each, kind in given]
    )
    router.api_operation(
        [method],
        path,
        response=answers(dict[str, Any]),
        operation_id=f"comity_api_{name}",
        summary=f"Always refused: {summary}",
    )(refused)
