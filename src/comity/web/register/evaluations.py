"""The words for an evaluation: how reliable the source is, how accurate the information (4x4).

Source: Regulation (EU) 2016/794 Art. 29(2) and (3).
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from comity.core.codes.marks import InformationEvaluation, SourceEvaluation

Words = Promise | str

SOURCES: dict[SourceEvaluation, Words] = {
    SourceEvaluation.A: _("no doubt about the source"),
    SourceEvaluation.B: _("a source that was mostly reliable"),
    SourceEvaluation.C: _("a source that was mostly unreliable"),
    SourceEvaluation.X: _("the reliability of the source cannot be judged"),
}
INFORMATION: dict[InformationEvaluation, Words] = {
    InformationEvaluation.ONE: _("no doubt about the accuracy"),
    InformationEvaluation.TWO: _("known to the source itself, not to the official who passes it on"),
    InformationEvaluation.THREE: _("not known to the source itself, but corroborated"),
    InformationEvaluation.FOUR: _("not known to the source itself, and not corroborated"),
}


def choices(
    table: dict[SourceEvaluation, Words] | dict[InformationEvaluation, Words],
) -> list[tuple[str, str]]:
    """Return code and words, for a form."""
    return [(each.value, f"{each.value} – {words}") for each, words in table.items()]


def evaluation_words(text: str) -> tuple[Words, Words] | None:
    """Return what the two signs of an evaluation mean; None for what is none."""
    try:
        return SOURCES[SourceEvaluation(text[:1])], INFORMATION[InformationEvaluation(text[1:])]
    except ValueError:
        return None
