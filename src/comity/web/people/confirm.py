"""Administration asks for the second factor, unless the administrator gave it within the last five minutes."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate

from comity.web.access import Visit
from comity.web.accounts.forms import ConfirmForm


def confirmation(visit: Visit, posted: Any = None) -> ConfirmForm | None:
    """Return the form that asks for the second factor; None when it was given a moment ago."""
    return None if did_recently_reauthenticate(visit.request) else ConfirmForm(posted, user=visit.officer)


def confirmed(code: ConfirmForm | None) -> bool:
    """Check the second factor, and remember for five minutes that it was given; wrong ones are shown by the form."""
    if code is not None:
        if not code.is_valid():
            return False
        code.save()
    return True
