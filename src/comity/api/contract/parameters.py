"""Parameters of an address: one that the operation does not know is refused, not passed over in silence.

Whoever asks for ``?first=2026-01-01`` where the parameter is ``from`` would otherwise read another period than the one
that was meant. What an operation knows is read from the OpenAPI document, which is what clients are written against.
"""

from __future__ import annotations

import re
from functools import lru_cache

from django.http import HttpRequest
from ninja import NinjaAPI

from comity.core.faults import LONGEST, named
from comity.errors import InputError

_PLACE = re.compile(r"<(?:[a-z]+:)?([a-z_]+)>")


def require_known(interface: NinjaAPI, request: HttpRequest) -> None:
    """Refuse a query parameter that the operation does not know.

    Raises:
        InputError: ``api.parameter``, naming it and those that are known.
    """
    given = list(request.GET)
    match = request.resolver_match
    if not given or match is None:
        return
    method = "get" if request.method == "HEAD" else (request.method or "get").lower()
    known = _known(interface).get((method, _PLACE.sub(r"{\1}", match.route)), frozenset())
    for name in given:
        if name not in known:
            raise InputError("api.parameter", field=name[:LONGEST], allowed=named(sorted(known)))


@lru_cache(maxsize=1)
def _known(interface: NinjaAPI) -> dict[tuple[str, str], frozenset[str]]:
    paths = interface.get_openapi_schema(path_prefix=f"api/{interface.version}/")["paths"]
    return {
        (method, path.lstrip("/")): frozenset(
            each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"
        )
        for path, operations in paths.items()
        for method, operation in operations.items()
    }
