"""Marks that tests put on words: a fact where it does not matter, since nothing leaves without one (L5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comity.core.cases.information import InformationBody
from comity.core.cases.messages import RequestBody
from comity.core.codes.marks import Assertion

FACTS = dict.fromkeys(InformationBody.STATEMENTS, Assertion.FACT)
"""Of information, both statements."""


UNDATED = {"as_of": None, "completeness": "not-stated"}
"""What nobody dates."""


def document(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a released subject with such fields, each told apart."""
    return {"fields": dict(fields), "assertions": dict.fromkeys(fields, "fact"), **UNDATED}


def released(fields: Mapping[str, Any], category: str = "suspect") -> dict[str, Any]:
    """Return all of a released subject with such fields."""
    codes = {"kind": "person", "category": category, "handling": "H1", "evaluation": "X4"}
    return {**codes, **document(fields)}


def asked(texts: Mapping[str, Any]) -> dict[str, Assertion]:
    """Return the marks of those texts of a request that are there."""
    written = (name for name in RequestBody.STATEMENTS if str(texts.get(name) or "").strip())
    return dict.fromkeys(written, Assertion.FACT)


def marked(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return information as a partner would write it, its words and its fields told apart where they are not yet."""
    subject = body.get("subject")
    if isinstance(subject, dict) and isinstance(subject.get("fields"), dict):
        category = body.get("subject_category") or "suspect"
        subject = {**released(subject["fields"], category), **subject}
    return {
        "assertions": dict(FACTS),
        **UNDATED,
        **body,
        **({"subject": subject} if "subject" in body else {}),
    }
