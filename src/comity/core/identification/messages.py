"""Bodies of a request for identification, of what is sent after it, and of its answer.

Implements docs/protocol/identification.md §3 and §5. Source: Regulation (EU) 2018/1860 Art. 15; Regulation (EU) 2024/1358
Art. 50; the memorandum of 2016 as the press reported it. No body has free text: what may be said is what the lists hold,
so that nothing else can be said in it (no asylum, no offence, no opinion).
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from comity.core.cases.messages import Body, Line, Released
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory
from comity.core.identification.attachment import FILES, Declared

IDENTIFICATION_REQUEST = "identification-request"
IDENTIFICATION_SUPPLEMENT = "identification-supplement"
IDENTIFICATION_ANSWER = "identification-answer"

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Tongue = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
Evaluation = Annotated[str, Field(pattern=r"^[ABCX][1-4]$")]
Files = Annotated[tuple[Declared, ...], Field(max_length=FILES)]


class Informed(Body):
    """When and in which language the person was told that the data may go to that State (ISO 639)."""

    on: date
    language: Tongue


class Issuing(Body):
    """The State whose return decision it is; another one than the requester's must have agreed to the transfer."""

    country: Country
    agreed_on: date | None = None


class Nationality(Body):
    """The nationality in question.

    Args:
        presumed: by the requester. contested: by the person. claimed: by the person, if any.
    """

    presumed: Country
    contested: bool
    claimed: tuple[Country, ...] = Field(default=(), max_length=4)


class IdentificationBody(Body):
    """A request to identify one person.

    `informed` and `issuing` can be absent only so that `comity.core.policy.returning` can say what is missing.

    Args:
        case: the requester's own case reference. reference: what a private search found, if one was made.
        subject: the person as the requester's register released it: lawful fields only.
        categories: all that the request and its files carry, sorted.
        attachments: files that follow.
    """

    case: Line
    reference: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    subject: Released
    handling: Handling
    evaluation: Evaluation
    subject_category: SubjectCategory
    categories: Annotated[tuple[DataCategory, ...], Field(min_length=1)]
    nationality: Nationality
    informed: Informed | None = None
    issuing: Issuing | None = None
    attachments: Files = ()

    @model_validator(mode="after")
    def _check(self) -> IdentificationBody:
        if list(self.categories) != sorted(set(self.categories)):
            raise ValueError("categories are sorted and unique")
        return self


class SupplementBody(Body):
    """Further files for a request, after the answerer said that more is needed."""

    attachments: Annotated[Files, Field(min_length=1)]


class Result(StrEnum):
    """What became of a request for identification; the last leaves it open."""

    IDENTIFIED = "identified"
    NOT_IDENTIFIED = "not-identified"
    MORE_NEEDED = "more-needed"


def result_event(result: Result) -> str:
    """Return the kind of the entry by which both services log what an answer says."""
    return f"identification.{result.value}"


RESULT_EVENTS = frozenset(result_event(each) for each in Result)
ENDING = RESULT_EVENTS - {result_event(Result.MORE_NEEDED)}
"""Entries that name an answer, and those of answers that end the request."""


class ResultGround(StrEnum):
    """On what a result rests."""

    PRINTS_MATCH = "fingerprints-match"
    REGISTER = "civil-register"
    DOCUMENT = "document-verified"
    INTERVIEW = "consular-interview"
    PRINTS_DIFFER = "fingerprints-without-match"
    NOT_REGISTERED = "not-in-registers"
    CONTRADICTED = "particulars-contradicted"
    PRINTS_UNUSABLE = "fingerprints-unusable"
    PARTICULARS = "particulars-insufficient"
    PAPERS = "documents-wanted"


GROUNDS: dict[Result, frozenset[ResultGround]] = {
    Result.IDENTIFIED: frozenset(
        {ResultGround.PRINTS_MATCH, ResultGround.REGISTER, ResultGround.DOCUMENT, ResultGround.INTERVIEW}
    ),
    Result.NOT_IDENTIFIED: frozenset(
        {
            ResultGround.PRINTS_DIFFER,
            ResultGround.NOT_REGISTERED,
            ResultGround.CONTRADICTED,
            ResultGround.INTERVIEW,
        }
    ),
    Result.MORE_NEEDED: frozenset(
        {ResultGround.PRINTS_UNUSABLE, ResultGround.PARTICULARS, ResultGround.PAPERS}
    ),
}
"""Grounds of each result: a closed list, as for every answer that could otherwise tell more than it says."""


PRINTS = frozenset({ResultGround.PRINTS_MATCH, ResultGround.PRINTS_DIFFER})
"""Grounds that rest on fingerprints."""


class AnswerBody(Body):
    """A named person's answer.

    Args:
        grounds: at least one, of those of the result. nationality: confirmed; only when identified.
        subject, handling, evaluation: who it is, as the answerer's register released it; only when identified, and
            not even then when the particulars of the request are simply confirmed.
    """

    result: Result
    grounds: Annotated[tuple[ResultGround, ...], Field(min_length=1, max_length=4)]
    nationality: Country | None = None
    subject: Released | None = None
    handling: Handling | None = None
    evaluation: Evaluation | None = None

    @model_validator(mode="after")
    def _check(self) -> AnswerBody:
        if list(self.grounds) != sorted(set(self.grounds)) or not set(self.grounds) <= GROUNDS[self.result]:
            raise ValueError("grounds are sorted, unique, and those of the result")
        identified = self.result is Result.IDENTIFIED
        if identified != (self.nationality is not None) or (self.subject is not None and not identified):
            raise ValueError("a nationality, and a person, belong to who is identified")
        if len({self.subject is None, self.handling is None, self.evaluation is None}) != 1:
            raise ValueError("a person is told with handling code and evaluation")
        return self
