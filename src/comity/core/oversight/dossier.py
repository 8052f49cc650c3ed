"""The dossier of one exchange: everything by which a third party can judge a thread or a search, and no words of it.

Implements docs/protocol/oversight.md §2. It holds headers, never contents: what a message says is named by its digest
only, so that a supervisor may be shown it later and can tell that it is the same.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from comity.core.agreement.profile import ChangeEffect, ChangeKind
from comity.core.agreement.standing import StopKind
from comity.core.agreement.written import Frozen, Moment, Span
from comity.core.cases.clock import TurnKind
from comity.core.codes.exchange import Purpose, PurposeGroup, Regime
from comity.core.codes.marks import Assertion, DelayGround
from comity.core.envelope.fields import Hex32, Hex64, Party, ThreadId
from comity.errors import InputError

FORMAT = "comity-dossier/1"
MOST_MESSAGES = 2_000
MOST_ENTRIES = 12_000

Octets = Annotated[str, Field(max_length=400_000, pattern=r"^[A-Za-z0-9_-]*$")]
"""Bytes in base64url without padding."""

Token = Annotated[str, Field(max_length=400_000, pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+$")]
Word = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]
Count = Annotated[int, Field(ge=0, le=2**53 - 1)]


class Way(StrEnum):
    """Whether the service that makes the dossier wrote a message or received it."""

    OUT = "out"
    IN = "in"


class ShownSignature(Frozen):
    """A party's signature over an agreement."""

    party: Party
    token: Token
    signed_at: Moment


class ShownStop(Frozen):
    """A suspension or termination; until when, once it was ended."""

    kind: StopKind
    by: Party
    at: Moment
    until: Moment | None


class ShownChange(Frozen):
    """A change in the status of a party that the service has noted (docs/protocol/transfer.md §4); its own word."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    kind: ChangeKind
    name: Annotated[str, Field(max_length=64)]
    effect: ChangeEffect
    at: Moment


class ShownAgreement(Frozen):
    """An agreement: its canonical bytes, who signed them, who stopped it, what has changed since."""

    document: Octets
    signatures: Annotated[tuple[ShownSignature, ...], Field(max_length=2)]
    stops: Annotated[tuple[ShownStop, ...], Field(max_length=1_000)]
    changes: Annotated[tuple[ShownChange, ...], Field(max_length=1_000)] = ()


class ShownMessage(Frozen):
    """One message.

    Args:
        header: canonical bytes. sealed: digest of the sealed part, `content` of the signed content; None once erased.
        state: as the service holds it. code: of a refusal. received_at: the recipient's time, as its receipt says.
        batch: in which it travelled.
        told: of each statement in it whether it was a fact or an assessment (cases.md §15), without the statement: the
            service's own word, which whoever is shown the content can check by its digest; empty once erased.
        derogated: transfers that its sender had made before under the agreement's derogation, within the cap's time; both
            services count the same.
    """

    way: Way
    header: Octets
    sealed: Hex64
    content: Hex64 | None
    state: Word
    code: Word | None
    received_at: Moment | None
    batch: Hex32 | None
    told: Annotated[dict[Word, Assertion], Field(max_length=40)] = {}
    derogated: Count = 0


class ShownBatch(Frozen):
    """The receipt of a batch.

    Args:
        manifest: of a batch that the service sent: the bytes that the receipt is for; None for one it received.
        receipt: of a batch sent, the partner's signed token; of one received, the payload that the service signed.
    """

    batch: Hex32
    way: Way
    manifest: Octets | None
    receipt: Annotated[str, Field(max_length=400_000)]


class ShownTurn(Frozen):
    """A notice or question that changed the course of the clock; its message stands in the dossier."""

    message: Hex32
    kind: TurnKind
    at: Moment
    span: Span
    ground: DelayGround


class ShownSearch(Frozen):
    """One private search, as the service that makes the dossier knows it: never whom it was for, nor what it found.

    Args:
        way: whether the service asked or was asked. purpose: known to the asker only.
        today, in_case: which search of the day and of the case it was, counted from 1; None when it was not answered.
    """

    way: Way
    agreement: Hex64
    group: PurposeGroup
    purpose: Purpose | None
    at: Moment
    today: Count | None
    in_case: Count | None
    state: Word
    code: Annotated[str, Field(max_length=64)]
    commitment: Hex64


class ShownEntry(Frozen):
    """An entry of the bilateral log, with its proof in a countersigned state of `size`; None: not covered yet."""

    log: Annotated[str, Field(max_length=200)]
    number: Count
    leaf: Octets
    size: Count | None
    proof: Annotated[tuple[Hex64, ...], Field(max_length=128)]


class Dossier(Frozen):
    """One exchange between two services under one regime.

    Args:
        subject: identifier of the thread or search.
        agreements: those that the exchange cites, with their successors.
        pending: entries of the exchange that have no number yet.
    """

    format: Literal["comity-dossier/1"]
    service: Party
    partner: Party
    regime: Regime
    subject: ThreadId
    made_at: Moment
    cards: Annotated[tuple[Octets, ...], Field(max_length=200)]
    agreements: Annotated[tuple[ShownAgreement, ...], Field(max_length=100)]
    messages: Annotated[tuple[ShownMessage, ...], Field(max_length=MOST_MESSAGES)] = ()
    batches: Annotated[tuple[ShownBatch, ...], Field(max_length=MOST_MESSAGES)] = ()
    turns: Annotated[tuple[ShownTurn, ...], Field(max_length=MOST_MESSAGES)] = ()
    search: ShownSearch | None = None
    checkpoints: Annotated[
        tuple[Annotated[str, Field(max_length=4096)], ...], Field(max_length=MOST_ENTRIES)
    ] = ()
    entries: Annotated[tuple[ShownEntry, ...], Field(max_length=MOST_ENTRIES)] = ()
    pending: Count = 0


def read_dossier(value: Any) -> Dossier:
    """Return the dossier of a JSON value, hostile or our own.

    Raises:
        InputError: ``bundle.malformed``, naming the member.
    """
    try:
        return Dossier.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise InputError(
            "bundle.malformed", field=".".join(map(str, first["loc"]))[:80] or "document"
        ) from None
