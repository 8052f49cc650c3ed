"""The page of confusions says what the software answers, wrong answers included; twins, fathers and namesakes in records."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from comity.core.match.names.compare import score_pairs
from comity.core.match.records.linking import PersonRecord, link

PAGE = Path(__file__).parents[3] / "docs" / "confusions.md"
ROW = re.compile(r"\| (.+?) \| (.+?) \| (.+?) \| (together|apart)(, wrongly)? \|")
TOGETHER = {"one name", "perhaps one person"}

PERSON = PersonRecord("person", "Rachid", "El Amrani", "1981-04-12", "Nador", "M", "MA")
ASKED = PersonRecord("asked", "رشيد", "العمراني", "1981-04-12", "الناظور", "M", "MA")
OTHERS = {
    "the twin": replace(PERSON, id="other", given="Samira", sex="F"),
    "the twin of the same sex": replace(PERSON, id="other", given="Mounir"),
    "the father": replace(PERSON, id="other", dob="1952-07-01"),
    "the namesake": replace(PERSON, id="other", dob="1990-11-30", pob="Fès"),
}


def test_the_page_says_what_the_software_answers() -> None:
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert len(rows) > 60
    scores = score_pairs([(row[0], row[1]) for row in rows])
    answers = ["together" if score >= 0.5 else "apart" for score in scores]
    assert [row[:4] for row, answer in zip(rows, answers, strict=True) if row[3] != answer] == []
    wrong = [row for row in rows if (row[3] == "together") != (row[2] in TOGETHER)]
    assert [row for row in rows if row[4]] == wrong
    assert len(wrong) <= len(rows) // 10


@pytest.mark.parametrize("who", list(OTHERS))
def test_the_person_comes_first(who: str) -> None:
    found = list(link([PERSON, OTHERS[who]], [ASKED], prior=0.5))
    assert found[0].id_a == "person"
    assert found[0].probability > 0.9


def test_a_twin_alone_is_never_certain() -> None:
    for who, most in (("the twin", 0.5), ("the twin of the same sex", 0.49)):
        assert all(one.probability <= most for one in link([OTHERS[who]], [ASKED], prior=0.5)), who
