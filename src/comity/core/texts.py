"""What people write to each other: one rule for every text that crosses the border or is read on a screen.

Three things in a text deceive or break: control characters, which give a terminal orders; the signs that embed, override
or isolate a direction (Unicode Standard Annex #9, §2), which show one order of words and store another; halves of
surrogate pairs, which no encoding writes. Letters of every script are welcome, and so are the marks U+200E, U+200F and
U+061C, which Arabic needs between digits and signs.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from comity.errors import InputError

UNSEEN = "unseen_characters"
"""Kind of the fault; its words hold the rule and never the value."""
RULE = "without control characters"

_NOWHERE = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_IN_A_LINE = re.compile(f"[{_NOWHERE}\t\n\r\u2028\u2029]")
_IN_A_TEXT = re.compile(f"[{_NOWHERE}]")


def is_plain(text: str, *, line: bool = False) -> bool:
    """Whether a text holds nothing that is not seen, but for line ends and tabs; a line holds none of these either."""
    return (_IN_A_LINE if line else _IN_A_TEXT).search(text) is None


def typed(text: str, code: str, *, most: int, least: int = 1, line: bool = False) -> str:
    """Return what somebody has typed, without blanks at its ends.

    Args:
        code: of the error. least, most: number of characters. line: it is one line.

    Raises:
        InputError: `code`, with the limit, or with the rule where the length is right.
    """
    plain = text.strip()
    if not least <= len(plain) <= most:
        raise InputError(code, least=least, limit=most)
    if not is_plain(plain, line=line):
        raise InputError(code, reason=f"one line, {RULE}" if line else RULE)
    return plain


def _line(text: str) -> str:
    if not is_plain(text, line=True):
        raise PydanticCustomError(UNSEEN, "one line, without control characters")
    return text


def _text(text: str) -> str:
    if not is_plain(text):
        raise PydanticCustomError(UNSEEN, "without control characters")
    return text


PlainLine = Annotated[str, AfterValidator(_line)]
"""One line; whoever uses it says how long."""
PlainText = Annotated[str, AfterValidator(_text)]
"""Several lines; whoever uses it says how long."""
