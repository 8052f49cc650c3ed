from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Iterator

import pytest
from tests.core.register.reading import DEFAULTS, faults, records

from comity.core.codes.marks import Taint
from comity.core.register.formats.csv_ import read_csv
from comity.core.register.formats.reading import Record, Refusal
from comity.core.register.script import Script
from comity.core.register.subject import NameRole, SubjectKind, SubjectState
from comity.errors import InputError


def _read(octets: bytes, size: int = 7) -> list[Record | Refusal]:
    chunks = [octets[start : start + size] for start in range(0, len(octets), size)]
    return list(read_csv(chunks, DEFAULTS))


class TestColumns:
    def test_a_full_row(self) -> None:
        header = (
            "id,given,family,given_ar,family_ar,alias,dob,pob,sex,nat,father,mother,document,phone,email,vehicle,"
            "account,organisation,remark,category,purpose,handling,evaluation,taints,retention_until,kind"
        )
        row = (
            '7,Amina,Tazi,أمينة,التازي,Mina|Aminata,1980-02-03,"Fès, Maroc",f,Maroc|BE,Omar,Zohra,'
            "passport:MA:AB123,0470 12 34 56|+212661234567,A@B.example,vin:X1,BE71 0961 2345 6769,Shop,seen,"
            "convicted,drugs|terrorism,H2,B3,eurodac,2027-01-31,person"
        )
        subject = records(_read(f"{header}\n{row}\n".encode()))[0].subject
        assert [(name.text, name.role) for name in subject.names if name.script is Script.ARABIC] == [
            ("أمينة", NameRole.GIVEN),
            ("التازي", NameRole.FAMILY),
        ]
        assert list(subject.full_names()) == ["Amina Tazi", "أمينة التازي", "Mina", "Aminata"]
        assert {name.role for name in subject.parents} == {NameRole.FATHER, NameRole.MOTHER}
        assert subject.nationalities == ("MA", "BE")
        assert subject.places[0].country == "MA"
        assert subject.phones == ("+32470123456", "+212661234567")
        assert (subject.documents[0].kind, subject.documents[0].country) == ("passport", "MA")
        assert subject.accounts[0].number == "BE71096123456769"
        assert (subject.vehicles[0].mark, subject.emails) == ("vin", ("a@b.example",))
        marks = subject.marks
        assert (marks.handling, marks.taints, str(marks.erase_at)) == ("H2", (Taint.EURODAC,), "2027-01-31")
        assert (marks.source_evaluation, marks.information_evaluation) == ("B", "3")
        assert marks.purposes == ("drugs", "terrorism")

    def test_silence_means_the_defaults(self) -> None:
        marks = records(_read(b"id,full\n1,Amina Tazi\n"))[0].subject.marks
        assert marks == DEFAULTS.marks
        assert (marks.source_evaluation, marks.information_evaluation) == ("X", "4")

    @pytest.mark.parametrize(
        "header", ["id;given_name;SURNAME", "rec_id;Prénom;nom", "ID;First name;last_name"]
    )
    def test_other_headers(self, header: str) -> None:
        names = records(_read(f"{header}\n1;Amina;Tazi\n".encode()))[0].subject.names
        assert [name.role for name in names] == [NameRole.GIVEN, NameRole.FAMILY]

    @pytest.mark.parametrize(
        ("header", "code"),
        [
            ("given,family", "register.header"),
            ("id,given,shoe_size", "register.column"),
            ("id,given,given_name", "register.column"),
        ],
    )
    def test_files_that_are_refused(self, header: str, code: str) -> None:
        with pytest.raises(InputError) as raised:
            _read(f"{header}\n1,2,3\n".encode())
        assert raised.value.code == code
        assert "shoe" not in str(raised.value)

    def test_unknown_columns_may_be_ignored(self) -> None:
        rows = read_csv([b"id,given,shoe_size\n1,Amina,38\n"], DEFAULTS, ignore_unknown=True)
        assert records(rows)[0].subject.names[0].text == "Amina"

    def test_an_object(self) -> None:
        subject = records(_read(b"id,kind,vehicle\n1,vehicle,1-ABC-234\n"))[0].subject
        assert (subject.kind, subject.vehicles[0].number) == (SubjectKind.VEHICLE, "1-ABC-234")

    @pytest.mark.parametrize(
        "handling", ["H0", "H2 TLP:AMBER", "H3/case-only+no-court", "H3/as-written TLP:AMBER+STRICT"]
    )
    def test_a_handling_is_read_whole(self, handling: str) -> None:
        subject = records(_read(f"id,full,handling\n1,A,{handling}\n".encode()))[0].subject
        assert subject.marks.handling == handling

    def test_a_state_of_the_row(self) -> None:
        subject = records(_read(b"id,full,subject_state\n1,A,quarantined\n"))[0].subject
        assert subject.marks.state is SubjectState.QUARANTINED


