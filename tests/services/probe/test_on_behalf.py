"""The search on behalf of a person finds the searches that were made about it: with the officer's key, and only so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cases.cast import officer
from tests.services.probe.land import Land

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.crypto.encoding import key_id, to_text
from comity.core.crypto.seal import public_of
from comity.core.probe.query import read_query
from comity.core.rights.codes import Origin, RightsKind, SearchPlace
from comity.errors import InputError
from comity.services.custody.officer import FORMAT
from comity.services.rights.requests import Asked, register_request
from comity.services.rights.search import search_everything
from comity.storage.models.rights import RightsRequest

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
KNOWN = {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"}
OTHER = {"given": "Wout", "family": "Vanderelst", "dob": "1990-02-11"}
DPO = officer("bram", Role.DATA_PROTECTION_OFFICER)


def key_file(land: Land, folder: Path, secret: bytes) -> Path:
    """Write the private key of an officer to a file."""
    document = {
        "format": FORMAT,
        "kid": key_id(public_of(secret)),
        "service": land.be.service,
        "private": to_text(secret),
    }
    path = folder / f"{document['kid']}.key"
    path.write_text(json.dumps(document))
    return path


def asks(land: Land, person: dict[str, str]) -> str:
    """Let a person ask Belgium what it holds."""
    asked = Asked(read_query(person), RightsKind.ACCESS, Origin.PERSON, land.clock(), "by letter")
    return register_request(land.be, DPO, Regime.POLICE, asked)


def test_searches_at_partners_are_found_with_the_officer_s_key(land: Land, tmp_path: Path) -> None:
    land.published()
    land.ask(**KNOWN)
    rid = land.ask(**OTHER).rid
    key = key_file(land, tmp_path, land.secret)
    found = search_everything(land.be, DPO, asks(land, OTHER), key)
    assert [(each["place"], each["name"]) for each in found["found"]] == [("justifications", rid)]
    assert found["read"]["justifications"] == 2
    number = asks(land, OTHER)
    closed = search_everything(land.be, DPO, number)
    assert closed["found"] == []
    assert SearchPlace.JUSTIFICATIONS not in closed["read"]
    assert not RightsRequest.objects.using("be").get(number=number).full


def test_another_key_opens_nothing(land: Land, tmp_path: Path) -> None:
    land.published()
    land.ask(**KNOWN)
    with pytest.raises(InputError, match=r"officer\.other-key"):
        search_everything(land.be, DPO, asks(land, KNOWN), key_file(land, tmp_path, land.secret[::-1]))
    with pytest.raises(InputError, match=r"officer\.file"):
        search_everything(land.be, DPO, asks(land, KNOWN), tmp_path / "absent")
