"""A judgement as one JSON value, for the desk, the REST interface, the console and the offline verifier."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from comity.core.codes.marks import Assertion
from comity.core.instant import Instant, write_instant
from comity.core.oversight.judge import Judgement, Step
from comity.core.policy.decide import Permit


def document(found: Judgement) -> dict[str, Any]:
    """Return everything that a judgement says."""
    dossier, clock = found.dossier, found.clock
    return {
        "service": dossier.service,
        "partner": dossier.partner,
        "regime": dossier.regime.value,
        "subject": dossier.subject,
        "made_at": write_instant(dossier.made_at),
        "agrees": not found.findings,
        "uncovered": found.uncovered,
        "agreements": [
            {
                "hash": name,
                "code": one.agreement.code,
                "signed_by": sorted(one.signed_at),
                "stops": [
                    {
                        "kind": stop.kind.value,
                        "by": stop.by,
                        "at": write_instant(stop.at),
                        "until": _moment(stop.until),
                    }
                    for stop in one.stops
                ],
            }
            for name, one in found.agreements.items()
        ],
        "steps": [_step(found, each) for each in found.steps],
        "clock": None
        if clock is None
        else {
            "state": clock.state.value,
            "deadline": _moment(clock.deadline),
            "late": clock.late,
            "sent_in_time": clock.sent_in_time,
            "extended_seconds": clock.extended // timedelta(seconds=1),
        },
        "parties": [
            {
                "service": one.service,
                "name": one.name,
                "fingerprint": " ".join(one.words),
                "known": one.anchored,
            }
            for one in found.parties
        ],
        "findings": [{"code": one.code, "at": one.at, "note": one.note} for one in found.findings],
    }


def lines(shown: dict[str, Any]) -> Sequence[str]:
    """Return what a person reads at the console."""
    told = [
        f"{shown['subject']} of {shown['service']} with {shown['partner']}, {shown['regime']}, {shown['made_at']}"
    ]
    for one in shown["parties"]:
        mark = "known" if one["known"] else "NOT CHECKED, compare"
        told.append(f"keys of {one['service']} ({mark}): {one['fingerprint']}")
    told += [
        f"agreement {one['code']} {one['hash'][:12]}, signed by {', '.join(one['signed_by'])}"
        for one in shown["agreements"]
    ]
    for each in shown["steps"]:
        cover = f"countersigned {each['covered_at']}" if each["covered_at"] else "NOT COUNTERSIGNED YET"
        receipt = f"received {each['received_at']}" if each["received_at"] else "no receipt"
        verdict = (
            f"permitted by {each['clause'] or 'law'}"
            if each["permitted"]
            else f"refused: {', '.join(each['grounds'])}"
        )
        agrees = "agrees" if each["agrees"] else "DIFFERS"
        told_apart = "".join(
            f"; {'' if mark == Assertion.FACT else '~ '}{name} [{mark}]"
            for name, mark in each["told"].items()
        )
        handled = f"; handling {each['handling']}" if each["handling"] else ""
        told.append(
            f"{each['sent_at']}  {each['way']:<3}  {each['kind']:<22} {each['standing'] or '-'}; {verdict}; {agrees}; {receipt}; {cover}{handled}{told_apart}"
        )
    if shown["clock"] is not None:
        told.append(f"clock: {shown['clock']['state']}, due {shown['clock']['deadline']}")
    told += [f"FINDING {one['code']}: {one['at']} {one['note']}".rstrip() for one in shown["findings"]]
    told.append("everything agrees" if shown["agrees"] else f"{len(shown['findings'])} findings")
    return told


def _step(found: Judgement, step: Step) -> dict[str, Any]:
    decision = step.decision
    permitted = isinstance(decision, Permit)
    agreement = found.agreements.get(step.agreement or "")
    return {
        "message": step.message,
        "way": step.way.value,
        "kind": step.kind,
        "act": step.act.value,
        "sent_at": write_instant(step.sent_at),
        "received_at": _moment(step.proven_at),
        "agreement": step.agreement,
        "agreement_code": None if agreement is None else agreement.agreement.code,
        "standing": None if step.standing is None else step.standing.value,
        "permitted": permitted,
        "clause": decision.clause if isinstance(decision, Permit) else None,
        "grounds": [] if isinstance(decision, Permit) else [ground.code for ground in decision.grounds],
        "recorded": step.recorded,
        "agrees": step.agrees,
        "covered_at": _moment(step.covered_at),
        "told": {name: mark.value for name, mark in sorted(step.told.items())},
        "handling": None if step.handling is None else step.handling.value,
        "entries": [
            {
                "log": each.log,
                "number": each.number,
                "kind": each.leaf.kind,
                "covered_at": _moment(each.covered_at),
            }
            for each in step.entries
        ],
    }


def _moment(value: Instant | None) -> str | None:
    return None if value is None else write_instant(value)
