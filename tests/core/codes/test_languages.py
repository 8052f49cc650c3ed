"""Language tags in one form, and the direction that follows from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.cases import consent, delay, information, messages, protection, thread
from comity.core.cases.hit import report
from comity.core.codes.languages import OFFERED, Direction, direction_of, language_tag, typed_language
from comity.core.rights import messages as rights
from comity.errors import InputError


@pytest.mark.parametrize(
    ("tag", "direction"),
    [
        ("fr", Direction.LTR),
        ("nl-BE", Direction.LTR),
        ("ar", Direction.RTL),
        ("ar-MA", Direction.RTL),
        ("ar-Latn", Direction.LTR),
        ("zgh", Direction.LTR),
        ("zgh-Arab-MA", Direction.RTL),
        ("es-419", Direction.LTR),
        ("he", Direction.RTL),
        ("und", Direction.AUTO),
        ("mul", Direction.AUTO),
        ("und-Arab", Direction.RTL),
        ("", Direction.AUTO),
        ('"><script>', Direction.AUTO),
    ],
)
def test_the_direction_of_a_tag(tag: str, direction: Direction) -> None:
    assert direction_of(tag) is direction


@pytest.mark.parametrize(
    "tag", ["", "FR", "french", "fr_BE", "fr-be", "ar-arab", "x-private", "fr\n", "en-US-x-a"]
)
def test_what_is_no_tag(tag: str) -> None:
    with pytest.raises(ValueError, match=r"tag"):
        language_tag(tag)
    with pytest.raises(InputError, match=r"case\.language"):
        typed_language(tag)


@given(st.text(max_size=12))
def test_any_text_has_a_direction_and_a_tag_comes_back(text: str) -> None:
    assert direction_of(text) in Direction
    try:
        assert language_tag(text) == text
    except ValueError:
        assert text not in OFFERED


TEXTUAL = {"Text", "Line", "Reason", "Words"}
WORDLESS = {"IdentificationBody"}
"""Bodies whose lines are references and codes: the requester's own number of its case."""


def test_every_body_with_words_says_in_which_language() -> None:
    """Found in the sources: whoever adds a body with a text is reminded."""
    lacking = []
    for module in (messages, information, thread, consent, delay, report, protection, rights):
        for name, model in vars(module).items():
            fields = getattr(model, "model_fields", {})
            written = [
                each
                for each, words in getattr(model, "__annotations__", {}).items()
                if any(kind in str(words).replace("|", " ").split() for kind in TEXTUAL)
            ]
            if written and name.endswith("Body") and name not in WORDLESS and "language" not in fields:
                lacking.append(name)
    assert lacking == []
