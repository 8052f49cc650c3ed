"""Texts that cross the border hold no control characters: neither a terminal nor a database is given orders."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from comity.core.cases.messages import Line, Text


@pytest.mark.parametrize("text", ["a\x1b[2J", "a\0b", "\x9b2J", "a\x08b", "a\x7fb"])
def test_refused(text: str) -> None:
    for kind in (Line, Text):
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(text)


@pytest.mark.parametrize("text", ["first\nsecond", "a\tb", "first\r\nsecond", "الاسم \u200fx"])
def test_line_ends_and_tabs_stand_in_texts_only(text: str) -> None:
    assert TypeAdapter(Text).validate_python(text) == text
    if "\n" in text or "\t" in text:
        with pytest.raises(ValidationError):
            TypeAdapter(Line).validate_python(text)
