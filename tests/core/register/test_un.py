from __future__ import annotations

import pytest
from tests.core.register.reading import DEFAULTS, faults, records

from comity.core.register.formats.reading import Reading
from comity.core.register.formats.un import MAX_RECORD, read_un
from comity.core.register.subject import PlaceRole, SubjectKind
from comity.errors import InputError

PERSON = """
<INDIVIDUAL><DATAID>7</DATAID><FIRST_NAME>AMINA</FIRST_NAME><SECOND_NAME>TAZI</SECOND_NAME>
<NAME_ORIGINAL_SCRIPT>أمينة التازي</NAME_ORIGINAL_SCRIPT><GENDER>Female</GENDER><COMMENTS1>A remark.</COMMENTS1>
<NATIONALITY><VALUE>Morocco</VALUE></NATIONALITY>
<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>MINA</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ADDRESS><CITY>Fez</CITY><COUNTRY>Morocco</COUNTRY></INDIVIDUAL_ADDRESS>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>1970-02-03</DATE></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>APPROXIMATELY</TYPE_OF_DATE><YEAR>1971</YEAR></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1970</FROM_YEAR><TO_YEAR>1975</TO_YEAR>
</INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_PLACE_OF_BIRTH><CITY>Rabat</CITY><COUNTRY>Morocco</COUNTRY></INDIVIDUAL_PLACE_OF_BIRTH>
<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>AB1</NUMBER>
<ISSUING_COUNTRY>Morocco</ISSUING_COUNTRY></INDIVIDUAL_DOCUMENT></INDIVIDUAL>
"""


def _read(body: str, size: int = 11) -> list[Reading]:
    octets = f"<CONSOLIDATED_LIST><INDIVIDUALS>{body}</INDIVIDUALS></CONSOLIDATED_LIST>".encode()
    return list(read_un([octets[start : start + size] for start in range(0, len(octets), size)], DEFAULTS))


def test_a_person() -> None:
    record = records(_read(PERSON))[0]
    subject = record.subject
    assert (record.key, record.line, record.type, subject.kind) == ("7", 2, "individual", SubjectKind.PERSON)
    assert list(subject.full_names()) == ["AMINA TAZI", "أمينة التازي", "MINA"]
    assert [birth.text() for birth in subject.births] == ["1970-02-03", "~1971", "1970/1975"]
    assert {(place.role, place.country) for place in subject.places} == {
        (PlaceRole.ADDRESS, "MA"),
        (PlaceRole.BIRTH, "MA"),
    }
    assert (subject.nationalities, subject.sex, subject.documents[0].country) == (("MA",), "F", "MA")
    assert subject.remarks == ("A remark.",)


def test_rows_without_identifier_or_name_are_listed() -> None:
    read = _read("<INDIVIDUAL><FIRST_NAME>A</FIRST_NAME></INDIVIDUAL>\n<ENTITY><DATAID>1</DATAID></ENTITY>")
    assert faults(read) == [(1, "DATAID", "missing"), (2, "id", "nothing-tells-it-apart")]


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"<OTHER/>", "register.header"),
        (b"no xml", "register.xml"),
        (b"<CONSOLIDATED_LIST><a></CONSOLIDATED_LIST>", "register.xml"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><CONSOLIDATED_LIST/>', "register.xml-forbidden"),
        (b'<!DOCTYPE x SYSTEM "http://x.example/y"><CONSOLIDATED_LIST/>', "register.xml-forbidden"),
        (b"<CONSOLIDATED_LIST><INDIVIDUALS><INDIVIDUAL>" + b"x" * (MAX_RECORD + 1), "register.too-large"),
    ],
)
def test_hostile_documents(octets: bytes, code: str) -> None:
    with pytest.raises(InputError) as raised:
        list(read_un([octets[:40], octets[40:]], DEFAULTS))
    assert raised.value.code == code


def test_records_before_a_break_are_read() -> None:
    octets = f"<CONSOLIDATED_LIST><INDIVIDUALS>{PERSON}<broken".encode()
    reader = read_un([octets], DEFAULTS)
    assert next(reader)
    with pytest.raises(InputError, match="register.xml"):
        list(reader)
