"""An officer's own security keys: add one, remove one."""

from __future__ import annotations

import json
from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.recovery_codes.internal.flows import auto_generate_recovery_codes
from allauth.mfa.webauthn.views import AddWebAuthnView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from comity.errors import ComityError, InputError
from comity.services.people import security_keys
from comity.services.people.actors import Officer, actor_of
from comity.services.serving import current_node
from comity.web import refusals
from comity.web.accounts import ceremony


class AddKey(AddWebAuthnView):  # type: ignore[misc]  # allauth has no types
    """Register a security key; the evidence entry is written in the same transaction."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refuse at an address at which no browser lets a key be used."""
        try:
            ceremony.require_here(request)
            answer: HttpResponse = super().dispatch(request, *args, **kwargs)
        except ComityError as error:
            return refusals.page(request, error)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add what the page's script asks the key for."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "key_options": json.dumps(context["js_data"]["creation_options"])}

    def form_valid(self, form: Any) -> HttpResponse:
        """Store the key and record that it was added."""
        account = cast("Officer", self.request.user)
        given = form.cleaned_data
        made: list[Any] = []
        security_keys.add_key(
            current_node(),
            actor_of(account),
            account,
            security_keys.NewKey(given["name"], given["credential"], form.counter),
            lambda: made.append(auto_generate_recovery_codes(self.request)),
        )
        record_authentication(self.request, account, method="mfa", type="webauthn", reauthenticated=True)
        return HttpResponseRedirect(reverse("mfa_view_recovery_codes" if any(made) else "mfa_index"))


@require_http_methods(["GET", "POST"])
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]  # allauth has no types
def remove_key(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether to remove a security key, and remove it."""
    node, account = current_node(), cast("Officer", request.user)
    try:
        if request.method == "POST":
            security_keys.remove_key(node, actor_of(account), account, pk)
            return HttpResponseRedirect(reverse("mfa_index"))
        found = next((key for key in security_keys.own_keys(node, account) if key.number == pk), None)
        if found is None:
            raise InputError("officer.key-unknown")
    except ComityError as error:
        return refusals.page(request, error)
    return render(request, "mfa/webauthn/remove.html", {"key": found})
