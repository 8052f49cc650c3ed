"""Directs the demonstration: prepares the homes, starts the nodes, brings the agreements into force, plays the story."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from comity.demo.accounts import ACCOUNTS, PASSWORD
from comity.demo.command import BrokenPromise, Seat
from comity.demo.population import write_identification, write_registers
from comity.demo.stage import Stage, create_homes, meet, new_stage, start_nodes, wait_for
from comity.demo.story import Told, play, prove, say

PLANS = ("be-ma-2018", "be-ma-2022", "be-ma-2025")
MEMORANDUM = "be-ma-memorandum-2016"
PURPOSES = (
    "terrorism",
    "organised-crime",
    "drugs",
    "trafficking-in-human-beings",
    "money-laundering",
    "wanted-persons",
)
GROUPS = (("police", "serious-crime"), ("police", "wanted"), ("return-identification", "return"))
MAY_PUBLISH = {"be": GROUPS[:2], "ma": GROUPS}
"""Belgium's ground under the memorandum is a derogation, which covers no index (rule L20)."""
LEAST_IDENTIFIED, IDENTIFIED = 20, 20
"""Persons to be identified: one for so many of the register, and at least so many."""
PLAN_ENDS = date(2026, 12, 31)


def begin(
    folder: Path,
    persons: int,
    seed: int,
    register_be: Path | None = None,
    register_ma: Path | None = None,
    *,
    quiet: bool = False,
) -> Stage:
    """Prepare and start both nodes: registers imported, agreements in force, indexes exchanged.

    Raises:
        InputError: ``demo.folder-in-use``.
        BrokenPromise: a step failed.
    """
    tell = _silent if quiet else say
    started = time.monotonic()
    stage = new_stage(folder)
    drawn = write_registers(stage.folder, persons, seed)
    create_homes(stage)
    tell("Two homes created, each with its own keys, its own encrypted database, its own configuration.")
    files = {"be": register_be or drawn.be, "ma": register_ma or drawn.ma}
    # To a register that was given nobody is added: its index for identification is empty.
    given = {letters for letters, file in (("be", register_be), ("ma", register_ma)) if file is not None}
    drawn_too = write_identification(stage.folder, max(LEAST_IDENTIFIED, persons // IDENTIFIED), seed)
    sought = {letters: path for letters, path in drawn_too.items() if letters not in given}
    _side_by_side(stage, lambda seat: _furnish(seat, files[seat.letters].resolve(), sought.get(seat.letters)))
    tell("Registers imported, officers enrolled.")
    start_nodes(stage)
    names = meet(stage)
    tell(
        f"Both nodes run; {names['be']} and {names['ma']} compared twelve words and confirmed each other's card."
    )
    codes = bring_into_force(stage, names)
    tell(f"In force, signed by both: {', '.join(codes)}.")
    _side_by_side(stage, lambda seat: _publish(seat, stage.other(seat).letters.upper()))
    _side_by_side(stage, lambda seat: _fetch(seat, stage.other(seat).letters.upper()))
    tell(f"Indexes for the private search exchanged. Ready after {time.monotonic() - started:.0f} s.")
    return stage


def play_story(folder: Path, persons: int, seed: int) -> tuple[Stage, str]:
    """Prepare, play, prove.

    Returns:
        The stage, with both nodes running, and the last line to print.

    Raises:
        BrokenPromise: any promise was not kept.
    """
    sys.stdout.write("Comity: two nodes on this machine, fictitious persons only.\n\n")
    stage = begin(folder, persons, seed)
    told = play(stage, stage.folder / "shared.csv")
    prove(stage, told)
    return stage, _last_line(told)


def sign_in_lines(stage: Stage) -> list[str]:
    """Return where the desks are and how to sign in."""
    lines = ["", "The desks are open:"]
    lines += [
        f"  {s.letters.upper()}  http://localhost:{p}/" for s, p in zip(stage.seats, stage.desks, strict=True)
    ]
    command = ".venv/bin/comity" if Path(".venv/bin/comity").exists() else "comity"
    lines += [
        f"Demo accounts on both: {', '.join(ACCOUNTS)}; password {PASSWORD}",
        "The Belgian accounts begin in French, the Moroccan ones in Arabic; each page lets you change it.",
        "Second factor, a new code every 30 seconds, each good for once:",
        *(f"  {command} user demo-code officer --home {seat.home}" for seat in stage.seats),
    ]
    return lines


def bring_into_force(stage: Stage, names: dict[str, str]) -> list[str]:
    """Draft, propose and sign the reference pack, a predecessor before its successor; both nodes sign.

    Returns:
        The codes of the agreements in force.
    """
    found: dict[str, str] = {}
    for pack in (*PLANS, MEMORANDUM):
        drafted = stage.be.act(
            "head", "agreement", "draft", "--pack", pack, "--theirs", names["ma"], *_days(pack)
        )
        code, key = str(drafted["code"]), str(drafted["hash"])
        found[code] = key
        stage.be.act("head", "agreement", "propose", key)
        stage.be.act("head", "agreement", "sign", key)
    for code, key in found.items():
        wait_for(lambda key=key: _arrived(stage.ma, key), f"{code} arrives, signed by the proposer")  # type: ignore[misc]  # a default binds the loop's value
        stage.ma.act("head", "agreement", "sign", key)
    in_force = [code for code in found if code.endswith(("2025", "MEMORANDUM-2016"))]
    for seat in stage.seats:
        for code in in_force:
            wait_for(lambda s=seat, k=found[code]: _state(s, k) == "in-force", f"{code} in force")  # type: ignore[misc]  # a default binds the loop's value
    return in_force


def _days(pack: str) -> list[str]:
    """Carry the last plan on for demonstrations after its end."""
    today = datetime.now(UTC).date()
    if pack != PLANS[-1] or today <= PLAN_ENDS - timedelta(days=7):
        return []
    return ["--valid-until", (today + timedelta(days=365)).isoformat()]


def _arrived(seat: Seat, key: str) -> bool:
    shown = seat.call("agreement", "show", key, may_fail=True)
    return bool(shown.get("signatures"))


def _state(seat: Seat, key: str) -> str:
    return str(seat.call("agreement", "show", key, may_fail=True).get("state", ""))


def _furnish(seat: Seat, register: Path, sought: Path | None) -> None:
    purposes = [word for purpose in PURPOSES for word in ("--purpose", purpose)]
    options = [
        "--format",
        "csv",
        "--regime",
        "police",
        "--category",
        "suspect",
        "--source",
        "register",
        "--ignore-unknown",
    ]
    seat.call("register", "import", str(register), *options, *purposes)
    if sought is not None:
        options = ["--format", "csv", "--regime", "return-identification", "--category", "to-be-identified"]
        options += ["--source", "identification", "--purpose", "identification"]
        seat.call("register", "import", str(sought), *options)
    seat.leave()
    done = subprocess.run(
        [sys.executable, "-m", "comity.demo.accounts", str(seat.home)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BrokenPromise("demo accounts", done.stderr.strip()[-1000:])


def _publish(seat: Seat, partner: str) -> None:
    for regime, group in MAY_PUBLISH[seat.letters]:
        seat.call("probe", "index", "publish", "--partner", partner, "--regime", regime, "--group", group)


def _fetch(seat: Seat, partner: str) -> None:
    for regime, group in MAY_PUBLISH[partner.lower()]:
        words = ("probe", "index", "fetch", "--partner", partner, "--regime", regime, "--group", group)
        wait_for(lambda words=words: "error" not in seat.call(*words, may_fail=True), "the index arrives")  # type: ignore[misc]  # a default binds the loop's value


def _side_by_side(stage: Stage, work: object) -> None:
    if not callable(work):
        raise TypeError("work is a function of a seat")
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(work, seat) for seat in stage.seats]:
            done.result()


def _last_line(told: Told) -> str:
    messages, receipts = told.events["message.sent"], told.events["batch.receipted"]
    return (
        f"demo: ok ({messages} messages, {told.probes} probes, {told.hits} hits, {told.misses} misses, "
        f"{receipts} receipts, {sum(told.sizes.values())} log entries)"
    )


def _silent(_: str) -> None:
    """Say nothing."""
