"""A handling is one value: one meaning has one form, and what comes of two is at least as narrow as each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from comity.core.codes.handling import Handling, HandlingCode, SubCode, Tlp, read_handling


class Strict(BaseModel):
    """A document as those of the wire."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    handling: Handling


@st.composite
def handlings(draw: st.DrawFn) -> Handling:
    """Any handling."""
    code = draw(st.sampled_from(HandlingCode))
    least = 1 if code is HandlingCode.H3 else 0
    subs = draw(st.sets(st.sampled_from(SubCode), min_size=least)) if least else set()
    return Handling.of(code, subs, draw(st.none() | st.sampled_from(Tlp)))


@given(handlings())
def test_it_is_read_as_it_was_written(one: Handling) -> None:
    assert Handling(one.value) == one
    assert Handling.of(one.code, one.sub_codes, one.tlp) == one
    again = Strict.model_validate_json(Strict(handling=one).model_dump_json())
    assert again.handling == one
    assert type(again.handling) is Handling
    assert type(Strict(handling=one).model_dump(mode="json")["handling"]) is str


@given(handlings(), handlings(), handlings())
def test_the_narrower_of_two_is_within_both(one: Handling, two: Handling, three: Handling) -> None:
    both = one.narrowed(two)
    assert both.is_within(one)
    assert both.is_within(two)
    assert both == two.narrowed(one)
    assert both.narrowed(three) == one.narrowed(two.narrowed(three))
    assert one.narrowed(one) == one


@given(handlings(), handlings())
def test_nothing_that_one_restricts_is_open_in_the_narrower(one: Handling, two: Handling) -> None:
    both = one.narrowed(two)
    assert both.kept_from_courts >= max(one.kept_from_courts, two.kept_from_courts)
    assert both.for_named_officers == (one.for_named_officers or two.for_named_officers)
    assert both.sub_codes == one.sub_codes | two.sub_codes
    assert one.is_within(two) == (one == both)


@given(st.text(max_size=40))
def test_any_text_is_a_handling_in_its_one_form_or_none(text: str) -> None:
    found = read_handling(text)
    assert found is None or Handling.of(found.code, found.sub_codes, found.tlp) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "H3",
        "H3/",
        "H3 TLP:RED",
        "H0/no-court",
        "H2/case-only",
        "H3/no-court+case-only",
        "H3/no-court+no-court",
        "H3/other",
        "H4",
        "h1",
        "H1 ",
        "H1 TLP:",
        "H1 TLP:WHITE",
        "H1 TLP:red",
        "H1 TLP:RED+STRICT",
        "H1 TLP:AMBER+STRICT+STRICT",
        "H1  TLP:RED",
        "H1\n",
        "TLP:RED",
    ],
)
def test_what_is_no_handling(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Handling(text)
    with pytest.raises(ValidationError):
        Strict.model_validate({"handling": text})
    assert read_handling(text) is None


def test_no_other_value_is_one() -> None:
    for value in (None, 1, ["H1"], {"code": "H1"}):
        assert read_handling(value) is None
        with pytest.raises(ValidationError):
            Strict.model_validate({"handling": value})


def test_the_colour_counts_where_it_is_narrower() -> None:
    """Neither scale is read into the other: of each question the narrower answer counts."""
    assert not Handling("H0").kept_from_courts
    assert not Handling("H0 TLP:CLEAR").kept_from_courts
    assert Handling("H0 TLP:GREEN").kept_from_courts
    assert Handling("H1 TLP:CLEAR").kept_from_courts
    assert Handling("H0 TLP:RED").for_named_officers
    assert Handling("H3/named-officers TLP:CLEAR").for_named_officers
    assert not Handling("H3/no-court TLP:AMBER+STRICT").for_named_officers
    assert Handling("H2 TLP:RED").to_acknowledge
    assert not Handling("H2 TLP:AMBER").to_acknowledge
