"""The language of a text, and the direction in which it is written: one tag for the words of a message.

Implements docs/protocol/cases.md §19. Source: BCP 47 (RFC 5646) for tags, of which language, script and region are taken;
ISO 639-2 for ``und`` (nobody says) and ``mul`` (several); Unicode CLDR for the scripts that are written from right to left.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from comity.core.faults import named
from comity.errors import InputError

UNKNOWN = "und"
"""Tag of a text whose language nobody says."""

SEVERAL = "mul"
"""Tag of words in more than one language."""

OFFERED = ("ar", "en", "fr", "nl", "zgh", SEVERAL, UNKNOWN)
"""Tags that an interface offers; any other of the form may come."""

_TAG = re.compile(r"([a-z]{2,3})(?:-([A-Z][a-z]{3}))?(?:-(?:[A-Z]{2}|[0-9]{3}))?")
_RTL_SCRIPTS = frozenset(
    {"Adlm", "Arab", "Aran", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa", "Yezi"}
)
_RTL = frozenset(
    {"ar", "arc", "ary", "arz", "azb", "bal", "ckb", "dv", "fa", "he", "ks", "lrc", "mzn", "nqo", "pnb"}
    | {"prs", "ps", "sd", "syr", "ug", "ur", "yi"}
)


class Direction(StrEnum):
    """How a text runs: as the ``dir`` attribute of HTML has it."""

    LTR = "ltr"
    RTL = "rtl"
    AUTO = "auto"


def language_tag(text: str) -> str:
    """Check and return a tag in its one form: language in lower case, script with a capital, region in capitals.

    Raises:
        ValueError: another form.
    """
    if not _TAG.fullmatch(text):
        raise ValueError("no language tag")
    return text


def typed_language(text: str) -> str:
    """Return the tag that somebody of our own gave.

    Raises:
        InputError: ``case.language``.
    """
    try:
        return language_tag(text)
    except ValueError:
        raise InputError("case.language", allowed=named(OFFERED)) from None


def _read(text: str) -> str:
    try:
        return language_tag(text)
    except ValueError:
        raise PydanticCustomError("language_tag", "a language tag: fr, nl, ar-MA, und") from None


LanguageTag = Annotated[str, AfterValidator(_read)]
"""``fr``, ``ar-MA``, ``zgh-Latn``, ``und``."""


def direction_of(tag: str) -> Direction:
    """Return the direction of a language's usual script, or of the script that the tag names; by its letters if unknown."""
    found = _TAG.fullmatch(tag)
    if found is None or (tag.split("-")[0] in (UNKNOWN, SEVERAL) and found[2] is None):
        return Direction.AUTO
    if found[2] is not None:
        return Direction.RTL if found[2] in _RTL_SCRIPTS else Direction.LTR
    return Direction.RTL if found[1] in _RTL else Direction.LTR
