"""Views of sign-in: allauth's, with evidence of what changes, and the choice of language."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.base.views import AuthenticateView, IndexView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from comity.services.people import accounts, actors, security_keys
from comity.services.people.actors import Officer
from comity.services.serving import current_node
from comity.web.accounts import ceremony


class SecondFactor(AuthenticateView):  # type: ignore[misc]  # allauth has no types
    """Ask for the second factor at sign-in: a code, or a security key where the officer has one."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what the page's script asks a key for, and where keys work if not here."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        account = cast("Officer", self.stage.login.user)
        return {
            **context,
            "key_options": ceremony.key_options(self.request, account),
            "key_elsewhere": ceremony.elsewhere(self.request, account),
        }


class Account(IndexView):  # type: ignore[misc]  # allauth has no types
    """Show an officer the own account: roles, authenticator, security keys."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the keys with their names, which are stored sealed."""
        node, account = current_node(), cast("Officer", self.request.user)
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {
            **context,
            "keys": security_keys.own_keys(node, account),
            "key_elsewhere": ceremony.elsewhere(self.request, account),
        }


class EnrolFactor(ActivateTOTPView):  # type: ignore[misc]  # allauth has no types
    """Set up an authenticator; the evidence entry is written in the same transaction."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Store the second factor and record that it was set up."""
        account = cast("Officer", self.request.user)
        found: list[HttpResponse] = []
        act = super().form_valid
        accounts.second_factor_changed(
            current_node(), actors.actor_of(account), account, lambda: found.append(act(form))
        )
        record_authentication(self.request, account, method="mfa", type="totp", reauthenticated=True)
        return found[0]


class NewRecoveryCodes(GenerateRecoveryCodesView):  # type: ignore[misc]  # allauth has no types
    """Replace the recovery codes; the evidence entry is written in the same transaction."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Store new codes and record that they were replaced."""
        account = cast("Officer", self.request.user)
        found: list[HttpResponse] = []
        act = super().form_valid
        accounts.second_factor_changed(
            current_node(), actors.actor_of(account), account, lambda: found.append(act(form))
        )
        return found[0]


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Remember the language, for the browser and, when signed in, for the account."""
    language = request.POST.get("language", "")
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = reverse("inbox")
    response = HttpResponseRedirect(target)
    if language not in dict(settings.LANGUAGES):
        return response
    if request.user.is_authenticated:
        accounts.choose_language(current_node(), request.user.get_username(), language)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 86400,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response
