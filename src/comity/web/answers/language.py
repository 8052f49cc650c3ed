"""The language in which an officer writes: one field beside the texts of a form, the page's own language chosen at first.

docs/protocol/cases.md §19.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from comity.core.codes.languages import OFFERED, SEVERAL, UNKNOWN

_WORDS: dict[str, Any] = {
    **dict(settings.LANGUAGES),
    "zgh": _("Tamazight"),
    SEVERAL: _("several languages"),
    UNKNOWN: _("not stated"),
}


def page_language() -> str:
    """Return the tag of the page's own language."""
    tag = (get_language() or UNKNOWN)[:2]
    return tag if tag in OFFERED else UNKNOWN


def languages() -> list[tuple[str, Any]]:
    """Return the tags that are offered, with their names in the language of the page."""
    return [(tag, _WORDS[tag]) for tag in OFFERED]


def language_field() -> forms.ChoiceField:
    """Return the field; left out, the language is not stated."""
    return forms.ChoiceField(
        label=_("Language of the text"), choices=languages, initial=page_language, required=False
    )


def language_of(given: Mapping[str, Any]) -> str:
    """Return the tag that a form or a call gave; unknown where it gave none."""
    return str(given.get("language") or UNKNOWN)


def language_words(tag: str) -> Any:
    """Return the name of a language; a tag that is not offered as it is."""
    return _WORDS.get(tag, tag)
