"""What is missing and what is wrong in what somebody has filled in: all of it at once, and none of its values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from comity.core.texts import UNSEEN
from comity.errors import InputError, PeerError

T = TypeVar("T", bound=BaseModel)
LONGEST = 64
"""Greatest length of a field's name that is told."""

_MISSING = frozenset({"missing", "string_too_short", "too_short"})
_TOLD = frozenset(
    {"enum", "literal_error", "string_too_long", "string_type", "list_type", "extra_forbidden", UNSEEN}
    | {"handling", "language_tag"}
)
"""Kinds of faults whose words hold the rule and never the value (pydantic, "Validation errors")."""


@dataclass(frozen=True, slots=True)
class Faults:
    """Fields that are missing, and fields that are wrong with the rule that they break.

    Args:
        missing: names, in the order of the form. wrong: name to rule.
    """

    missing: tuple[str, ...] = ()
    wrong: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.missing or self.wrong)

    def __add__(self, other: Faults) -> Faults:
        return Faults(tuple(dict.fromkeys((*self.missing, *other.missing))), {**self.wrong, **other.wrong})

    def error(self, code: str) -> InputError:
        """Return the error that names every field: `field` all of them, `missing` and `reason` where there are such."""
        facts = {
            "field": ", ".join((*self.missing, *(each for each in self.wrong if each not in self.missing)))
        }
        if self.missing:
            facts["missing"] = ", ".join(self.missing)
        if self.wrong:
            facts["reason"] = "; ".join(f"{name}: {rule}" for name, rule in self.wrong.items())
        return InputError(code, **facts)


def read_faults(found: Iterable[Mapping[str, Any]]) -> Faults:
    """Return the faults that pydantic found; a field that is empty is missing."""
    missing, wrong = [], {}
    for each in found:
        name = ".".join(map(str, each["loc"]))[:LONGEST]
        if each["type"] in _MISSING:
            missing.append(name)
        else:
            wrong[name] = str(each["msg"]) if each["type"] in _TOLD else "not in the form that is asked for"
    return Faults(tuple(missing), wrong)


def opened(model: type[T], body: Mapping[str, Any], code: str) -> T:
    """Return the typed body of a verified message.

    Raises:
        PeerError: `code`, naming the first field that is wrong; a member that is not known is the partner's word and is
            not repeated.
    """
    try:
        return model.model_validate(dict(body))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field_ = "body" if first["type"] == "extra_forbidden" else ".".join(map(str, first["loc"]))[:LONGEST]
        raise PeerError(code, field=field_ or "body") from None


def named(members: Iterable[str]) -> str:
    """Return a closed list as a fact of a refusal that rests on it: whoever reads it sees what would be accepted."""
    return ", ".join(str(each) for each in members) or "none"
