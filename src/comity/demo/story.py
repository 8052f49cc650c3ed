"""The story of one exchange, told step by step in plain words; every step runs the commands a user would type."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from comity.demo.command import BrokenPromise, Seat, offline
from comity.demo.stage import Stage, wait_for

STRANGER = {"given": "Aldegonde", "family": "Vanderschrick", "dob": "1931-04-17", "pob": "Bouillon"}
"""A person in no register; fictitious, like everybody here."""

PLAN = "BE-MA-2025"
MEMORANDUM = "BE-MA-MEMORANDUM-2016"
JUSTIFIED = {
    "inquiry": ["--offence", "Terrorist group", "--aim", "learn-more", "--concerns", "suspect"],
    "identification": ["--aim", "identify", "--concerns", "to-be-identified"],
}
"""What the law wants said of a search."""

ASKED = ("given", "family", "dob", "pob")


@dataclass
class Told:
    """What happened, for the last line."""

    hits: int = 0
    misses: int = 0
    probes: int = 0
    steps: int = 0
    events: Counter[str] = field(default_factory=Counter)
    sizes: dict[str, int] = field(default_factory=dict)

    def step(self, title: str) -> None:
        """Announce the next step."""
        self.steps += 1
        sys.stdout.write(f"\n{self.steps}. {title}\n")
        sys.stdout.flush()


def say(text: str) -> None:
    """Print one indented line."""
    sys.stdout.write(f"   {text}\n")
    sys.stdout.flush()


def promise(kept: bool, what: str) -> None:
    """Check a promise.

    Raises:
        BrokenPromise: it is not kept.
    """
    if not kept:
        raise BrokenPromise(what)


def play(stage: Stage, truth: Path) -> Told:
    """Play the whole story on two nodes with the agreements in force and the indexes fetched.

    Raises:
        BrokenPromise: any promise was not kept.
    """
    told = Told()
    rows = {seat.letters: _rows(stage.folder / f"register-{seat.letters}.csv") for seat in stage.seats}
    shared = _rows(truth)
    be, ma = stage.seats
    _miss(told, be)
    _identification(told, be, _rows(stage.folder / "identification-ma.csv"))
    _protected(told, be, [row for row in shared.values() if row["protected"] != "none"], rows["be"])
    asked = _shared(shared, rows, "none")
    reference = _hit(told, be, "MA", asked["be"])
    thread = _request(told, be, ma, asked, reference)
    _answer(told, be, ma, thread)
    other = _shared(shared, rows, "year-only")
    _refusal(told, be, ma, other)
    return told


def _rows(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as opened:
        found = list(csv.DictReader(opened))
    return {row.get("id") or row["id_be"]: row for row in found}


def _shared(shared: dict[str, Any], rows: dict[str, Any], damage: str) -> dict[str, dict[str, str]]:
    for row in shared.values():
        pair = {"be": rows["be"][row["id_be"]], "ma": rows["ma"][row["id_ma"]]}
        findable = row["protected"] == "none" and not any(each["taints"] for each in pair.values())
        if row["damage"] == damage and findable and pair["be"]["family"]:
            return pair
    raise BrokenPromise("the fictitious registers share a person")


def _probe(
    told: Told,
    seat: Seat,
    partner: str,
    purpose: str,
    case: str,
    asked: dict[str, str],
    agreement: str = PLAN,
) -> Any:
    told.probes += 1
    typed = json.dumps({key: asked[key] for key in asked if asked[key]}, ensure_ascii=False)
    words = ["--partner", partner, "--agreement", agreement, "--purpose", purpose, "--case", case]
    words += JUSTIFIED["identification" if purpose == "identification" else "inquiry"]
    outcome = seat.act("officer", "probe", *words, typed=typed)
    if outcome["result"] in ("hit", "possible"):
        told.hits += 1
    else:
        told.misses += 1
    return outcome


def _identification(told: Told, be: Seat, sought: dict[str, dict[str, str]]) -> None:
    told.step("Under the memorandum on identification, Belgium asks about a person without documents")
    adult = next(row for row in sought.values() if len(row["dob"]) == 10 and row["dob"] < "2006")
    asked = {name: adult[name] for name in ("given", "family", "given_ar", "family_ar", "dob")}
    outcome = _probe(told, be, "MA", "identification", "BE-2026-0004", asked, MEMORANDUM)
    promise(outcome["result"] == "hit", "a person to be identified is found under the memorandum")
    outcome = _probe(told, be, "MA", "terrorism", "BE-2026-0004", asked)
    promise(outcome["result"] == "miss", "and not under the action plan: the regimes never mix")
    say("Hit under the memorandum, miss under the action plan: each regime has an index and keys of its own.")


def _miss(told: Told, be: Seat) -> None:
    told.step("Belgium asks privately about a person whom Morocco does not know")
    outcome = _probe(told, be, "MA", "terrorism", "BE-2026-0001", STRANGER)
    promise(outcome["result"] == "miss" and not outcome["references"], "a stranger is a miss")
    say("Miss. Morocco learned that one search was made for this group of purposes, and not for whom;")
    say("Belgium learned that its rules found nothing.")


def _protected(told: Told, be: Seat, protected: list[dict[str, str]], rows: dict[str, Any]) -> None:
    told.step("Belgium asks about somebody whom the Moroccan register protects: it may not be found")
    for number, row in enumerate(protected[:2]):
        known = rows[row["id_be"]]
        asked = {key: known[key] for key in ASKED}
        outcome = _probe(told, be, "MA", "terrorism", f"BE-2026-01{number:02d}", asked)
        promise(outcome["result"] == "miss", f"a protected record ({row['protected']}) is never found")
        say(f"Miss: the record is marked {row['protected']}. The answer is that of every other miss.")


def _hit(told: Told, seat: Seat, partner: str, row: dict[str, str]) -> str:
    told.step("Belgium asks about a person whom Morocco knows, written in the other script")
    outcome = _probe(told, seat, partner, "terrorism", "BE-2026-0002", {key: row[key] for key in ASKED})
    promise(outcome["result"] == "hit" and len(outcome["references"]) >= 1, "a known person is a hit")
    say(f"Hit, by the rules {', '.join(outcome['rules'])}.")
    say("Belgium holds an opaque reference and no data. Morocco does not know that it was a hit.")
    return str(outcome["references"][0])


def _request(told: Told, be: Seat, ma: Seat, asked: dict[str, Any], reference: str) -> str:
    told.step("Belgium sends a request that cites the reference, under the clause that permits it")
    texts = {
        "facts": "The person appears in an inquiry into the preparation of an attack.",
        "offence": "Participation in the activities of a terrorist group",
        "reasons": "The private search found a record that agrees.",
        "link": "Suspected of having transferred money to the group.",
        "assertions": {"facts": "fact", "reasons": "fact", "link": "assessment"},
        "urgency_ground": "danger-to-life",
        "urgency_reason": "The attack may be near.",
    }
    words = ["--partner", "MA", "--agreement", PLAN, "--purpose", "terrorism", "--case", "BE-2026-0002"]
    words += ["--category", asked["ma"]["category"], "--reference", reference, "--urgency", "urgent-direct"]
    held = be.act("officer", "case", "request", *words, typed=json.dumps(texts))
    promise(not held["thread"], "the first request after a hit waits for a second person")
    say(
        "It waits: whoever searched does not decide alone that it leaves. An approver reads it and lets it go."
    )
    opened = be.act("approver", "case", "follow-up", "approve", str(held["follow_up"]))
    thread = str(opened["thread"])
    wait_for(
        lambda: any(e["thread"] == thread for e in ma.act("officer", "case", "inbox")), "the request arrives"
    )
    wait_for(lambda: _clock(be, thread).get("deadline") is not None, "the receipt arrives")
    clocks = [_clock(seat, thread) for seat in (be, ma)]
    promise(clocks[0]["deadline"] == clocks[1]["deadline"], "both nodes compute the same clock")
    say("Received, receipted and in the inbox of the Moroccan desk.")
    say(f"Both nodes compute the same clock from the same receipt: answer before {clocks[0]['deadline']}.")
    return thread


def _clock(seat: Seat, thread: str) -> Any:
    return seat.call("case", "clock", thread, may_fail=True)


def _answer(told: Told, be: Seat, ma: Seat, thread: str) -> None:
    told.step("A named Moroccan approver answers with the data that the clause permits")
    blocked = ma.call("case", "answer", thread, may_fail=True)
    promise("error" in blocked, "nothing is released without a named person")
    say(f"Without a named person the node refuses to release anything ({blocked['error']}).")
    ma.act("approver", "case", "answer", thread)
    wait_for(lambda: bool(_case(be, thread).get("reply")), "the answer arrives")
    reply = _case(be, thread)["reply"]
    promise(bool(reply["subject"].get("fields", {}).get("names")), "the answer describes the person")
    given = sorted(name for name, values in reply["subject"]["fields"].items() if values)
    say(f"Belgium reads it: {', '.join(given)};")
    say(f"handling {reply['handling']}, evaluation {reply['evaluation']}.")
    states = [_clock(seat, thread)["state"] for seat in (be, ma)]
    promise(states[0] == states[1] == "answered-in-time", "both nodes say: answered in time")
    say("Both nodes say: answered in time.")


def _case(seat: Seat, thread: str) -> Any:
    return seat.act("officer", "case", "show", thread, may_fail=True)


def _refusal(told: Told, be: Seat, ma: Seat, asked: dict[str, Any]) -> None:
    told.step("Morocco asks in turn, with only the year of birth, and Belgium refuses with a ground")
    known = {key: asked["ma"].get(key, "") for key in ("given", "family", "given_ar", "family_ar", "dob")}
    outcome = _probe(told, ma, "BE", "terrorism", "MA-2026-0001", known)
    promise(
        outcome["result"] in ("hit", "possible") and bool(outcome["references"]), "a damaged date still finds"
    )
    texts = {
        "facts": "The person is named in a file on the financing of an armed group.",
        "offence": "Financing of terrorism",
        "reasons": "The private search found a record that agrees.",
        "link": "Named by another suspect.",
        "assertions": {"facts": "fact", "reasons": "fact", "link": "assessment"},
    }
    words = ["--partner", "BE", "--agreement", PLAN, "--purpose", "terrorism", "--case", "MA-2026-0001"]
    words += ["--category", asked["be"]["category"], "--reference", outcome["references"][0]]
    words += ["--second", "approver"]
    thread = str(ma.act("officer", "case", "request", *words, typed=json.dumps(texts))["thread"])
    wait_for(
        lambda: any(e["thread"] == thread for e in be.act("officer", "case", "inbox")), "the request arrives"
    )
    be.act("approver", "case", "refuse", thread, "--ground", "f2")
    wait_for(lambda: _clock(ma, thread).get("state") == "refused", "the refusal arrives")
    promise(_clock(be, thread)["state"] == "refused", "both nodes say: refused")
    say(
        f"Search: {outcome['result']}. Refused on ground f2: an inquiry under way. Both nodes record it alike."
    )


def prove(stage: Stage, told: Told) -> None:
    """Verify the evidence of both nodes, online and offline, and count what happened.

    Raises:
        BrokenPromise: evidence does not hold.
    """
    told.step("Anybody can verify the proof, offline")
    exports, cards = [], []
    for seat in stage.seats:
        seat.call("evidence", "exchange")
    for seat in stage.seats:
        wait_for(lambda seat=seat: _covered(seat), "the partner countersigned the logs", 90)  # type: ignore[misc]  # a default binds the loop's value
        promise(seat.call("evidence", "verify")["ok"], f"the evidence of {seat.letters} holds")
        card = stage.folder / f"{seat.letters}.card"
        seat.call("partner", "card", "--out", str(card))
        export = stage.folder / f"{seat.letters}.evidence"
        export.unlink(missing_ok=True)
        seat.call("evidence", "export", "--out", str(export))
        exports.append(export)
        cards += ["--card", str(card)]
    for seat, export in zip(stage.seats, exports, strict=True):
        report = json.loads(
            offline("evidence", "verify-export", str(export), *cards, "--json").splitlines()[-1]
        )
        promise(report["ok"], f"the export of {seat.letters} holds offline")
        for log in report["logs"]:
            told.sizes[log["origin"]] = log["size"]
            say(f"{log['origin']}: {log['size']} entries, {log['covered']} countersigned, tail {log['tail']}")
        told.events.update(_kinds(export))


def _covered(seat: Seat) -> bool:
    logs = seat.call("evidence", "status")["logs"]
    return (
        bool(logs) and any(log["covered"] for log in logs) and not seat.call("evidence", "status")["alarms"]
    )


def _kinds(export: Path) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in export.read_bytes().splitlines():
        leaf = json.loads(line).get("leaf")
        if isinstance(leaf, dict):
            found[str(leaf["kind"])] += 1
    return found
