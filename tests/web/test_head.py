"""HEAD is answered like GET, without a body, at the desk and over REST."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.web.conftest import browser_of
from tests.web.world import DeskWorld

from comity.core.codes.marks import Role


@pytest.mark.parametrize(
    "address", ["/", "/probe/", "/assets/desk.css", "/healthz", "/api/1/cases", "/nowhere"]
)
def test_head_is_answered_like_get_without_a_body(world: DeskWorld, address: str) -> None:
    browser = browser_of(world, Role.OFFICER)
    whole, head = browser.get(address), browser.head(address)
    assert head.status_code == whole.status_code != 405
    assert head.content == b""
    assert whole.content
    assert head.headers["Content-Type"] == whole.headers["Content-Type"]
    if "csrf" not in whole.content.decode():
        assert int(head.headers["Content-Length"]) == len(whole.content)


def test_head_opens_nothing_that_get_does_not(world: DeskWorld) -> None:
    assert Client().head("/").status_code == 302
    browser = browser_of(world, Role.AUDITOR)
    assert browser.head("/probe/").status_code == browser.get("/probe/").status_code == 403
    assert browser.head("/statistics/state/").status_code == 405


def test_a_case_that_is_read_with_head_counts_as_read(world: DeskWorld) -> None:
    from comity.storage.models.evidence import EvidenceEntry

    thread = world.request(world.desk, about="Salma El Idrissi")
    browser = browser_of(world, Role.OFFICER)
    before = EvidenceEntry.objects.count()
    assert browser.head(f"/cases/{thread}/").status_code == 200
    assert EvidenceEntry.objects.count() == before + 1


def test_the_body_goes_and_its_length_stays() -> None:
    from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
    from django.test import RequestFactory

    from comity.web.middleware import head_as_get

    def seen(request: HttpRequest) -> HttpResponse:
        return HttpResponse(f"{request.method} {request.path}")

    answer = head_as_get(seen)(RequestFactory().head("/probe/"))
    assert (answer.content, answer.headers["Content-Length"]) == (b"", str(len("GET /probe/")))
    assert head_as_get(seen)(RequestFactory().get("/probe/")).content == b"GET /probe/"
    streamed = head_as_get(lambda request: StreamingHttpResponse([b"a", b"b"], status=206))
    answer = streamed(RequestFactory().head("/"))
    assert (answer.status_code, answer.content) == (206, b"")
