"""What is said in the two calls of a comparison: the lists and the count's ground; one number in common and its place.

Implements docs/protocol/overlap.md §3 and §4. Everything is of a form and a size that the lists' sizes give; how many numbers
are in common is said by nobody.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from comity.core.codes.exchange import Purpose
from comity.core.overlap.points import MOST, STEP, Edge
from comity.errors import PeerError

COUNT, EDGE = "overlap-count", "overlap-edge"
"""Names of the calls."""

Name = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Octets32 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Size = Annotated[int, Field(ge=STEP, le=MOST, multiple_of=STEP)]
Place = Annotated[int, Field(ge=0, lt=MOST)]


class Said(BaseModel):
    """No unknown field, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON value of the body."""
        return self.model_dump(mode="json")


class CountRequest(Said):
    """Asks for a comparison; the attachment holds the asker's points.

    Args:
        overlap: random, names the comparison. public: key of the asker's list.
    """

    v: Literal[1] = 1
    overlap: Name
    agreement: Octets32
    purpose: Annotated[Purpose, Field(strict=False)]
    size: Size
    public: Octets32


class CountAnswer(Said):
    """The attachment holds the tags of the asker's points, then the answerer's own points."""

    v: Literal[1] = 1
    overlap: Name
    size: Size
    theirs: Size


class EdgeRequest(Said):
    """Shows one number in common."""

    v: Literal[1] = 1
    overlap: Name
    mine: Place
    theirs: Place
    element: Octets32
    proof: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]

    @classmethod
    def of(cls, overlap: str, edge: Edge) -> Self:
        """Return the request of a claim."""
        return cls(
            overlap=overlap,
            mine=edge.mine,
            theirs=edge.theirs,
            element=edge.element.hex(),
            proof=edge.proof.hex(),
        )

    @property
    def edge(self) -> Edge:
        """The claim."""
        return Edge(self.mine, self.theirs, bytes.fromhex(self.element), bytes.fromhex(self.proof))


class End(StrEnum):
    """Who stands at the answerer's end of an edge."""

    OWN = "own"
    """Somebody whom it has for a reason of that person's own: a reference is given."""
    AROUND = "around"
    """Somebody who is there because of somebody else: there is none, only that the edge is there (L28)."""
    GONE = "gone"
    """Nobody any more."""


class EdgeAnswer(Said):
    """Which of its own points the asker has shown, and who stands at the other end.

    Args:
        place: in the asker's list. reference: opaque; with the end `own` alone.
    """

    v: Literal[1] = 1
    overlap: Name
    place: Place
    end: Annotated[End, Field(strict=False)]
    reference: Name | None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.reference is not None) != (self.end is End.OWN):
            raise ValueError("a reference belongs to an end of its own")
        return self


S = TypeVar("S", bound=Said)


def read_said(model: type[S], body: object) -> S:
    """Return a body, hostile.

    Raises:
        PeerError: ``overlap.malformed``.
    """
    try:
        return model.model_validate(body)
    except ValidationError:
        raise PeerError("overlap.malformed") from None
