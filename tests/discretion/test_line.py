"""Who watches the line learns a path, a size class and a time: not the agreement, the purpose, the case or the person.

Enforced by `frame.pack` (padding to the size class) and by the two paths of `comity.node.app`; without the padding
`test_two_cases_of_one_shape_look_alike` fails.
"""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.cases.cast import DPO, LOTTE, SALMA, UID, ask, deliver, hold, make_desks, subject
from tests.federation.world import BE, MA, World, make_config
from tests.policy.conftest import with_homes

from comity.core.cases.protection import ProtectionGround
from comity.core.codes.exchange import Purpose
from comity.core.codes.marks import Assertion
from comity.core.envelope.limits import CALL_CLASSES, FRAME_CLASSES
from comity.core.register.subject import NameRole, written
from comity.services.calls import PATH, answer_call
from comity.services.cases.answer import answer
from comity.services.cases.recall import recall
from comity.services.cases.thread.clarify import ask_clarification, clarify
from comity.services.clocks.compare import compare_clocks
from comity.services.evidence.checkpoint import exchange_checkpoints
from comity.services.exchange.receive import receive_batch
from comity.services.protection.restrict import restrict_sent
from comity.transport.http import Endpoint, HttpChannels

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
Passed = tuple[str, str, int, int]


def watched(world: World) -> list[Passed]:
    """Return what passes from now on: to whom, which path, how long body and answer are."""
    passed: list[Passed] = []
    for service, node in world.nodes.items():

        def endpoint(path: str, body: bytes, service: str = service, node: Any = node) -> bytes:
            found = answer_call(node, body) if path == PATH else receive_batch(node, body)
            passed.append((service, path, len(body), len(found)))
            return found

        world.network.endpoints[service] = endpoint
    return passed


def played(folder: Path, purpose: Purpose, name: str, case: str, facts: str) -> list[Passed]:
    """Play one case from its request to its recall and return what passed on the line."""
    world, agreement = make_desks()
    folder.mkdir()
    with_homes(world, folder)
    found = subject()
    found = found.model_copy(
        update={
            "names": (written(name, NameRole.GIVEN),),
            "marks": found.marks.model_copy(update={"purposes": (purpose,)}),
        }
    )
    hold(world.ma, found)
    passed = watched(world)
    thread = ask(world, agreement, purpose=purpose, case=case, facts=facts, reference=None, about=name)
    deliver(world)
    asked = ask_clarification(world.ma, SALMA, thread, "which one?")
    deliver(world)
    clarify(world.be, LOTTE, thread, facts, asked, assertion=Assertion.FACT)
    deliver(world)
    answer(world.ma, SALMA, thread, UID)
    deliver(world)
    restrict_sent(world.ma, DPO, thread, ProtectionGround.CONTESTED)
    deliver(world)
    recall(world.ma, SALMA, thread)
    deliver(world)
    world.clock.forward(minutes=30)
    for node in (world.be, world.ma):
        compare_clocks(node, world.network.channels)
        exchange_checkpoints(node, world.network.channels)
    return passed


def forget() -> None:
    """Empty the databases of the two nodes, for a second world in one test."""
    from django.core.management import call_command

    for alias in ("be", "ma"):
        call_command("flush", database=alias, interactive=False, verbosity=0)


@pytest.mark.django_db(databases=["be", "ma", "third"], transaction=True)
def test_two_cases_of_one_shape_look_alike(tmp_path: Path) -> None:
    """Another purpose, person, case number and story, and up to some hundred letters more of it."""
    first = played(tmp_path / "one", Purpose.TERRORISM, "يوسف", "BE-2026-117", "a car at night")
    forget()
    second = played(
        tmp_path / "two",
        Purpose.DRUGS,
        "Abderrahmane",
        "2026/9 B",
        "two vans by day; " + "and a third, " * 12,
    )
    forget()
    assert len(first) >= 8
    assert first == second


@pytest.mark.django_db(databases=["be", "ma", "third"], transaction=True)
def test_all_that_passes_is_of_a_size_class_on_one_of_two_paths(tmp_path: Path) -> None:
    passed = played(tmp_path / "one", Purpose.TERRORISM, "يوسف", "BE-2026-117", "x" * 7000)
    forget()
    assert {path for _, path, _, _ in passed} == {"/c/1/batch", "/c/1/call"}
    for _, path, *sizes in passed:
        assert set(sizes) <= set(FRAME_CLASSES if path.endswith("batch") else CALL_CLASSES)
    assert {receiver for receiver, _, _, _ in passed} == {BE, MA}


def test_a_request_head_says_nothing_of_what_it_carries() -> None:
    """The real transport, on loopback without TLS: path, length and type, the same for every body of a class."""
    heads: list[tuple[str, list[tuple[str, str]]]] = []

    class Noting(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            heads.append((self.requestline, sorted(self.headers.items())))
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Noting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    config = make_config(BE).model_copy(update={"plain_http_on_loopback": True})
    channels = HttpChannels(None, config)
    there = channels.to(Endpoint(f"http://127.0.0.1:{server.server_port}", None))
    try:
        for body in (b"CMT1" + b"a" * 1020, b"CMT1" + b"terrorism" + b"b" * 1011):
            there.post("/c/1/batch", body)
    finally:
        channels.close()
        server.shutdown()
        server.server_close()
    assert heads[0] == heads[1]
    line, headers = heads[0]
    assert line == "POST /c/1/batch HTTP/1.1"
    assert {name for name, _ in headers} == {"Host", "Accept-Encoding", "Content-Length", "Content-Type"}
