"""What the asker says of a search beside its reason: offence, aim, whom it concerns, a profession that the law protects.

Implements docs/protocol/probe.md §9.1. Source: Regulation (EU) 2024/982 Art. 33(2) (purpose, case and offence; suspect,
convicted, victim, missing person or remains; to identify or to learn more); Directive (EU) 2016/680 Art. 25(1), 6. Rules:
- what is not said is named as missing, never filled in;
- no profession forbids the question itself: the policy knows of none for which the law does (ADR 38); what it may
  forbid is to ask about somebody for whom that person speaks, writes or prays. Such a search stands out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from comity.core.codes.exchange import Regime
from comity.core.codes.marks import SubjectCategory
from comity.core.texts import typed

MAX_OFFENCE = 200
MAX_BEHALF = 64


class Aim(StrEnum):
    """What a search is for (Reg. (EU) 2024/982 Art. 33(2)(c))."""

    IDENTIFY = "identify"
    LEARN_MORE = "learn-more"


class Profession(StrEnum):
    """Professions and offices whose sources, clients or mandate the law protects.

    Source: Belgian Law of 7 April 2005 (journalists' sources) and Code of Criminal Procedure Art. 90octies (lawyers,
    physicians); Constitutions of Belgium Art. 58, 59 and of Morocco Art. 64 (members of parliament); Vienna Convention of
    1961 Art. 29 (diplomats).
    """

    LAWYER = "lawyer"
    JOURNALIST = "journalist"
    PHYSICIAN = "physician"
    CLERGY = "clergy"
    PARLIAMENT = "member-of-parliament"
    MAGISTRATE = "magistrate"
    DIPLOMAT = "diplomat"


OWN_RIGHT = frozenset(
    {
        SubjectCategory.SUSPECT,
        SubjectCategory.CONVICTED,
        SubjectCategory.VICTIM,
        SubjectCategory.MISSING,
        SubjectCategory.TO_BE_IDENTIFIED,
    }
)
"""Whoever is searched for because of what that person did or suffered, not because of whom the person knows."""


@dataclass(frozen=True, slots=True, repr=False)
class Justification:
    """What is said of a search beside its reason and its case.

    Args:
        offence: under investigation, one line; none is needed where people are only identified.
        aim: to identify somebody, or to learn more about somebody known.
        concerns: role of the person (LED Art. 6; who is missing or dead and unknown is `to-be-identified`).
        profession: protected profession of the person, as far as the asker knows.
        on_behalf: officer for whom a case system asks, in the words of that system.
    """

    offence: str = ""
    aim: Aim | None = None
    concerns: SubjectCategory | None = None
    profession: Profession | None = None
    on_behalf: str = ""

    def checked(self) -> Justification:
        """Return it without blanks at the ends of its texts.

        Raises:
            InputError: ``probe.justification-text``.
        """
        offence, behalf = (
            typed(text, "probe.justification-text", least=0, most=most, line=True)
            for text, most in ((self.offence, MAX_OFFENCE), (self.on_behalf, MAX_BEHALF))
        )
        return Justification(offence, self.aim, self.concerns, self.profession, behalf)

    def missing(self, regime: Regime) -> tuple[str, ...]:
        """Return what the law wants said and nobody said, in the order of the form."""
        wanted: dict[str, object] = {
            "offence": self.offence.strip(),
            "aim": self.aim,
            "concerns": self.concerns,
        }
        if regime is Regime.RETURN_IDENTIFICATION:
            del wanted["offence"]
        return tuple(name for name, value in wanted.items() if not value)

    @property
    def is_at_odds(self) -> bool:
        """Whether the person has a protected profession and is not searched for in its own right."""
        return self.profession is not None and self.concerns not in OWN_RIGHT

    def document(self) -> dict[str, str]:
        """Return the JSON form; what was not said is empty."""
        return {
            "offence": self.offence,
            "aim": self.aim or "",
            "concerns": self.concerns or "",
            "profession": self.profession or "",
            "on_behalf": self.on_behalf,
        }


NOTHING_SAID = Justification()


def read_justification(document: Mapping[str, Any]) -> Justification:
    """Return what `Justification.document` wrote; an empty one for searches of before.

    Raises:
        ValueError: a code that there is not (stored by a later version).
    """
    return Justification(
        offence=str(document.get("offence", "")),
        aim=Aim(document["aim"]) if document.get("aim") else None,
        concerns=SubjectCategory(document["concerns"]) if document.get("concerns") else None,
        profession=Profession(document["profession"]) if document.get("profession") else None,
        on_behalf=str(document.get("on_behalf", "")),
    )
