"""What the bodies of several operations are made of."""

from __future__ import annotations

from typing import Annotated

from ninja import Schema
from pydantic import ConfigDict, Field

from comity.core.cases.messages import MAX_LINE, MAX_TEXT
from comity.core.codes.languages import LanguageTag
from comity.core.texts import PlainLine, PlainText

Line = Annotated[PlainLine, Field(min_length=1, max_length=MAX_LINE)]
Text = Annotated[PlainText, Field(min_length=1, max_length=MAX_TEXT)]
Partner = Annotated[str, Field(description="Service identifier or country code.", max_length=64)]
Agreement = Annotated[str, Field(description="Code, or the beginning of the hash.", max_length=64)]


Language = Annotated[
    LanguageTag, Field(description="Of the words, as a BCP 47 tag; und: not stated.", max_length=16)
]


class Body(Schema):
    """The body of a call: a field that the operation does not know is refused."""

    model_config = ConfigDict(extra="forbid")
