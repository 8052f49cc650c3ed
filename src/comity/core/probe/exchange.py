"""What crosses the border in a search: the request and the answer, of one shape whatever is asked or found.

Implements docs/protocol/probe.md §4. A request carries the purpose group, a commitment and exactly
`query_slots` blinded points; unused slots hold blinded random strings, which nobody can tell from the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from comity.core import canonical
from comity.core.crypto.agent import Evaluation
from comity.core.crypto.encoding import from_text, to_text
from comity.core.crypto.oprf import Blinding
from comity.core.probe.profile import Profile
from comity.core.probe.tokens import TOKEN_BYTES, Token
from comity.errors import PeerError

SEED_BYTES = 32

Point = Annotated[str, Field(min_length=43, max_length=43)]
Hex32 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Hex64 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ProbeRequest(BaseModel):
    """What the issuer gets to see. `case` is a pseudonym that is used for nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    v: Literal[1] = 1
    rid: Hex32
    agreement: Hex64
    group: Annotated[str, Field(max_length=40)]
    epoch: Annotated[int, Field(ge=1, le=1_000_000)]
    profile: Annotated[str, Field(max_length=40)]
    case: Hex32
    commitment: Hex64
    points: tuple[Point, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON body."""
        return self.model_dump(mode="json")

    @property
    def digest(self) -> str:
        """What an identical request has in common with this one."""
        return canonical.digest(canonical.encode(self.to_json()))


class ProbeAnswer(BaseModel):
    """What the issuer answers: elements, one proof, and its own count, which is the count that holds."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    v: Literal[1] = 1
    rid: Hex32
    epoch: int
    day: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    today: Annotated[int, Field(ge=1)]
    in_case: Annotated[int, Field(ge=1)]
    elements: tuple[Point, ...]
    proof: Annotated[str, Field(min_length=86, max_length=86)]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON body."""
        return self.model_dump(mode="json")

    @property
    def evaluation(self) -> Evaluation:
        """Return elements and proof as bytes.

        Raises:
            PeerError: ``encoding.malformed``.
        """
        return Evaluation(tuple(from_text(point) for point in self.elements), from_text(self.proof))


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """What the asker keeps until the answer is finalized: real tokens first, then dummies."""

    tokens: tuple[Token, ...]
    blinding: Blinding

    @property
    def points(self) -> tuple[str, ...]:
        """Blinded points as text."""
        return tuple(to_text(element) for element in self.blinding.elements)


def ask(profile: Profile, tokens: Sequence[Token], random: Callable[[int], bytes]) -> Asked:
    """Blind the tokens and fill the remaining slots with blinded random strings.

    Raises:
        ValueError: more tokens than slots.
    """
    spare = profile.query_slots - len(tokens)
    if spare < 0:
        raise ValueError("more tokens than slots")
    dummies = [random(TOKEN_BYTES) for _ in range(spare)]
    return Asked(tuple(tokens), Blinding([*(token.octets for token in tokens), *dummies]))


def outputs(asked: Asked, answer: ProbeAnswer, public: bytes) -> list[bytes]:
    """Verify the proof over all slots and return the outputs of the real tokens.

    Raises:
        PeerError: ``probe.proof``, ``probe.element``, ``probe.batch-size``, ``encoding.malformed``.
    """
    return asked.blinding.finalize(answer.evaluation, public)[: len(asked.tokens)]


def commitment(nonce: bytes, query: bytes, case: str, blind_seed: bytes) -> str:
    """Return H(nonce | canonical query | case | blind seed), 64 hex digits; each part is preceded by its length."""
    digest = hashlib.sha256(b"comity/1 probe commitment")
    for part in (nonce, query, case.encode(), blind_seed):
        digest.update(len(part).to_bytes(4, "big") + part)
    return digest.hexdigest()


def read_request(body: Any) -> ProbeRequest:
    """Parse a request.

    Raises:
        PeerError: ``probe.request-malformed``.
    """
    try:
        return ProbeRequest.model_validate_json(canonical.encode(body))
    except (ValidationError, ValueError):
        raise PeerError("probe.request-malformed") from None


def read_answer(body: Any, request: ProbeRequest) -> ProbeAnswer:
    """Parse an answer and check that it belongs to the request.

    Raises:
        PeerError: ``probe.answer-malformed``, ``probe.answer-wrong``.
    """
    try:
        answer = ProbeAnswer.model_validate_json(canonical.encode(body))
    except (ValidationError, ValueError):
        raise PeerError("probe.answer-malformed") from None
    if (answer.rid, answer.epoch, len(answer.elements)) != (request.rid, request.epoch, len(request.points)):
        raise PeerError("probe.answer-wrong")
    return answer
