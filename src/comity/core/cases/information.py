"""The body of information that nobody asked for, and of information that is passed on with its owner's consent.

Implements docs/protocol/cases.md §13. Source: Directive (EU) 2023/977 Art. 7 (own-initiative provision of
information); Directive (EU) 2016/680 Art. 35(1)(e) (onward transfer with the owner's authorisation).
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from comity.core.cases.messages import AsOf, Body, Cited, Handled, Line, Released, Text, is_absent
from comity.core.codes.marks import Completeness, SubjectCategory

INFORMATION = "information"


class Origin(Body):
    """Where information that is passed on comes from.

    Args:
        owner: service that gave it. consent: digest of that service's signed consent; or
        override: digest of the decision to pass it on in an emergency, of which the owner was told.
    """

    owner: Annotated[str, Field(pattern=r"^[A-Z]{2}\.[a-z0-9-]{1,40}$")]
    consent: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    override: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None

    @model_validator(mode="after")
    def _check(self) -> Origin:
        if (self.consent is None) == (self.override is None):
            raise ValueError("either a consent or an emergency")
        return self

    @model_serializer(mode="wrap")
    def _write(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in write(self).items() if value is not None}


class InformationBody(Handled):
    """Information given unasked.

    Args:
        matter: what it is about, one line. reasons: why it may be of use to the recipient (Art. 7(1)).
        subject: the permitted fields, as the register released them; None when no person is described.
        as_of, completeness: of the matter and the reasons; of a person, the subject says its own (cases.md §16).
        origin: only when it is passed on for another service.
        case: the case of the service that gives it, in its own words. cites: thread of the two services in which it
            belongs. Both are left out where there is none.
    """

    STATEMENTS = ("matter", "reasons")

    matter: Line
    reasons: Text
    subject: Released | None = None
    evaluation: Annotated[str, Field(pattern=r"^[ABCX][1-4]$")]
    subject_category: SubjectCategory | None = None
    as_of: AsOf | None
    completeness: Completeness
    origin: Origin | None = None
    case: Line | None = Field(default=None, exclude_if=is_absent)
    cites: Cited | None = Field(default=None, exclude_if=is_absent)

    @model_validator(mode="after")
    def _check(self) -> InformationBody:
        if (self.subject is None) != (self.subject_category is None):
            raise ValueError("a category belongs to a person")
        return self