class TestFaults:
    def test_each_fault_is_named_and_good_rows_stay(self) -> None:
        octets = (
            b"id,given,dob,sex,phone,handling\n"
            b"1,A,1980-02-30,z,12,H9\n"
            b"2,B,,,,\n"
            b"3,C\n"
            b"4,D,,,,,,\n"
            b",E,,,,\n"
            b"6,,,,,\n"
            b"7,F,,,,H3\n"
            b"8,G,,,,H1/no-court\n"
            b"9,H,,,,h1 TLP:WHITE\n"
        )
        read = _read(octets)
        assert [reading.key for reading in read if isinstance(reading, Record)] == ["2"]
        assert faults(read) == [
            (2, "dob", "no-date"),
            (2, "sex", "unknown-code"),
            (2, "phone", "no-phone"),
            (2, "handling", "unknown-code"),
            (4, "", "too-few-cells"),
            (5, "", "too-many-cells"),
            (6, "id", "missing"),
            (7, "id", "nothing-tells-it-apart"),
            (8, "handling", "unknown-code"),
            (9, "handling", "unknown-code"),
            (10, "handling", "unknown-code"),
        ]

    def test_wrong_encoding_and_binary_hit_their_rows_only(self) -> None:
        octets = b"id,given\n1,Ren\xe9\n2,Zo\xc3\xab\n3,\x00\x01\n4,D\n"
        read = _read(octets)
        assert faults(read) == [(2, "", "not-utf8"), (4, "", "binary")]
        assert [reading.key for reading in read if isinstance(reading, Record)] == ["2", "4"]

    def test_a_byte_order_mark_is_no_column(self) -> None:
        assert records(_read(b"\xef\xbb\xbfid,given\r\n1,A\r\n"))[0].key == "1"

    def test_utf16_is_refused(self) -> None:
        with pytest.raises(InputError, match="register.encoding"):
            _read("id,given\n1,A\n".encode("utf-16"))

    def test_a_quote_that_never_closes_takes_one_row_only(self) -> None:
        octets = b'id,given\n1,A\n2,"B\n' + b"".join(f"{n},C\n".encode() for n in range(3, 200))
        read = _read(octets)
        assert faults(read) == [(3, "", "quote-not-closed")]
        assert len(read) == 199

    def test_a_quoted_line_end_belongs_to_its_cell(self) -> None:
        found = records(_read(b'id,given,remark\n1,A,"two\nlines, one ""cell"""\n2,B,\n'))
        assert found[0].subject.remarks == ('two\nlines, one "cell"',)
        assert [record.line for record in found] == [2, 4]

    def test_an_endless_line_is_not_kept_in_memory(self) -> None:
        endless = (b"x" * 65536 for _ in range(64))
        chunks = (chunk for part in ((b"id,given\n1,",), endless, (b"\n2,B\n",)) for chunk in part)
        read = list(read_csv(chunks, DEFAULTS))
        assert faults(read) == [(2, "", "too-long")]
        assert isinstance(read[1], Record)

    def test_too_long_values(self) -> None:
        assert faults(_read(b"id,given\n1," + b"x" * 500 + b"\n")) == [(2, "given", "too-long")]
        assert faults(_read(b"id,given\n" + b"9" * 300 + b",A\n")) == [(2, "id", "too-long")]

    def test_an_empty_file(self) -> None:
        with pytest.raises(InputError, match="register.header"):
            _read(b"")


def test_agrees_with_the_standard_reader() -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "given", "remark"])
    cells = ["a,b", 'say "x"', "line\nend", "plain", 'ends with quote"', '"', "", "é ع"]
    for number, cell in enumerate(cells):
        writer.writerow([number, "N", cell])
    found = records(_read(out.getvalue().encode()))
    assert [record.subject.remarks for record in found] == [(cell,) if cell else () for cell in cells]


def test_memory_does_not_grow_with_the_file() -> None:
    def rows() -> Iterator[bytes]:
        yield b"id,given,family\n"
        for number in range(20_000):
            yield f"{number},Amina,Tazi{number}\n".encode()

    reader = read_csv(rows(), DEFAULTS)
    next(reader)
    tracemalloc.start()
    try:
        assert sum(1 for _ in reader) == 19_999
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000
