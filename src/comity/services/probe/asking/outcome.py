"""What the asker learns of a search, and the forms in which it is told and kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from comity.core.policy.decide import Permit
from comity.core.probe.exchange import ProbeAnswer
from comity.core.probe.opening import Found, Strength, judge
from comity.services.probe.asking.look import Opened


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the asker learns.

    Args:
        strength: hit, possible, miss, or insufficient data (nothing was sent then).
        rules: rules of ours that opened something.
        references: opaque references with the rules that opened each; at most two.
        rid: identifier of the search, empty when nothing was sent.
        today, in_case: the partner's count, this search included.
        left_today, left_in_case: how many searches the agreement still permits.
    """

    strength: Strength
    rules: tuple[str, ...] = ()
    references: tuple[Found, ...] = ()
    rid: str = ""
    today: int = 0
    in_case: int = 0
    left_today: int | None = None
    left_in_case: int | None = None


def judged(opened: Opened, answer: ProbeAnswer, permit: Permit) -> Outcome:
    """Judge, here, what was opened."""
    strength, counted = judge(opened.found, crowded=opened.crowded)
    return Outcome(
        strength=strength,
        rules=tuple(sorted({rule for one in counted for rule in one.rules})),
        references=counted,
        rid=answer.rid,
        today=answer.today,
        in_case=answer.in_case,
        left_today=permit.obligations.probes_left_today,
        left_in_case=permit.obligations.probes_left_in_case,
    )


def outcome_document(outcome: Outcome) -> dict[str, object]:
    """Return the JSON form of an outcome."""
    return {
        "result": outcome.strength.value,
        "rules": list(outcome.rules),
        "references": [
            {"reference": one.reference, "rules": sorted(one.rules)} for one in outcome.references
        ],
    }


def kept_outcome(outcome: Outcome) -> dict[str, Any]:
    """Return what is stored of an outcome: its JSON form, and how probable each record is."""
    return {**outcome_document(outcome), "probabilities": [one.probability for one in outcome.references]}
