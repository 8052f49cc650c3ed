"""An officer's own password: replaced at the first sign-in, and whenever its owner wants to."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from comity.errors import ComityError
from comity.services.people import accounts
from comity.services.people.actors import Officer, actor_of
from comity.services.serving import current_node
from comity.web.refusals import refusal, status_of

_NEW = {"autocomplete": "new-password", "dir": "ltr"}


class PasswordsForm(forms.Form):
    """The new password, twice."""

    password = forms.CharField(
        label=_("New password"),
        help_text=_("At least 12 letters or signs; several words are easy to keep in mind."),
        strip=False,
        widget=forms.PasswordInput(attrs=_NEW),
    )
    again = forms.CharField(
        label=_("New password once more"), strip=False, widget=forms.PasswordInput(attrs=_NEW)
    )

    def __init__(self, account: Officer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._account = account

    def clean(self) -> dict[str, Any]:
        """Check that both are one, and new."""
        given = super().clean() or {}
        password, again = given.get("password"), given.get("again")
        if password and again and password != again:
            self.add_error("again", _("The two passwords differ."))
        if password and self._account.check_password(password):
            self.add_error("password", _("This is the present password. Choose another."))
        return given


@require_http_methods(["GET", "POST"])
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]  # allauth has no types
def change_password(request: HttpRequest) -> HttpResponse:
    """Replace the own password; every other session of the account ends."""
    account = cast("Officer", request.user)
    form = PasswordsForm(account, request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "given": account.password_given}
    if not form.is_valid():
        return render(request, "account/password.html", context, status=400 if form.is_bound else 200)
    try:
        accounts.change_password(
            current_node(), actor_of(account), account.username, form.cleaned_data["password"]
        )
    except ComityError as error:
        context["refusal"] = refusal(error)
        return render(request, "account/password.html", context, status=status_of(error))
    account.refresh_from_db()
    update_session_auth_hash(request, account)
    return HttpResponseRedirect(reverse("mfa_index"))
