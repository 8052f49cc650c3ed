"""From readable TOML to an agreement.

Implements docs/protocol/agreement.md §3. The source is written by lawyers: dates instead of instants, a last day
instead of an exclusive end, defaults for clauses. What is signed is the compiled document, never the source.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from pydantic import ValidationError

from comity.core.agreement.model import FORMAT, Agreement
from comity.core.codes.exchange import ServiceId
from comity.core.instant import write_instant
from comity.errors import InputError

MAX_SOURCE_BYTES = 262_144
_SETS = ("acts", "data", "subjects", "run_off")
_TIMING_SETS = ("working", "calendars", "suspended_by")
_HEADER = frozenset(
    {
        "code",
        "regime",
        "title",
        "legal_basis",
        "dpia",
        "assurances",
        "illustrative",
        "valid_from",
        "valid_until",
        "predecessor",
        "suites",
        "quotas",
        "defaults",
        "clauses",
        "countries",
        "calendars",
        "transfers",
    }
)


def read_source(text: str) -> dict[str, Any]:
    """Parse the TOML of a source.

    Raises:
        InputError: ``agreement.source-malformed``, ``agreement.source-field`` for a key it does not know.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_SOURCE_BYTES:
        raise InputError("agreement.source-malformed", limit=MAX_SOURCE_BYTES)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError("agreement.source-malformed", reason=str(error)[:120]) from None
    for key in document:
        if key not in _HEADER:
            raise InputError("agreement.source-field", field=key[:80])
    return document


def compile_source(
    source: Mapping[str, Any],
    *,
    parties: tuple[ServiceId, ServiceId],
    predecessor: str | None,
    valid_from: date | None = None,
    valid_until: date | None = None,
) -> Agreement:
    """Compile a parsed source for two parties.

    Args:
        source: what `read_source` returned.
        parties: the two services; the source is open for re-binding.
        predecessor: hash of the agreement it supersedes, or None.
        valid_from: first day, instead of the source's.
        valid_until: last day, instead of the source's; the source may have none (open-ended).

    Raises:
        InputError: ``agreement.source-field``, naming the field.
    """
    first = valid_from or source.get("valid_from")
    last = valid_until or source.get("valid_until")
    document: dict[str, Any] = {
        "format": FORMAT,
        "parties": tuple(sorted(parties)),
        "valid_from": _day(first, "valid_from", 0),
        "valid_before": None if last is None else _day(last, "valid_until", 1),
        "predecessor": predecessor,
        "clauses": _clauses(source),
    }
    if "calendars" in source:
        document["calendars"] = _written(source["calendars"])
    if "transfers" in source:
        document["transfers"] = _transfers(source["transfers"], parties)
    for name in ("code", "regime", "title", "legal_basis", "dpia", "illustrative", "quotas"):
        if name in source:
            document[name] = source[name]
    for name in ("assurances", "suites"):
        document[name] = _sorted(source.get(name, []), name)
    try:
        return Agreement.model_validate(document)
    except ValidationError as error:
        raise _field_error(error) from None


def _field_error(error: ValidationError) -> InputError:
    found = error.errors(include_input=False, include_url=False)[0]
    field = ".".join(str(part) for part in found["loc"])[:80]
    return InputError("agreement.source-field", field=field or "document", reason=str(found["msg"])[:120])


def _day(value: Any, name: str, plus: int) -> str:
    """Return the first millisecond (UTC) of a day, some days later."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise InputError("agreement.source-field", field=name, reason="not a date")
    moment = datetime.combine(value, time(0), UTC) + timedelta(days=plus)
    return write_instant(moment)


def _sorted(values: Any, name: str) -> list[Any]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise InputError("agreement.source-field", field=name, reason="not a list of words")
    if len(set(values)) != len(values):
        raise InputError("agreement.source-field", field=name, reason="a word twice")
    return sorted(values)


def _timing(timing: Mapping[str, Any], field: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: _sorted(timing[name], f"{field}.{name}") for name in _TIMING_SETS if name in timing
    }
    extension = timing.get("extension")
    if isinstance(extension, dict) and "grounds" in extension:
        found["extension"] = {
            **extension,
            "grounds": _sorted(extension["grounds"], f"{field}.extension.grounds"),
        }
    return {**timing, **found}


def _written(value: Any) -> Any:
    """Return a value of the source with its days and instants as the document writes them."""
    if isinstance(value, dict):
        return {key: _written(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_written(each) for each in value]
    if isinstance(value, datetime):
        return write_instant(value) if value.tzinfo is not None else value.isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _transfers(profiles: Any, parties: tuple[ServiceId, ServiceId]) -> dict[str, Any]:
    """Return the profiles of the parties' States; a pack may say more, a State of which it says nothing is named."""
    if not isinstance(profiles, dict) or not all(isinstance(each, dict) for each in profiles.values()):
        raise InputError("agreement.source-field", field="transfers", reason="not tables by State")
    written: dict[str, Any] = {}
    for country in sorted({party[:2] for party in parties}):
        if country not in profiles:
            raise InputError("agreement.source-field", field=f"transfers.{country}", reason="missing")
        profile = dict(_written(profiles[country]))
        field = f"transfers.{country}"
        if "checks" in profile:
            profile["checks"] = _sorted(profile["checks"], f"{field}.checks")
        profile["competent_for"] = _sorted(profile.get("competent_for", []), f"{field}.competent_for")
        for ground in profile.get("grounds", []):
            if isinstance(ground, dict) and "rests_on" in ground:
                ground["rests_on"] = _sorted(ground["rests_on"], f"{field}.grounds.rests_on")
        written[country] = profile
    return written


def _clauses(source: Mapping[str, Any]) -> list[dict[str, Any]]:
    defaults = source.get("defaults", {})
    clauses = source.get("clauses", [])
    if not isinstance(defaults, dict) or not isinstance(clauses, list):
        raise InputError("agreement.source-field", field="clauses", reason="not a list of tables")
    compiled = []
    for number, clause in enumerate(clauses):
        if not isinstance(clause, dict) or not isinstance(clause.get("id"), str):
            raise InputError("agreement.source-field", field=f"clauses.{number}.id", reason="missing")
        whole = {"deadlines": {}, "run_off": [], **defaults, **clause}
        for name in _SETS:
            whole[name] = _sorted(whole.get(name, []), f"clauses.{clause['id'][:40]}.{name}")
        if isinstance(whole.get("timing"), dict):
            whole["timing"] = _timing(whole["timing"], f"clauses.{clause['id'][:40]}.timing")
        compiled.append(whole)
    return sorted(compiled, key=lambda clause: str(clause["id"]))
