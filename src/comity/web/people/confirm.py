"""Administration, and sending a request, ask for the second factor, unless it was given within the last five minutes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.http import HttpResponse
from django.shortcuts import render

from comity.errors import ComityError
from comity.web.access import Visit
from comity.web.accounts.forms import ConfirmForm
from comity.web.refusals import refusal, status_of


def posted(visit: Visit) -> Any:
    """Return what the form of the page sent; None when the page is only opened."""
    return visit.request.POST if visit.request.method == "POST" else None


def confirmation(visit: Visit, *, begun: bool = False) -> ConfirmForm | None:
    """Return the form that asks for the second factor; None when it was given a moment ago.

    Args:
        begun: the page is only opened, whatever was sent to it.
    """
    if did_recently_reauthenticate(visit.request):
        return None
    return ConfirmForm(None if begun else posted(visit), user=visit.officer)


def confirmed(code: ConfirmForm | None) -> bool:
    """Check the second factor, and remember for five minutes that it was given; wrong ones are shown by the form."""
    if code is not None:
        if not code.is_valid():
            return False
        code.save()
    return True


def asked(visit: Visit, template: str, context: dict[str, Any]) -> HttpResponse:
    """Show the form of an act, for the first time or with what is wrong in it.

    A right second factor counts, whatever else is wrong: a code works once, and would have to be waited for.
    """
    if posted(visit) is None:
        return render(visit.request, template, context)
    code = context["code"]
    given = code is not None and code.is_valid()
    shown = {**context, "code": None if given else code}
    return render(visit.request, template, shown, status=HTTPStatus.BAD_REQUEST)


def refused(visit: Visit, template: str, context: dict[str, Any], error: ComityError) -> HttpResponse:
    """Show the form of an act that the service refused; the second factor was given, and is not asked again."""
    shown = {**context, "refusal": refusal(error), "code": None}
    return render(visit.request, template, shown, status=status_of(error))
