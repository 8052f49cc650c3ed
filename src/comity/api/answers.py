"""What an operation may answer, for the OpenAPI document: its own schema, or a refusal."""

from __future__ import annotations

from typing import Any

from ninja import Schema

REFUSED = (400, 401, 403, 404, 502, 503)
"""Our mistake in the call, no account, not permitted, nothing by that name, the partner's fault, no way to the partner."""


class Refusal(Schema):
    """Why an operation did not happen: stable code, one sentence, who must act, named values without personal data."""

    code: str
    sentence: str
    act: str
    facts: dict[str, str | int]


def answers(schema: Any) -> dict[int, Any]:
    """Return the answers of an operation that gives this schema."""
    return {200: schema, **dict.fromkeys(REFUSED, Refusal)}
