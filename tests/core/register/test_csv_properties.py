from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st
from tests.core.register.reading import DEFAULTS

from comity.core.register.formats.csv_ import read_csv
from comity.core.register.formats.ftm import read_ftm
from comity.core.register.formats.ofac import read_ofac
from comity.core.register.formats.reading import Record, Refusal
from comity.core.register.formats.un import read_un
from comity.errors import InputError

CELLS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).filter(str.strip)


UTF8 = st.binary(max_size=400).filter(lambda octets: not octets.startswith((b"\xff\xfe", b"\xfe\xff")))


@given(UTF8, st.integers(1, 50))
def test_any_bytes_become_records_or_refusals(octets: bytes, size: int) -> None:
    chunks = [octets[start : start + size] for start in range(0, len(octets), size)]
    for reading in read_csv([b"id,full\n", *chunks], DEFAULTS):
        assert isinstance(reading, Record | Refusal)
    for reading in read_ftm(chunks, DEFAULTS):
        assert isinstance(reading, Record | Refusal)
    for reading in read_ofac(chunks, DEFAULTS, alt=chunks, add=chunks, comments=chunks):
        assert isinstance(reading, Record | Refusal)


@given(st.binary(max_size=300))
def test_any_bytes_in_xml_are_refused_with_a_code(octets: bytes) -> None:
    try:
        assert all(isinstance(reading, Record | Refusal) for reading in read_un([octets], DEFAULTS))
    except InputError as error:
        assert error.code.startswith("register.")


@given(st.lists(st.tuples(CELLS, CELLS), max_size=20), st.integers(1, 30))
def test_every_written_row_is_read_back_on_its_own(rows: list[tuple[str, str]], size: int) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "pob_ar", "full"])
    writer.writerows([number, *row] for number, row in enumerate(rows))
    octets = out.getvalue().encode()
    chunks = [octets[start : start + size] for start in range(0, len(octets), size)]
    found = list(read_csv(chunks, DEFAULTS))
    assert len(found) == len(rows)
    for number, reading in enumerate(found):
        assert isinstance(reading, Refusal) or reading.key == str(number)
