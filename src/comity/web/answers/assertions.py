"""Whether what an officer writes is a fact or an assessment: one question beside each text, without a chosen answer.

Rule L5; docs/protocol/cases.md §15. Source: Directive (EU) 2016/680 Art. 7(1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from comity.core.codes.marks import Assertion
from comity.errors import InputError
from comity.web import labels

SUFFIX = "_is"
"""After the name of a text's field: the field that says what the text is."""

UNMARKED = _("Say whether this text is a fact or an assessment.")


def question(label: Any, *, required: bool = True) -> forms.ChoiceField:
    """Return the field beside a text; nothing is chosen at first.

    Args:
        label: of the text. required: False for a text that may be left out; `mark_where_written` asks then.
    """
    return forms.ChoiceField(
        label=format_lazy("{} – {}", label, _("fact or assessment?")),
        choices=[("", "–"), *((each.value, labels.ASSERTIONS[each]) for each in Assertion)],
        required=required,
    )


def mark_where_written(form: forms.Form, names: Iterable[str]) -> None:
    """Note an error for each text that was written and not marked; those names are of fields that may be empty."""
    for name in names:
        if form.cleaned_data.get(name) and not form.cleaned_data.get(name + SUFFIX):
            form.add_error(name + SUFFIX, UNMARKED)


def marked(given: Mapping[str, Any], names: Iterable[str]) -> dict[str, Assertion]:
    """Return the marks of the texts that were written, from the cleaned fields of a form."""
    return {name: Assertion(given[name + SUFFIX]) for name in names if given.get(name)}


def posted_mark(text: str, statement: str) -> Assertion:
    """Return the mark that a form without a class of its own sent.

    Raises:
        InputError: ``case.assertion-missing``.
    """
    if text not in list(Assertion):
        raise InputError("case.assertion-missing", field=statement, allowed=", ".join(Assertion))
    return Assertion(text)
