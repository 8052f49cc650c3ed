"""Forms of sign-in, with the desk's own labels; what they check is allauth's."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.account.forms import ReauthenticateForm as ReauthenticateByPasswordForm
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm
from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from comity.errors import Refused
from comity.services.people.actors import Officer
from comity.services.people.security_keys import MAX_NAME
from comity.web.accounts import ceremony
from comity.web.refusals import refusal

USED_SECONDS = 120
"""How long a code stays refused after its use; longer than it can be valid."""


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth has no types
    """User name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("User name")
        self.fields["login"].widget = forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "dir": "ltr"}
        )
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""
        self.fields["password"].widget = forms.PasswordInput(
            attrs={"autocomplete": "current-password", "dir": "ltr"}
        )


class PasswordForm(ReauthenticateByPasswordForm):  # type: ignore[misc]  # allauth has no types
    """The password once more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")
        self.fields["password"].widget = forms.PasswordInput(
            attrs={"autocomplete": "current-password", "dir": "ltr"}
        )


def _code_field(form: forms.Form, label: Any) -> None:
    form.fields["code"].label = label
    form.fields["code"].widget = forms.TextInput(
        attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "dir": "ltr", "spellcheck": "false"}
    )


def _once(form: Any, code: str) -> str:
    if not cache.add(f"comity.code.{form.user.pk}.{code.strip()}", "used", timeout=USED_SECONDS):
        raise get_adapter().validation_error("incorrect_code")
    return code


class CodeForm(AuthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The code of the second factor, or a recovery code, at sign-in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code_field(self, _("Code from your authenticator, or a recovery code"))

    def clean_code(self) -> str:
        """Check the code, and that it was not used before."""
        return _once(self, super().clean_code())


def _credential_field(*, required: bool) -> forms.CharField:
    return forms.CharField(
        required=required, max_length=ceremony.MAX_CREDENTIAL, widget=forms.HiddenInput, strip=False
    )


def _by_key(form: forms.Form, account: Officer) -> Any:
    """Verify what a security key signed, under the same count of attempts as codes; return the authenticator.

    What is wrong stands above the form: the field itself is hidden.
    """
    try:
        forget = check_rate_limit(account)
        found = ceremony.asserted(account, form.cleaned_data["credential"])
    except Refused as error:
        return form.add_error(None, refusal(error).sentence)
    except ValidationError as error:
        return form.add_error(None, error)
    forget()
    return found


class KeyForm(AuthenticateWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """A security key, at sign-in."""

    credential = _credential_field(required=True)

    def clean_credential(self) -> Any:
        """Check what the key signed."""
        return _by_key(self, self.user)


class ConfirmForm(ReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The second factor once more, code or security key, before an act that releases or decides something."""

    credential = _credential_field(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code_field(self, _("Code from your authenticator, or a recovery code"))
        if self.data.get(self.add_prefix("credential")):
            self.fields["code"].required = False

    def clean_code(self) -> str:
        """Check the code, and that it was not used before; nothing where a key signs."""
        if not self.fields["code"].required:
            return ""
        return _once(self, super().clean_code())

    def clean_credential(self) -> str:
        """Check what the key signed, if one did."""
        if self.fields["code"].required:
            return ""
        self.authenticator = _by_key(self, self.user)
        return ""

    @cached_property
    def key_options(self) -> str:
        """What the page's script asks a security key for; nothing where the officer has none or it cannot be used."""
        return ceremony.key_options(context.request, self.user)


class NewKeyForm(AddWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """A new security key, with the name by which its owner tells it from others."""

    credential = _credential_field(required=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.counter = 0
        self.fields["name"] = forms.CharField(
            label=_("Name of the key"),
            help_text=_("By which you tell it from others: its colour, or where you keep it."),
            max_length=MAX_NAME,
            widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
        )

    def clean_name(self) -> str:
        """Return the name as it was typed."""
        return str(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        """Check what the key signed, once the name is right: a challenge is answered once."""
        given: dict[str, Any] = self.cleaned_data
        if not self.errors:
            given["credential"], self.counter = ceremony.registered(given["credential"])
        return given


class EnrolFactorForm(ActivateTOTPForm):  # type: ignore[misc]  # allauth has no types
    """The first code of a new authenticator."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code_field(self, _("Code that your authenticator shows"))
