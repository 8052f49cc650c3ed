from __future__ import annotations

import pytest
from tests.core.register.reading import DEFAULTS, faults, records

from comity.core.register.formats.draft import Draft
from comity.core.register.formats.ofac import read_ofac
from comity.core.register.formats.ofac_remarks import read_remarks
from comity.core.register.formats.reading import Reading, Record, Refusal
from comity.core.register.subject import NameRole, PlaceRole

EMPTY = "-0- ,"


def _sdn(number: int, name: str, type_: str = "individual", remarks: str = "-0- ") -> bytes:
    return f'{number},"{name}","{type_}","X",{EMPTY * 7}"{remarks}"\r\n'.encode()


def _remarks(text: str) -> Draft:
    draft = Draft(names=[])
    read_remarks(text, draft, "individual", "US")
    assert not draft.faults
    return draft


class TestRemarks:
    def test_all_that_a_person_has(self) -> None:
        draft = _remarks(
            "DOB 10 Dec 1948; alt. DOB circa 1950; alt. DOB 1958 to 1963; POB Cairo, Egypt; nationality Iran; "
            "citizen Korea, North; Gender Female; Passport 1084010 (Egypt); Cedula No. 16247821 (Colombia) issued "
            "1968; Email Address Dam@Free.example; a.k.a. 'BNC'; Linked To: SOME GROUP; Phone Number 8613314257947; "
            "Digital Currency Address - XBT 34kWCKF2; SWIFT/BIC HNRBBY2X; Minister of Things."
        )
        assert [birth.text() for birth in draft.births] == ["1948-12-10", "~1950", "1958/1963"]
        assert (draft.places[0].text, draft.places[0].role, draft.places[0].country) == (
            "Cairo, Egypt",
            PlaceRole.BIRTH,
            "EG",
        )
        assert draft.nationalities == ["IR", "KP"]
        assert [(paper.kind, paper.number, paper.country) for paper in draft.documents] == [
            ("Passport", "1084010", "EG"),
            ("Cedula No.", "16247821", "CO"),
        ]
        assert (draft.sex, draft.emails, draft.phones) == ("F", ["dam@free.example"], ["+8613314257947"])
        assert (draft.names[0].text, draft.names[0].role) == ("BNC", NameRole.ALIAS)
        assert draft.organisations == ["SOME GROUP"]
        assert [account.kind for account in draft.accounts] == ["wallet-xbt", "bic"]
        assert draft.remarks == ["Minister of Things"]

    @pytest.mark.parametrize(
        "text", ["DOB unknown", "DOB 31 Feb 1950", "Passport lost", "POB ", "nationality of Mars"]
    )
    def test_what_is_not_understood_stays(self, text: str) -> None:
        assert _remarks(text).remarks == [text.strip()]


class TestRows:
    def test_names_and_what_stands_beside(self) -> None:
        read = read_ofac(
            [_sdn(1, "TAZI, Amina", remarks="DOB 1970; Linked To: A GRO")],
            DEFAULTS,
            alt=[b'1,9,"aka","BENALI, Mina",-0- \r\n\x1a'],
            add=[b'1,8,"Rue X","Fez","Morocco",-0- \r\n'],
            comments=[b'1,"UP; Gender Female."\n'],
        )
        record = records(read)[0]
        assert (record.rows, record.key, record.line, record.type) == (4, "1", 1, "individual")
        assert list(record.subject.full_names()) == ["Amina TAZI", "Mina BENALI"]
        assert record.subject.organisations == ("A GROUP",)
        assert (record.subject.places[0].text, record.subject.places[0].country) == (
            "Rue X, Fez, Morocco",
            "MA",
        )
        assert record.subject.sex == "F"

    def test_things(self) -> None:
        octets = _sdn(
            1, "SHIP, ONE", "vessel", "Vessel Registration Identification IMO 9187629; MMSI 1"
        ) + _sdn(2, "COMPANY, INC.", "-0- ")
        ship, company = records(read_ofac([octets], DEFAULTS))
        assert [vehicle.mark for vehicle in ship.subject.vehicles] == ["imo", "mmsi"]
        assert (company.type, company.subject.names[0].text) == ("entity", "COMPANY, INC.")

    def test_what_is_refused(self) -> None:
        octets = b"1,2\n" + _sdn(2, "A", "spaceship") + b'x,"B"' + b",-0- " * 10 + b"\n" + _sdn(4, "GOOD")
        read: list[Reading] = list(
            read_ofac(
                [octets], DEFAULTS, alt=[b'7,1,"aka","GHOST",-0- \nbroken\n'], add=[b"", b'2,1,"S",a,b,c\n']
            )
        )
        assert [reading.key for reading in read if isinstance(reading, Record)] == ["4"]
        assert faults(read) == [
            (1, "", "too-few-cells"),
            (2, "type", "unknown-code"),
            (3, "ent_num", "unknown-code"),
            (1, "ent_num", "no-such-entry"),
            (2, "", "too-few-cells"),
            (1, "ent_num", "no-such-entry"),
        ]
        assert [reading.part for reading in read if isinstance(reading, Refusal)] == [
            "",
            "",
            "",
            "alt",
            "alt",
            "add",
        ]
