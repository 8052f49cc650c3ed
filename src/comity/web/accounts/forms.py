"""Forms of sign-in, with the desk's own labels; what they check is allauth's."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.account.forms import ReauthenticateForm as ReauthenticateByPasswordForm
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

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


class ConfirmForm(ReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The code once more, before an act that releases or decides something."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code_field(self, _("Code from your authenticator, or a recovery code"))

    def clean_code(self) -> str:
        """Check the code, and that it was not used before."""
        return _once(self, super().clean_code())


class EnrolFactorForm(ActivateTOTPForm):  # type: ignore[misc]  # allauth has no types
    """The first code of a new authenticator."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code_field(self, _("Code that your authenticator shows"))
