"""Re-authentication at the act: the code of the second factor, typed on the page that releases or refuses.

Whoever sits at the desk could try passwords of the second approver: attempts are counted, for the one who asks and for
the one who is named.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from comity.errors import Refused
from comity.services.people.actors import Officer
from comity.web.access import Visit
from comity.web.accounts.forms import ConfirmForm

_LTR = {"dir": "ltr", "autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}


def own_code(visit: Visit, posted: Any = None) -> ConfirmForm:
    """Return the form that asks the acting officer for the code."""
    return ConfirmForm(posted, user=visit.officer)


MAX_ATTEMPTS = 5
ATTEMPT_SECONDS = 300
"""So many failed confirmations of a second approver are allowed in so many seconds."""


class Attempts:
    """Counts confirmations of a second approver that failed, by the officer who asks and by the user name given.

    Args:
        asking: key of the officer who is signed in.
        named: user name that was typed.
    """

    def __init__(self, asking: Any, named: str) -> None:
        words = (f"asking:{asking}", f"named:{named.strip().casefold()}")
        self._keys = [f"comity.second.{hashlib.sha256(each.encode()).hexdigest()}" for each in words]

    def begin(self) -> None:
        """Count one more attempt, before the password is looked at.

        Raises:
            Refused: ``case.second-attempts``.
        """
        if max([_count(key) for key in self._keys]) > MAX_ATTEMPTS:
            raise Refused("case.second-attempts")

    def succeed(self) -> None:
        """Forget the failed attempts."""
        cache.delete_many(self._keys)


def _count(key: str) -> int:
    if cache.add(key, 1, timeout=ATTEMPT_SECONDS):
        return 1
    try:
        return cache.incr(key)
    except ValueError:  # it ended between the two
        cache.set(key, 1, timeout=ATTEMPT_SECONDS)
        return 1


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
        """Check who the second person is; a wrong name, password or code reads alike.

        Raises:
            Refused: ``case.second-attempts``.
        """
        given = super().clean() or {}
        name, password = given.get("second_name"), given.get("second_password")
        if not name or not password:
            raise ValidationError(_("The second approver could not be confirmed."))
        attempts = Attempts(self._request.user.pk, name)
        attempts.begin()
        found = authenticate(self._request, username=name, password=password)
        code = ConfirmForm({"code": given.get("second_code", "")}, user=found) if found is not None else None
        if not isinstance(found, Officer) or code is None or not code.is_valid():
            raise ValidationError(_("The second approver could not be confirmed."))
        attempts.succeed()
        self.second = found
        return given
