"""What crosses the border in a search: the request and the answer, of one shape whatever is asked or found.

Implements docs/protocol/probe.md §4. A request carries the purpose group, a commitment and exactly as many blinded
points as the layout of the profile; unused slots hold what the seed yields, which nobody can tell from the others. After
every answered search follow two points more, for the openings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
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

TOGETHER = 16
"""Searches in one call, at most."""

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


class Asking(BaseModel):
    """What tells one search of a call from the others."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    rid: Hex32
    commitment: Hex64


class TogetherRequest(BaseModel):
    """Several searches of one case in one call (§4.11): what they share, and the points of one after those of the other."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    v: Literal[1] = 1
    agreement: Hex64
    group: Annotated[str, Field(max_length=40)]
    epoch: Annotated[int, Field(ge=1, le=1_000_000)]
    profile: Annotated[str, Field(max_length=40)]
    case: Hex32
    layer: Annotated[int, Field(ge=0, le=1_000_000_000)]
    searches: Annotated[tuple[Asking, ...], Field(min_length=2, max_length=TOGETHER)]
    points: tuple[Point, ...]

    def apart(self, slots: int) -> list[ProbeRequest]:
        """Return the searches, each as it would be asked by itself.

        Args:
            slots: points of one search.

        Raises:
            PeerError: ``probe.batch-size``; ``probe.id-reused``: two of them have one identifier.
        """
        if len(self.points) != slots * len(self.searches):
            raise PeerError("probe.batch-size", limit=slots)
        if len({one.rid for one in self.searches}) != len(self.searches):
            raise PeerError("probe.id-reused")
        return [
            ProbeRequest(
                rid=one.rid,
                agreement=self.agreement,
                group=self.group,
                epoch=self.epoch,
                profile=self.profile,
                case=self.case,
                commitment=one.commitment,
                layer=self.layer,
                points=self.points[at * slots : (at + 1) * slots],
            )
            for at, one in enumerate(self.searches)
        ]


class Counted(BaseModel):
    """The issuer's counts of one search of a call."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    rid: Hex32
    today: Annotated[int, Field(ge=1)]
    in_case: Annotated[int, Field(ge=1)]


class TogetherAnswer(BaseModel):
    """What the issuer answers to several searches: elements and proofs of one after those of the other."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    v: Literal[1] = 1
    epoch: int
    day: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    searches: Annotated[tuple[Counted, ...], Field(min_length=2, max_length=TOGETHER)]
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


class TogetherOpenings(BaseModel):
    """What follows several searches that were answered together: two points for each."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    v: Literal[1] = 1
    rids: Annotated[tuple[Hex32, ...], Field(min_length=2, max_length=TOGETHER)]
    points: tuple[Point, ...]

    def apart(self) -> list[OpeningRequest]:
        """Return the requests, each as it would be made by itself.

        Raises:
            PeerError: ``probe.batch-size``, ``probe.id-reused``.
        """
        if len(self.points) != OPENINGS.total * len(self.rids):
            raise PeerError("probe.batch-size", limit=OPENINGS.total)
        if len(set(self.rids)) != len(self.rids):
            raise PeerError("probe.id-reused")
        points = parted(self.points, len(self.rids))
        return [OpeningRequest(rid=rid, points=own) for rid, own in zip(self.rids, points, strict=True)]


