"""Texts that cross the border hold no control characters: neither a terminal nor a database is given orders."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from comity.core.agreement.model import Text as AgreementText
from comity.core.agreement.profile import Said
from comity.core.cases.delay import Reason
from comity.core.cases.messages import Line, Text
from comity.core.faults import read_faults
from comity.core.plan import followup
from comity.core.texts import typed
from comity.errors import InputError

KINDS = (Line, Text, Reason, AgreementText, Said, followup.Line, followup.Text)
UNSEEN = ["a\x1b[2J", "a\0b", "\x9b2J", "a\x08b", "a\x7fb", "a\u202egnol", "a\u2067b", "a\ud800b"]


@pytest.mark.parametrize("text", UNSEEN)
@pytest.mark.parametrize("kind", KINDS)
def test_refused(text: str, kind: object) -> None:
    with pytest.raises(ValidationError) as told:
        TypeAdapter(kind).validate_python(text)
    [fault] = told.value.errors()
    if "\ud800" not in text:
        assert "without control characters" in read_faults([{**fault, "loc": ("x",)}]).wrong["x"]


@pytest.mark.parametrize("text", UNSEEN)
def test_refused_where_it_is_typed(text: str) -> None:
    with pytest.raises(InputError, match=r"case\.text") as told:
        typed(text, "case.text", most=10)
    assert told.value.facts == {"reason": "without control characters"}


@pytest.mark.parametrize("text", ["", "  ", "x" * 11])
def test_the_length_is_told(text: str) -> None:
    with pytest.raises(InputError, match=r"case\.text") as told:
        typed(text, "case.text", most=10)
    assert told.value.facts == {"least": 1, "limit": 10}


@pytest.mark.parametrize("text", ["first\nsecond", "a\tb", "first\r\nsecond", "الاسم \u200fx"])
def test_line_ends_and_tabs_stand_in_texts_only(text: str) -> None:
    assert TypeAdapter(Text).validate_python(text) == text
    if "\n" in text or "\t" in text:
        with pytest.raises(ValidationError):
            TypeAdapter(Line).validate_python(text)
