"""What the desk changes of allauth: no sign-up, no e-mail, sealed secrets, our own words."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from comity.services.people import factor
from comity.services.people.accounts import has_second_factor, signed_in
from comity.services.people.actors import Officer
from comity.services.serving import current_node

SIGN_IN_FAILED = _("The user name or the password is not correct.")
TOO_MANY_ATTEMPTS = _("Too many attempts. Wait five minutes, then try again.")
WRONG_KEY = _(
    "This security key could not be confirmed. Try again, with a key that you registered at this desk."
)
WRONG_CODE = _("This code is not correct, or it was already used. Wait for the next one.")


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Accounts are enrolled by an administrator; nobody signs up."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": SIGN_IN_FAILED,
        "invalid_login": SIGN_IN_FAILED,
        "too_many_login_attempts": TOO_MANY_ATTEMPTS,
        "rate_limited": TOO_MANY_ATTEMPTS,
        "incorrect_code": WRONG_CODE,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Answer no."""
        return False

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Ask again before every change of security, except while the first second factor is being set up."""
        account = cast("Officer", context.request.user)
        return has_second_factor(current_node(), account)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Confirm by the second factor, code or key, whoever has one; a password alone only before it is set up."""
        if not user.is_authenticated:
            return []
        name = "mfa_reauthenticate" if has_second_factor(current_node(), user) else "account_reauthenticate"
        return [{"id": name, "description": "", "url": reverse(name)}]

    def pre_login(self, request: HttpRequest, user: Officer, **kwargs: Any) -> HttpResponse | None:
        """Send closed accounts, and demonstration accounts outside a demonstration, to the page that says so."""
        if user.demo and not current_node().config.demo:
            return HttpResponseRedirect(reverse("account_inactive"))
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def login(self, request: HttpRequest, user: Officer) -> None:
        """Open the session, with its evidence."""
        signed_in(current_node(), user, lambda: super(AccountAdapter, self).login(request, user))

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: each page of the desk says itself what happened."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing: the node knows no e-mail address."""


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Second factors are sealed with the node's field key and cannot be dropped by their owner."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": WRONG_CODE,
        "incorrect_key": WRONG_KEY,
    }

    def encrypt(self, text: str) -> str:
        """Seal a secret for the database."""
        return factor.seal_secret(current_node(), text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a sealed secret."""
        return factor.open_secret(current_node(), encrypted_text)

    def get_totp_issuer(self) -> str:
        """Name the node in the authenticator application."""
        return f"Comity {current_node().service}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Bind security keys to the host of the configuration, whatever host a request names."""
        node = current_node()
        return {"id": node.config.relying_party or "", "name": self.get_totp_issuer()}

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002 - allauth's name for it
        """Propose no name for a new security key."""
        return ""

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """Answer no: an administrator resets a second factor."""
        return False

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing: the node knows no e-mail address."""
