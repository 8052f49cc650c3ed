"""Re-authentication at the act: the code of the second factor, typed on the page that releases or refuses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from comity.services.people.actors import Officer
from comity.web.access import Visit
from comity.web.accounts.forms import ConfirmForm

_LTR = {"dir": "ltr", "autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}


def own_code(visit: Visit, posted: Any = None) -> ConfirmForm:
    """Return the form that asks the acting officer for the code."""
    return ConfirmForm(posted, user=visit.officer)


class SecondPersonForm(forms.Form):
    """Another approver at the same desk: user name, password and code (LED Art. 10)."""

    second_name = forms.CharField(
        label=_("User name of the second approver"), widget=forms.TextInput(attrs=_LTR)
    )
    second_password = forms.CharField(
        label=_("Password of the second approver"), widget=forms.PasswordInput(attrs=_LTR)
    )
    second_code = forms.CharField(label=_("Code of the second approver"), widget=forms.TextInput(attrs=_LTR))

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request
        self.second: Officer | None = None

    def clean(self) -> dict[str, Any]:
        """Check who the second person is; a wrong name, password or code reads alike."""
        given = super().clean() or {}
        name, password = given.get("second_name"), given.get("second_password")
        found = authenticate(self._request, username=name, password=password) if name and password else None
        code = ConfirmForm({"code": given.get("second_code", "")}, user=found) if found is not None else None
        if not isinstance(found, Officer) or code is None or not code.is_valid():
            raise ValidationError(_("The second approver could not be confirmed."))
        self.second = found
        return given
