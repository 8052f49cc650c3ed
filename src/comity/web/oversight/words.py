"""The words for what stands out in searches, and for how it was settled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = Promise | str

SIGNS: dict[str, Words] = {
    "volume": _("many more searches than usual in a day"),
    "one-name": _("many persons of one name"),
    "one-family": _("many names of one family"),
    "one-birthday": _("many names with one date of birth"),
    "ascending-dates": _("dates of birth one after the other"),
    "one-document": _("many neighbouring document numbers"),
    "unjustified": _("searches whose justification says too little"),
    "no-case": _("searches without a case"),
    "protected-profession": _("a person with a protected profession"),
    "profession-at-odds": _("a person with a protected profession, not searched for in its own right"),
    "emergency": _("a request sent without a second person, in an emergency"),
    "few-followed": _("few of many hits were followed up"),
    "several-accounts": _("variants of one person, spread over several accounts"),
}
OUTCOMES: dict[str, Words] = {
    "lawful": _("lawful"),
    "reminded": _("the officer was reminded of the rules"),
    "reported": _("reported to the authority"),
}

NAMED: dict[str, Mapping[Any, Words]] = {"sign": SIGNS, "outcome": OUTCOMES}
