"""The words for checks and for what became of them, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from comity.core.cases.hit.check import Course
from comity.core.codes.checks import Check

CHECKS: dict[str, Promise | str] = {
    Check.DISCREET: _("discreet check: note what is seen; the person must not learn of it"),
    Check.INQUIRY: _("inquiry check: question the person"),
    Check.SPECIFIC: _("specific check: question and search the person"),
}
SHORT: dict[str, Promise | str] = {
    Check.DISCREET: _("discreet check"),
    Check.INQUIRY: _("inquiry check"),
    Check.SPECIFIC: _("specific check"),
}
COURSES: dict[str, Promise | str] = {
    Course.AS_ASKED: _("made as asked"),
    Course.LOWERED: _("lowered: the law of the place knows no more"),
    Course.NOT_MADE: _("not made"),
    Course.LESS: _("less than the law of the place allows"),
    Course.MORE: _("more than was asked, or than the law of the place allows"),
    Course.KNOWN: _("the person learned of a discreet check"),
}
NAMED: dict[str, Mapping[Any, Promise | str]] = {"check": CHECKS, "check-short": SHORT, "course": COURSES}
"""Tables by the name that templates use."""