class TogetherOpened(BaseModel):
    """The evaluation of the points of several openings."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    v: Literal[1] = 1
    rids: Annotated[tuple[Hex32, ...], Field(min_length=2, max_length=TOGETHER)]
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
    _require_own(answer.rid, answer.epoch, answer.elements, request)
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


def together(requests: Sequence[ProbeRequest]) -> TogetherRequest:
    """Return the one call for several searches.

    Args:
        requests: of one agreement, group, epoch, profile, case and layer; 2 to `TOGETHER`.

    Raises:
        ValueError: they differ in what they must share (a bug of the caller).
    """
    shared = {name: getattr(requests[0], name) for name in _SHARED}
    if any(getattr(one, name) != value for one in requests for name, value in shared.items()):
        raise ValueError("searches of one call share all but person and identifier")
    asked = tuple(Asking(rid=one.rid, commitment=one.commitment) for one in requests)
    return TogetherRequest(**shared, searches=asked, points=joined(one.points for one in requests))


def openings_together(requests: Sequence[OpeningRequest]) -> TogetherOpenings:
    """Return the one call for the openings of several searches."""
    rids = tuple(one.rid for one in requests)
    return TogetherOpenings(rids=rids, points=joined(one.points for one in requests))


def read_together(body: Any) -> TogetherRequest:
    """Parse a request for several searches.

    Raises:
        PeerError: ``probe.request-malformed``.
    """
    return _read(TogetherRequest, body, "probe.request-malformed")


def read_openings_together(body: Any) -> TogetherOpenings:
    """Parse a request for several openings.

    Raises:
        PeerError: ``probe.request-malformed``.
    """
    return _read(TogetherOpenings, body, "probe.request-malformed")


def read_answers(body: Any, requests: Sequence[ProbeRequest]) -> list[ProbeAnswer]:
    """Parse the answer to several searches; return each as if it had been answered by itself.

    Raises:
        PeerError: ``probe.answer-malformed``, ``probe.answer-wrong``.
    """
    made = _read(TogetherAnswer, body, "probe.answer-malformed")
    if [one.rid for one in made.searches] != [one.rid for one in requests]:
        raise PeerError("probe.answer-wrong")
    first = made.searches[0]
    counts = [(one.today - first.today, one.in_case - first.in_case) for one in made.searches]
    if counts != [(at, at) for at in range(len(requests))]:
        raise PeerError("probe.answer-wrong")
    elements, proofs = parted(made.elements, len(requests)), parted(made.proofs, len(requests))
    answers = [
        ProbeAnswer(
            rid=one.rid,
            epoch=made.epoch,
            day=made.day,
            today=one.today,
            in_case=one.in_case,
            elements=elements[at],
            proofs=proofs[at],
            tombstones=made.tombstones,
        )
        for at, one in enumerate(made.searches)
    ]
    for answer, request in zip(answers, requests, strict=True):
        _require_own(answer.rid, answer.epoch, answer.elements, request)
    return answers


def read_opened(body: Any, requests: Sequence[OpeningRequest]) -> list[OpeningAnswer]:
    """Parse the answer to several openings; return each as if it had been answered by itself.

    Raises:
        PeerError: ``probe.answer-malformed``, ``probe.answer-wrong``.
    """
    made = _read(TogetherOpened, body, "probe.answer-malformed")
    if made.rids != tuple(one.rid for one in requests):
        raise PeerError("probe.answer-wrong")
    elements, proofs = parted(made.elements, len(requests)), parted(made.proofs, len(requests))
    return [
        OpeningAnswer(rid=rid, elements=elements[at], proofs=proofs[at]) for at, rid in enumerate(made.rids)
    ]


_SHARED = ("agreement", "group", "epoch", "profile", "case", "layer")

_Entry = TypeVar("_Entry")


def joined(lists: Iterable[Sequence[_Entry]]) -> tuple[_Entry, ...]:
    """Return the entries of all lists, one list after the other."""
    return tuple(entry for one in lists for entry in one)


def parted(entries: Sequence[_Entry], parts: int) -> list[tuple[_Entry, ...]]:
    """Return as many lists of equal length; the reverse of `joined`.

    Raises:
        PeerError: ``probe.answer-wrong``: they cannot be equal.
    """
    size, left = divmod(len(entries), parts)
    if left:
        raise PeerError("probe.answer-wrong")
    return [tuple(entries[at * size : (at + 1) * size]) for at in range(parts)]


def _require_own(rid: str, epoch: int, elements: Sequence[str], request: ProbeRequest) -> None:
    if (rid, epoch, len(elements)) != (request.rid, request.epoch, len(request.points)):
        raise PeerError("probe.answer-wrong")


def _read(model: type[_Model], body: Any, code: str) -> _Model:
    try:
        return model.model_validate_json(canonical.encode(body))
    except (ValidationError, ValueError):
        raise PeerError(code) from None
