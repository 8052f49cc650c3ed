"""Several searches of a batch under way at once: lines in the order of the rows, each row once, whatever stops the run."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from django.db import connections
from tests.services.probe.land import GROUP, MA, OFFICER, Land, make_land

import comity.services.probe.handlers  # noqa: F401
from comity.core.codes.exchange import Purpose, Regime, ServiceId
from comity.errors import DeliveryError
from comity.services.probe.batch.in_order import in_order
from comity.services.probe.batch.run import BatchOrder, Report, run_batch
from comity.services.probe.batch.table import read_table
from comity.services.probe.replica import fetch
from comity.storage.models.probe import AskedState, ProbeAnswered, ProbeAsked, ProbeCount
from comity.transport.channel import Channel

pytestmark = pytest.mark.django_db(transaction=True, databases=["be", "ma", "third"])

NAMES = ("Zoulikha,Bourgheda,1981-05-17", "Hassan,Mekkaoui,1960-04-04", "Abdelkader,Ouchrif,1969")
ROWS = 12
FILE = "id,given,family,dob\n" + "".join(f"r{number},{NAMES[number % 3]}\n" for number in range(ROWS))


class Line:
    """A way to the partner that ends at a call, and closes what the partner opened in this thread."""

    def __init__(self, way: Channel, calls: list[int], ends_at: int) -> None:
        self._way, self._calls, self._ends_at = way, calls, ends_at

    def post(self, path: str, body: bytes) -> bytes:
        """Post, unless the way has ended."""
        self._calls.append(threading.get_ident())
        try:
            if self._ends_at and len(self._calls) >= self._ends_at:
                raise DeliveryError("delivery.unreachable", retryable=False)
            return self._way.post(path, body)
        finally:
            connections["ma"].close()

    def get(self, path: str) -> bytes:
        """Get."""
        return self._way.get(path)


@pytest.fixture
def land(transactional_db: None, tmp_path: Path) -> Land:
    made = make_land(tmp_path)
    made.published()
    fetch(made.be, made.network.channels, MA, Regime.POLICE, GROUP)
    return made


def go(land: Land, out: Path, *, ends_at: int = 0) -> tuple[Report, list[int]]:
    calls: list[int] = []

    def channels(service: ServiceId) -> Channel:
        return Line(land.network.channels(service), calls, ends_at)

    order = BatchOrder(MA, land.agreement, Purpose.DRUGS, "BE-2026-17", OFFICER, "the reason")
    wanted = read_table([FILE.encode()])[0]
    return run_batch(land.be, channels, order, wanted, out, at_once=3), calls


def lines(out: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_lines_stand_in_the_order_of_the_rows_and_each_row_is_counted_once(
    land: Land, tmp_path: Path
) -> None:
    report, calls = go(land, tmp_path / "out.jsonl")
    found = lines(tmp_path / "out.jsonl")
    assert report.stopped is None
    assert [line["id"] for line in found] == [f"r{number}" for number in range(ROWS)]
    assert [line["result"] for line in found] == ["hit", "miss", "possible"] * (ROWS // 3)
    assert ProbeCount.objects.using("ma").get().count == ROWS
    assert ProbeAnswered.objects.using("ma").filter(opening__isnull=False).count() == ROWS
    assert len(set(calls)) > 1


def test_what_was_under_way_when_the_line_ended_is_found_again(land: Land, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    report, _ = go(land, out, ends_at=4)
    assert isinstance(report.stopped, DeliveryError)
    assert report.left == ROWS - len(lines(out)) > 0
    begun = ProbeAsked.objects.using("be").count()
    report, _ = go(land, out)
    assert report.stopped is None
    assert [line["id"] for line in lines(out)] == [f"r{number}" for number in range(ROWS)]
    assert ProbeCount.objects.using("ma").get().count == ROWS
    assert ProbeAsked.objects.using("be").count() == ROWS >= begun
    assert not ProbeAsked.objects.using("be").exclude(state=AskedState.ANSWERED).exists()
    assert not ProbeAsked.objects.using("be").filter(pending__isnull=False).exists()


def test_an_error_comes_in_the_place_of_its_thing_and_nothing_more_is_begun(land: Land) -> None:
    begun: list[int] = []

    def work(number: int) -> int:
        begun.append(number)
        if number == 3:
            raise LookupError
        return number * 2

    made: list[int] = []
    with pytest.raises(LookupError):
        made.extend(in_order(land.be, range(100), work, 4))
    assert made == [0, 2, 4]
    assert max(begun) <= 7


def test_calls_under_way_never_ask_for_more_than_the_case_may(land: Land, tmp_path: Path) -> None:
    """Both count before either is stored: whoever is second counts again, and nothing is begun that could not be asked."""
    rows = "".join(f"r{number},Hassan,Mekkaoui,1960-04-{number + 1:02}\n" for number in range(25))
    order = BatchOrder(MA, land.agreement, Purpose.DRUGS, "BE-2026-18", OFFICER, "the reason")
    wanted = read_table([f"id,given,family,dob\n{rows}".encode()])[0]

    def channels(service: ServiceId) -> Channel:
        return Line(land.network.channels(service), [], 0)

    report = run_batch(land.be, channels, order, wanted, tmp_path / "out.jsonl", at_once=2)
    assert report.stopped is not None
    assert report.stopped.code == "quota.case"
    assert [line["id"] for line in lines(tmp_path / "out.jsonl")] == [f"r{number}" for number in range(20)]
    assert ProbeAsked.objects.using("be").filter(state=AskedState.ANSWERED).count() == 20
    assert ProbeAsked.objects.using("be").count() == 20
    assert sum(one.count for one in ProbeCount.objects.using("ma").all()) == 20
