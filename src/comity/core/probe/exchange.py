"""What crosses the border in a search: the request and the answer, of one shape whatever is asked or found.

Implements docs/protocol/probe.md §4. A request carries the purpose group, a commitment and exactly as many blinded
points as the layout of the profile; unused slots hold what the seed yields, which nobody can tell from the others. After
every answered search follow two points more, for the openings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from comity.core import canonical
from comity.core.crypto.agent import Evaluation
from comity.core.crypto.encoding import from_text, to_text
from comity.core.crypto.voprf.layout import OPENINGS, KeyClass, SlotLayout
from comity.core.crypto.voprf.seeded import SeededBlinding
from comity.core.probe.recalled import Tombstones
from comity.core.probe.rules.profile import Profile
from comity.core.probe.rules.tokens import Token
from comity.errors import PeerError

SEED_BYTES = 32

Point = Annotated[str, Field(min_length=43, max_length=43)]
Proof = Annotated[str, Field(min_length=86, max_length=86)]
Hex32 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Hex64 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Tokens = Mapping[KeyClass, tuple[Token, ...]]

_Model = TypeVar("_Model", bound=BaseModel)


class _Body(BaseModel):
    """What every body of a search has: a version, the search that it belongs to, and no member that is not named."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    v: Literal[1] = 1
    rid: Hex32

    def to_json(self) -> dict[str, Any]:
        """Return the JSON body."""
        return self.model_dump(mode="json")

    @property
    def digest(self) -> str:
        """What an identical body has in common with this one."""
        return canonical.digest(canonical.encode(self.to_json()))


class ProbeRequest(_Body):
    """What the issuer gets to see.

    `case` is a pseudonym that is used for nothing else; `layer` is the version of the newest layer that will be read, 0 for
    all that the issuer still tells.
    """

    agreement: Hex64
    group: Annotated[str, Field(max_length=40)]
    epoch: Annotated[int, Field(ge=1, le=1_000_000)]
    profile: Annotated[str, Field(max_length=40)]
    case: Hex32
    commitment: Hex64
    layer: Annotated[int, Field(ge=0, le=1_000_000_000)]
    points: tuple[Point, ...]


class ProbeAnswer(_Body):
    """What the issuer answers: elements, a proof for each class, its own count, which is the count that holds, and what is gone."""

    epoch: int
    day: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    today: Annotated[int, Field(ge=1)]
    in_case: Annotated[int, Field(ge=1)]
    elements: tuple[Point, ...]
    proofs: tuple[Proof, ...]
    tombstones: Tombstones


class OpeningRequest(_Body):
    """What follows every answered search: two points, whatever was found."""

    points: tuple[Point, ...]


class OpeningAnswer(_Body):
    """The evaluation of the two points."""

    elements: tuple[Point, ...]
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """What the asker keeps until an answer is finalized."""

    tokens: Tokens
    blinding: SeededBlinding

    @property
    def points(self) -> tuple[str, ...]:
        """Blinded points as text."""
        return tuple(to_text(element) for element in self.blinding.elements)


def ask(profile: Profile, tokens: Mapping[KeyClass, Sequence[Token]], seed: bytes) -> Asked:
    """Blind the tokens and fill the remaining slots; every blind follows from the seed (§4.2).

    Args:
        profile: rules and layout.
        tokens: of each class, at most as many as it has slots.
        seed: 32 fresh random bytes.

    Raises:
        ValueError: more tokens than slots.
    """
    ordered = {key_class: tuple(tokens.get(key_class, ())) for key_class, _ in profile.layout.slots}
    octets = {key_class: [token.octets for token in own] for key_class, own in ordered.items()}
    return Asked(ordered, SeededBlinding(seed, profile.layout, octets))


def outputs(
    profile: Profile, asked: Asked, answer: ProbeAnswer, publics: Mapping[KeyClass, bytes]
) -> tuple[list[Token], list[bytes]]:
    """Verify the proofs over all slots and return the tokens with their outputs.

    Raises:
        PeerError: ``probe.proof``, ``probe.element``, ``probe.batch-size``, ``encoding.malformed``.
    """
    found = asked.blinding.finalize(evaluations(profile.layout, answer.elements, answer.proofs), publics)
    tokens = [token for own in asked.tokens.values() for token in own]
    return tokens, [output for key_class in asked.tokens for output in found[key_class]]


def ask_openings(keys: Sequence[bytes], seed: bytes) -> SeededBlinding:
    """Blind the record keys found, at most two, and fill the rest (§4.7)."""
    return SeededBlinding(seed, OPENINGS, {KeyClass.OPENING: list(keys)})


def openings(
    blinding: SeededBlinding, answer: OpeningAnswer, publics: Mapping[KeyClass, bytes]
) -> list[bytes]:
    """Verify the proof and return F2 of each record key.

    Raises:
        PeerError: as `outputs`.
    """
    found = blinding.finalize(evaluations(OPENINGS, answer.elements, answer.proofs), publics)
    return found[KeyClass.OPENING]


def evaluations(
    layout: SlotLayout, elements: Sequence[str], proofs: Sequence[str]
) -> dict[KeyClass, Evaluation]:
    """Return what was evaluated, class by class.

    Raises:
        PeerError: ``probe.batch-size``, ``encoding.malformed``.
    """
    if len(elements) != layout.total or len(proofs) != len(layout.slots):
        raise PeerError("probe.batch-size", limit=layout.total)
    octets = [from_text(element) for element in elements]
    return {
        key_class: Evaluation(tuple(octets[places.start : places.stop]), from_text(proof))
        for (key_class, places), proof in zip(layout.ranges(), proofs, strict=True)
    }


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
    return _read(ProbeRequest, body, "probe.request-malformed")


def read_opening(body: Any) -> OpeningRequest:
    """Parse a request for openings.

    Raises:
        PeerError: ``probe.request-malformed``.
    """
    return _read(OpeningRequest, body, "probe.request-malformed")


def read_answer(body: Any, request: ProbeRequest) -> ProbeAnswer:
    """Parse an answer and check that it belongs to the request.

    Raises:
        PeerError: ``probe.answer-malformed``, ``probe.answer-wrong``.
    """
    answer = _read(ProbeAnswer, body, "probe.answer-malformed")
    if (answer.rid, answer.epoch, len(answer.elements)) != (request.rid, request.epoch, len(request.points)):
        raise PeerError("probe.answer-wrong")
    return answer


def read_openings(body: Any, request: OpeningRequest) -> OpeningAnswer:
    """Parse the answer to a request for openings.

    Raises:
        PeerError: ``probe.answer-malformed``, ``probe.answer-wrong``.
    """
    answer = _read(OpeningAnswer, body, "probe.answer-malformed")
    if (answer.rid, len(answer.elements)) != (request.rid, len(request.points)):
        raise PeerError("probe.answer-wrong")
    return answer


def _read(model: type[_Model], body: Any, code: str) -> _Model:
    try:
        return model.model_validate_json(canonical.encode(body))
    except (ValidationError, ValueError):
        raise PeerError(code) from None
