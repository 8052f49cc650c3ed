"""Officers: listed, enrolled, given roles, closed and opened, their second factor reset."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from comity.errors import ComityError, Refused
from comity.services.context import Actor, Node
from comity.services.people import accounts
from comity.services.people.accounts import AccountView, Enrolment
from comity.web.access import ADMINISTRATORS, Visit, page
from comity.web.people.confirm import confirmation, confirmed
from comity.web.people.forms import OfficerForm, RolesForm, role_words
from comity.web.refusals import STATUS, refusal


@page(*ADMINISTRATORS)
def people(visit: Visit) -> HttpResponse:
    """List the officers."""
    listed = [(each, [role_words(role) for role in each.roles]) for each in accounts.listed(visit.node)]
    return render(visit.request, "people/list.html", {"listed": listed})


@page(*ADMINISTRATORS)
def officer(visit: Visit, name: str) -> HttpResponse:
    """Show one account and what can be done with it."""
    shown = accounts.shown(visit.node, name)
    context = {
        "shown": shown,
        "own": name == visit.actor.name,
        "roles": [role_words(role) for role in shown.roles],
    }
    return render(visit.request, "people/one.html", context)


@page(*ADMINISTRATORS, methods=("GET", "POST"))
def enrol(visit: Visit) -> HttpResponse:
    """Enrol an officer; the first password is shown once and replaced at the first sign-in."""
    posted = _posted(visit)
    form, code = OfficerForm(visit.node, posted), confirmation(visit, posted)
    context: dict[str, Any] = {"form": form, "code": code}
    if posted is None or not form.is_valid() or not confirmed(code):
        return _asked(visit, "people/new.html", context)
    given = form.cleaned_data
    password = accounts.first_password(visit.node)
    try:
        roles = accounts.parse_roles(visit.node, given["roles"])
        enrolment = Enrolment(given["name"], password, roles, given["language"])
        accounts.enrol(visit.node, visit.actor, enrolment)
    except ComityError as error:
        return _refused(visit, "people/new.html", context, error)
    return render(visit.request, "people/enrolled.html", {"name": given["name"], "password": password})


@page(*ADMINISTRATORS, methods=("GET", "POST"))
def roles(visit: Visit, name: str) -> HttpResponse:
    """Give an officer exactly the roles that are ticked."""
    shown = _of_another(visit, name)
    posted = _posted(visit)
    form = RolesForm(visit.node, posted, initial={"roles": shown.roles})
    code = confirmation(visit, posted)
    context: dict[str, Any] = {"form": form, "code": code, "shown": shown}
    if posted is None or not form.is_valid() or not confirmed(code):
        return _asked(visit, "people/roles.html", context)
    try:
        chosen = accounts.parse_roles(visit.node, form.cleaned_data["roles"])
        accounts.give_roles(visit.node, visit.actor, name, chosen)
    except ComityError as error:
        return _refused(visit, "people/roles.html", context, error)
    return HttpResponseRedirect(reverse("person", args=[name]))


@page(*ADMINISTRATORS, methods=("GET", "POST"))
def access(visit: Visit, name: str) -> HttpResponse:
    """Close an account that is open, open one that is closed; which of the two was asked for comes with the answer."""
    shown = accounts.shown(visit.node, name)
    closing = visit.request.POST.get("act", "close" if shown.active else "open") == "close"
    return _sure(visit, shown, accounts.disable if closing else accounts.enable, CLOSE if closing else OPEN)


@page(*ADMINISTRATORS, methods=("GET", "POST"))
def second_factor(visit: Visit, name: str) -> HttpResponse:
    """Delete an officer's authenticator, security keys and recovery codes."""
    return _sure(visit, _of_another(visit, name), accounts.reset_second_factor, RESET)


Words = dict[str, str | Promise]
CLOSE: Words = {
    "act": "close",
    "title": _("Close the account?"),
    "effect": _("Open sessions end at their next page. Nothing is deleted."),
    "button": _("Close the account"),
}
OPEN: Words = {
    "act": "open",
    "title": _("Open the account again?"),
    "effect": _("The officer signs in with the present password, second factor and roles."),
    "button": _("Open the account"),
}
RESET: Words = {
    "act": "reset",
    "title": _("Reset the second factor?"),
    "effect": _(
        "Authenticator, security keys and recovery codes are deleted, and open sessions end. Whoever knows the password"
        " sets up a new second factor: make sure that it is the officer who asks."
    ),
    "button": _("Reset the second factor"),
}


def _sure(
    visit: Visit, shown: AccountView, act: Callable[[Node, Actor, str], None], words: Words
) -> HttpResponse:
    posted = _posted(visit)
    code = confirmation(visit, posted)
    context: dict[str, Any] = {"shown": shown, "code": code, "words": words}
    if posted is None or not confirmed(code):
        return _asked(visit, "people/sure.html", context)
    try:
        act(visit.node, visit.actor, shown.name)
    except ComityError as error:
        return _refused(visit, "people/sure.html", context, error)
    return HttpResponseRedirect(reverse("person", args=[shown.name]))


def _of_another(visit: Visit, name: str) -> AccountView:
    """Return the account, unless it is the administrator's own: the service refuses it, and the page asks no code.

    Raises:
        Refused: ``officer.self``.
        InputError: ``officer.unknown``.
    """
    if name == visit.actor.name:
        raise Refused("officer.self")
    return accounts.shown(visit.node, name)


def _posted(visit: Visit) -> Any:
    return visit.request.POST if visit.request.method == "POST" else None


def _asked(visit: Visit, template: str, context: dict[str, Any]) -> HttpResponse:
    status = 400 if visit.request.method == "POST" else 200
    return render(visit.request, template, context, status=status)


def _refused(visit: Visit, template: str, context: dict[str, Any], error: ComityError) -> HttpResponse:
    context |= {"refusal": refusal(error), "code": confirmation(visit)}
    return render(visit.request, template, context, status=STATUS[error.fault])
