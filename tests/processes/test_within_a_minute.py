"""What counts within a minute, on two real nodes: suspensions on every path, retired keys, a new certificate, the evidence.

Both nodes run as `comity run` starts them. Commands, REST and the worker of the one are tried while the other acts; each
figure is a bound, not a measurement.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from comity.config import load_config
from comity.demo.command import Seat

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.timeout(1200)]

MINUTE = 60.0
ASK = ("--partner", "MA", "--agreement", "BE-MA-2025", "--purpose", "terrorism")
SAID = ("--offence", "Terrorist group", "--aim", "learn-more", "--concerns", "suspect")
STRANGER = {"given": "Aldegonde", "family": "Vanderschrick", "dob": "1931-04-17"}


@dataclass
class Desks:
    """Both nodes, a token of the Belgian one, and a number for each case."""

    be: Seat
    ma: Seat
    token: str
    case: int = 0

    def by_command(self, home: Seat | None = None) -> str:
        """Search once at the console; return the outcome, or the code of the refusal."""
        self.case += 1
        words = ["probe", *ASK, "--case", f"K-{self.case}", *SAID]
        found = (home or self.be).call(*words, "--as", "officer", typed=json.dumps(STRANGER), may_fail=True)
        return str(found.get("result", found.get("error")))

    def by_rest(self) -> str:
        """Search once over REST; return the outcome, or the code of the refusal."""
        self.case += 1
        body = {"partner": "MA", "agreement": "BE-MA-2025", "purpose": "terrorism", "subject": STRANGER}
        body |= {"case": f"K-{self.case}", "offence": "x", "aim": "learn-more", "concerns": "suspect"}
        port = load_config(self.be.home).desk.port
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/1/probe",
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
                return str(json.load(answer)["result"])
        except urllib.error.HTTPError as error:
            return str(json.load(error)["code"])


@pytest.fixture(scope="module")
def desks() -> Iterator[Desks]:
    """Start both nodes with fifty people each."""
    with tempfile.TemporaryDirectory(prefix="comity-minute-") as folder:
        where = Path(folder) / "nodes"
        run = [sys.executable, "-m", "comity.cli", "demo"]
        subprocess.run(
            [*run, "start", "--dir", str(where), "--persons", "50"], check=True, stdout=subprocess.DEVNULL
        )
        be, ma = Seat("be", where / "be"), Seat("ma", where / "ma")
        try:
            words = ["user", "service-account", "add", "system", "--regime", "police", "--scope", "probe"]
            yield Desks(be, ma, str(be.call(*words, "--days", "1")["token"]))
        finally:
            be.leave()
            ma.leave()
            subprocess.run([*run, "stop", "--dir", str(where)], check=True, stdout=subprocess.DEVNULL)


def within(condition: Callable[[], bool], what: str, seconds: float = MINUTE) -> float:
    """Wait until something holds; return after how many seconds."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.5)
    return time.monotonic() - began


def test_a_suspension_counts_at_once_on_every_path_and_on_both_sides(desks: Desks) -> None:
    assert (desks.by_command(), desks.by_rest()) == ("miss", "miss")
    # 1. By the node that is asked: the asker is refused without having been told.
    desks.ma.call("partner", "suspend", "BE")
    assert {desks.by_command(), desks.by_rest()} == {"delivery.status"}
    desks.ma.call("partner", "resume", "BE")
    assert (desks.by_command(), desks.by_rest()) == ("miss", "miss")
    # 2. By the node that asks.
    desks.be.call("partner", "suspend", "MA")
    assert {desks.by_command(), desks.by_rest()} == {"partner.suspended"}
    desks.be.call("partner", "resume", "MA")
    assert (desks.by_command(), desks.by_rest()) == ("miss", "miss")


def test_a_stopped_agreement_counts_at_once_here_and_within_a_minute_there(desks: Desks) -> None:
    desks.ma.call("agreement", "suspend", "BE-MA-2025", "--as", "head", typed="a doubt")
    assert {desks.by_command(), desks.by_rest()} == {"agreement.suspended"}
    shown = ("agreement", "show", "BE-MA-2025")
    within(lambda: desks.be.call(*shown)["state"] == "suspended", "the partner knows")
    desks.ma.call("agreement", "resume", "BE-MA-2025", "--as", "head")
    within(lambda: desks.be.call(*shown)["state"] == "in-force", "the partner knows that it goes on")
    assert (desks.by_command(), desks.by_rest()) == ("miss", "miss")


def test_a_retired_key_is_refused_within_a_minute(desks: Desks) -> None:
    def keys() -> list[str]:
        return [one["kid"] for one in desks.ma.call("partner", "show", "BE")["regimes"]["police"]]

    (old,) = keys()
    desks.be.call("partner", "rotate-keys", "--regime", "police")
    within(lambda: len(keys()) == 2, "the new key is known")
    end = ("partner", "rotate-keys", "--regime", "police", "--finish")
    within(lambda: "error" not in desks.be.call(*end, may_fail=True), "its receipt for the new card is here")
    within(lambda: old not in keys(), "the old key counts for nothing")
    assert (desks.by_command(), desks.by_rest()) == ("miss", "miss")


def test_a_renewed_certificate_is_found_within_a_minute(desks: Desks) -> None:
    for seat, other, country in ((desks.ma, desks.be, "MA"), (desks.be, desks.ma, "BE")):
        renewed = seat.call("partner", "renew-certificate")["sequence"]
        within(lambda: other.call("partner", "show", country)["sequence"] == renewed, "it is found")  # noqa: B023
        within(lambda: desks.by_command() == "miss", "searches go on at the console")
        within(lambda: desks.by_rest() == "miss", "and over REST")
    for seat in (desks.be, desks.ma):
        within(
            lambda: not seat.call("exchange", "status")["messages"].get("out.queued"),  # noqa: B023
            "what waited has left",
        )


def test_the_uncovered_tail_stays_within_a_minute_under_traffic(desks: Desks) -> None:
    """At both nodes, in every log that has entries; the internal one too."""
    longest: dict[str, int] = {}
    until = time.monotonic() + 150
    # Before there was traffic the internal log waited for its hour.
    warm = time.monotonic() + MINUTE
    while time.monotonic() < until:
        assert desks.by_command() == "miss"
        for seat in (desks.be, desks.ma):
            for log in seat.call("evidence", "status")["logs"]:
                busy = any(part in log["origin"] for part in ("/internal/", "/police/"))
                if busy and time.monotonic() > warm:
                    longest[log["origin"]] = max(longest.get(log["origin"], 0), log["tail_seconds"] or 0)
        time.sleep(1)
    assert len(longest) == 4
    assert {origin: age for origin, age in longest.items() if age > MINUTE} == {}
