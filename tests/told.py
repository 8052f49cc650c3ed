"""Marks that tests put on words: a fact where it does not matter, since nothing leaves without one (L5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from comity.core.cases.information import InformationBody
from comity.core.cases.messages import RequestBody
from comity.core.codes.marks import Assertion

FACTS = dict.fromkeys(InformationBody.STATEMENTS, Assertion.FACT)
"""Of information, both statements."""


def document(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a released subject with such fields, each told apart."""
    return {"fields": dict(fields), "assertions": dict.fromkeys(fields, "fact")}


def asked(texts: Mapping[str, Any]) -> dict[str, Assertion]:
    """Return the marks of those texts of a request that are there."""
    written = (name for name in RequestBody.STATEMENTS if str(texts.get(name) or "").strip())
    return dict.fromkeys(written, Assertion.FACT)


def marked(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return information as a partner would write it, its words and its fields told apart where they are not yet."""
    subject = body.get("subject")
    if isinstance(subject, dict) and isinstance(subject.get("fields"), dict):
        subject = {**document(subject["fields"]), **subject}
    return {"assertions": dict(FACTS), **body, **({"subject": subject} if "subject" in body else {})}
