"""Bearer tokens of service accounts: one regime, named scopes, an end."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest
from ninja.security import HttpBearer

from comity.services.people.service_accounts import Bearer, Scope, verify_token
from comity.services.serving import current_node


class ServiceToken(HttpBearer):
    """Reads ``Authorization: Bearer comity_…``; a refusal of the token is told as any other refusal.

    Args:
        check: of the rest of a call whose token is good; raises to refuse it.
    """

    def __init__(self, check: Callable[[HttpRequest], None]) -> None:
        super().__init__()
        self._check = check

    def authenticate(self, request: HttpRequest, token: str) -> Bearer:
        """Return the verified account.

        Raises:
            Refused: ``service-account.unknown``, ``service-account.revoked``, ``service-account.expired``.
        """
        found = verify_token(current_node(), token)
        self._check(request)
        return found


def bearer(request: HttpRequest, scope: Scope) -> Bearer:
    """Return the account of a request, if it has the scope.

    Raises:
        Refused: ``service-account.scope``.
    """
    found = cast("Bearer", request.auth)  # type: ignore[attr-defined]  # set by ninja
    found.require(scope)
    return found
