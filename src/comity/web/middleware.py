"""What every response of the desk has in common: an own password, a second factor, the officer's language, nothing stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils import translation

from comity.services.people.accounts import has_second_factor
from comity.services.people.actors import Officer
from comity.services.serving import current_node

Handler = Callable[[HttpRequest], HttpResponse]

WITHOUT_OWN_PASSWORD = frozenset({"account_change_password", "account_logout", "language", "asset"})
"""Names of the pages that an officer reaches before the password that another gave is replaced."""

WITHOUT_SECOND_FACTOR = frozenset(
    {
        "account_change_password",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "account_logout",
        "account_reauthenticate",
        "mfa_reauthenticate",
        "language",
        "asset",
    }
)
"""Names of the pages that a signed-in officer reaches before a second factor is set up."""


def officer_language(handler: Handler) -> Handler:
    """Serve a signed-in officer in the language of the account."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return handler(request)
        with translation.override(request.user.language):
            request.LANGUAGE_CODE = translation.get_language()
            response = handler(request)
            response.headers["Content-Language"] = translation.get_language() or "en"
            return response

    return middleware


def own_password(handler: Handler) -> Handler:
    """Send an officer whose password an administrator gave to replace it; no other page opens before."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.user.is_authenticated and request.user.password_given
        if given and not _is_one_of(request, WITHOUT_OWN_PASSWORD):
            return HttpResponseRedirect(reverse("account_change_password"))
        return handler(request)

    return middleware


def second_factor(handler: Handler) -> Handler:
    """Send an officer without a second factor to set one up; no other page opens before."""

    def middleware(request: HttpRequest) -> HttpResponse:
        without = _is_one_of(request, WITHOUT_SECOND_FACTOR)
        if request.user.is_authenticated and not without and not _has_one(request):
            return HttpResponseRedirect(reverse("mfa_activate_totp"))
        return handler(request)

    return middleware


def _has_one(request: HttpRequest) -> bool:
    return has_second_factor(current_node(), cast("Officer", request.user))


def _is_one_of(request: HttpRequest, names: frozenset[str]) -> bool:
    try:
        return resolve(request.path_info).url_name in names
    except Resolver404:
        return False


def head_as_get(handler: Handler) -> Handler:
    """Answer HEAD as GET without the body, on every page and address (RFC 9110 §9.3.2); what a GET records is recorded."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method != "HEAD":
            return handler(request)
        request.method = "GET"
        response = handler(request)
        if response.streaming:
            response.close()
            return HttpResponse(status=response.status_code, headers=response.headers)
        response.headers["Content-Length"] = str(len(response.content))
        response.content = b""
        return response

    return middleware


def nothing_stored(handler: Handler) -> Handler:
    """Forbid browsers and proxies to keep any page, unless the view has said otherwise (static files)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = handler(request)
        if "X-Comity-Static" in response.headers:
            del response.headers["X-Comity-Static"]
        else:
            response.headers["Cache-Control"] = "no-store"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        return response

    return middleware
