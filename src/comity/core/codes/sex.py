"""Sex as registered, and the words in which files and officers write it."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Sex(StrEnum):
    """Sex as registered; where it is not known there is none."""

    FEMALE = "F"
    MALE = "M"
    OTHER = "X"


_WORDS: Final = {
    **dict.fromkeys(("m", "male", "man", "homme", "h", "ذكر"), Sex.MALE),
    **dict.fromkeys(("f", "v", "female", "vrouw", "femme", "انثى", "أنثى"), Sex.FEMALE),
    **dict.fromkeys(("x", "other"), Sex.OTHER),
}


def read_sex(text: str) -> Sex | None:
    """Return the sex that a letter or a word in English, French, Dutch or Arabic says; None for any other text."""
    return _WORDS.get(text.strip().casefold())
