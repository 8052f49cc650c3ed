"""What a search weighs on the line: four kilobytes each way, openings included, whatever is asked or found."""

from __future__ import annotations

import pytest
from tests.services.probe.land import Land

from comity.transport import memory

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])


def test_octets_of_a_search(land: Land) -> None:
    land.published()
    up, down = [], []
    for service, endpoint in list(land.network.endpoints.items()):

        def weighed(path: str, octets: bytes, endpoint: memory.Endpoint = endpoint) -> bytes:
            answer = endpoint(path, octets)
            up.append(len(octets))
            down.append(len(answer))
            return answer

        land.network.endpoints[service] = weighed
    land.ask(given="Zoulikha", family="Bourgheda", dob="1981-05-17")
    land.ask(given="Hassan", family="Mekkaoui", dob="1960-04-04", pob="Rabat")
    assert up[-4:] == [2048, 1024] * 2
    assert down[-4:] == [3072, 1024] * 2
