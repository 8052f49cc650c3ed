"""From readable TOML to an action plan, and from a plan to its successor. Implements docs/protocol/plan.md §5."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from pydantic import ValidationError

from comity.core.agreement.model import Agreement
from comity.core.instant import write_instant
from comity.core.plan.model import FORMAT, MAX_BYTES, ActionPlan
from comity.errors import InputError

CARRIED = {
    "en": "Carried over from the plan before",
    "fr": "Repris du plan précédent",
    "nl": "Overgenomen uit het vorige plan",
    "ar": "منقول من الخطة السابقة",
}
"""Title of the objective under which a successor carries what its source does not place itself."""

_KNOWN = frozenset({"code", "title", "illustrative", "valid_from", "valid_until", "objectives", "given_up"})


def read_plan_source(text: str) -> dict[str, Any]:
    """Parse the TOML of a plan.

    Raises:
        InputError: ``plan.source``, naming the field or the reason.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise InputError("plan.source", field="size")
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError("plan.source", field=str(error)[:120]) from None
    for key in document:
        if key not in _KNOWN:
            raise InputError("plan.source", field=key[:80])
    return document


def compile_plan(
    source: Mapping[str, Any],
    *,
    agreement: Agreement,
    agreement_hash: str,
    before: tuple[str, ActionPlan, Collection[str]] | None = None,
) -> ActionPlan:
    """Compile a parsed source into a plan under an agreement.

    Args:
        before: the plan that this one succeeds: its hash, itself, its open measures. Those that the source neither
            places nor gives up are carried over, under an objective of their own.

    Raises:
        InputError: ``plan.source``, naming the field.
    """
    name, old, still_open = before or (None, None, ())
    given_up = [one for one in source.get("given_up", []) if isinstance(one, str)]
    objectives = [_objective(each, still_open) for each in _tables(source, "objectives")]
    placed = {measure.get("id") for objective in objectives for measure in objective["measures"]}
    left = [
        {**measure.model_dump(mode="json"), "carried": True}
        for measure in (old.measures if old else ())
        if measure.id in still_open and measure.id not in placed and measure.id not in given_up
    ]
    if left:
        objectives.append({"id": "carried-over", "title": CARRIED, "measures": left})
    document = {
        "format": FORMAT,
        "code": source.get("code"),
        "agreement": agreement_hash,
        "regime": agreement.regime.value,
        "parties": agreement.parties,
        "title": source.get("title"),
        "illustrative": source.get("illustrative", False),
        "valid_from": _day(source.get("valid_from"), "valid_from", 0),
        "valid_before": _day(source.get("valid_until"), "valid_until", 1),
        "predecessor": name,
        "objectives": objectives,
        "given_up": tuple(sorted(set(given_up))),
    }
    try:
        return ActionPlan.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(map(str, first["loc"]))[:80]
        raise InputError("plan.source", field=field or str(first["msg"])[:80]) from None


def lost(before: ActionPlan, still_open: Collection[str], plan: ActionPlan) -> tuple[str, ...]:
    """Return the open measures of a plan that its successor neither carries nor gives up."""
    kept = {measure.id for measure in plan.measures if measure.carried} | set(plan.given_up)
    return tuple(
        measure.id for measure in before.measures if measure.id in still_open and measure.id not in kept
    )


def _objective(table: Mapping[str, Any], still_open: Collection[str]) -> dict[str, Any]:
    measures = [
        {**_written(measure), "carried": measure.get("id") in still_open}
        for measure in _tables(table, "measures")
    ]
    return {**table, "measures": measures}


def _tables(table: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = table.get(name, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise InputError("plan.source", field=name)
    return found


def _written(table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value
        for key, value in table.items()
    }


def _day(value: Any, name: str, plus: int) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise InputError("plan.source", field=name)
    return write_instant(datetime.combine(value, time(0), UTC) + timedelta(days=plus))
