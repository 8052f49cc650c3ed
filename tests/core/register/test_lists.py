"""The complete public lists against parsers written independently of the readers."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from xml.etree import ElementTree

import pytest
from tests.core.register.lists import octets
from tests.core.register.reading import DEFAULTS

from comity.core.register.formats.ofac import read_ofac
from comity.core.register.formats.reading import Reading, Record, Refusal
from comity.core.register.formats.un import read_un
from comity.core.register.subject import PlaceRole

PARTS = {"alt": "ofac_alt.csv", "add": "ofac_add.csv", "comments": "ofac_sdn_comments.csv"}


def _table(name: str) -> list[list[str]]:
    """Independent parser: the whole text through the standard reader."""
    text = octets(name).decode("utf-8").rstrip("\x1a")
    return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]


@pytest.fixture(scope="module")
def ofac() -> list[Reading]:
    beside = {part: [octets(name)] for part, name in PARTS.items()}
    return list(read_ofac([octets("ofac_sdn.csv")], DEFAULTS, **beside))


@pytest.fixture(scope="module")
def un() -> list[Reading]:
    return list(read_un([octets("un_consolidated_part.xml")], DEFAULTS))


class TestOfac:
    def test_rows_in_are_stored_joined_or_listed(self, ofac: list[Reading]) -> None:
        rows = sum(len(_table(name)) for name in ("ofac_sdn.csv", *PARTS.values()))
        records = [reading for reading in ofac if isinstance(reading, Record)]
        refusals = [reading for reading in ofac if isinstance(reading, Refusal)]
        assert sum(record.rows for record in records) + len(refusals) == rows

    def test_types_equal_those_of_another_parser(self, ofac: list[Reading]) -> None:
        theirs = Counter("entity" if row[2] == "-0-" else row[2] for row in _table("ofac_sdn.csv"))
        assert Counter(reading.type for reading in ofac if isinstance(reading, Record)) == theirs

    def test_every_entry_is_there_once(self, ofac: list[Reading]) -> None:
        keys = [reading.key for reading in ofac if isinstance(reading, Record)]
        assert Counter(keys) == Counter(row[0] for row in _table("ofac_sdn.csv"))

    def test_only_rows_without_entry_are_listed(self, ofac: list[Reading]) -> None:
        entries = {row[0] for row in _table("ofac_sdn.csv")}
        theirs = {part: sum(row[0] not in entries for row in _table(name)) for part, name in PARTS.items()}
        ours = Counter(reading.part for reading in ofac if isinstance(reading, Refusal))
        assert ours == Counter(theirs)

    def test_birth_dates_are_found_in_the_remarks(self, ofac: list[Reading]) -> None:
        comments = {row[0]: row[1] for row in _table("ofac_sdn_comments.csv")}
        form = re.compile(r"\b(?:alt\. )?DOB (?:circa )?(?:\d{1,2} )?(?:[A-Z][a-z]{2} )?\d{4}")
        theirs = sum(
            len(form.findall(row[11] + comments.get(row[0], "")))
            for row in _table("ofac_sdn.csv")
            if row[2] == "individual"
        )
        ours = sum(len(reading.subject.births) for reading in ofac if isinstance(reading, Record))
        assert theirs * 0.995 <= ours <= theirs

    @pytest.mark.parametrize(
        ("words", "count"),
        [
            ("Gender (?:Male|Female)", lambda record: record.subject.sex is not None),
            ("POB ", lambda record: any(p.role is PlaceRole.BIRTH for p in record.subject.places)),
            ("IMO [0-9]", lambda record: any(v.mark == "imo" for v in record.subject.vehicles)),
        ],
    )
    def test_entries_with_a_remark_have_its_field(
        self, ofac: list[Reading], words: str, count: object
    ) -> None:
        comments = {row[0]: row[1] for row in _table("ofac_sdn_comments.csv")}
        form = re.compile(r"(?:^|; )(?:alt\. )?(?:Vessel Registration Identification )?" + words)
        theirs = {row[0] for row in _table("ofac_sdn.csv") if form.search(row[11] + comments.get(row[0], ""))}
        ours = {reading.key for reading in ofac if isinstance(reading, Record) and count(reading)}  # type: ignore[operator]  # a Record has a key
        assert len(ours ^ theirs) <= 0.01 * len(theirs)


class TestUnitedNations:
    def test_types_equal_those_of_another_parser(self, un: list[Reading]) -> None:
        text = octets("un_consolidated_part.xml").decode()
        theirs = {"individual": text.count("<INDIVIDUAL>"), "entity": text.count("<ENTITY>")}
        assert Counter(reading.type for reading in un if isinstance(reading, Record)) == Counter(theirs)
        assert not [reading for reading in un if isinstance(reading, Refusal)]

    def test_names_and_dates_equal_those_of_another_parser(self, un: list[Reading]) -> None:
        root = ElementTree.fromstring(octets("un_consolidated_part.xml"))  # noqa: S314 - the list itself
        theirs = {}
        for element in root.iter("INDIVIDUAL"):
            names = {(each.text or "").strip() for each in element.iter("ALIAS_NAME")} - {""}
            years = {each.text for each in element.iter("YEAR")}
            years |= {(each.text or "")[:4] for each in element.iter("DATE")}
            years |= {each.text for each in element.iter("FROM_YEAR")}
            theirs[element.findtext("DATAID")] = ({" ".join(name.split()) for name in names}, years)
        for reading in un:
            if isinstance(reading, Record) and reading.type == "individual":
                names, years = theirs[reading.key]
                assert names <= {name.text for name in reading.subject.names} | set(reading.subject.remarks)
                assert {f"{birth.year}" for birth in reading.subject.births} == years

    def test_lines_point_at_the_record(self, un: list[Reading]) -> None:
        lines = octets("un_consolidated_part.xml").decode().split("\n")
        for reading in un:
            assert isinstance(reading, Record)
            assert lines[reading.line - 1].strip() in ("<INDIVIDUAL>", "<ENTITY>")
            assert reading.key in lines[reading.line]
