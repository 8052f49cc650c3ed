"""The agreement that two services sign: parties, validity, clauses, quotas, suites.

Implements docs/protocol/agreement.md §1 (content) and §2 (canonical bytes). The canonical bytes are what is signed,
stored and sent; nothing is ever re-encoded after signing.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from comity.core import canonical
from comity.core.agreement.calendar import Calendar
from comity.core.agreement.profile import Country, Said, TransferProfile
from comity.core.agreement.timing import Timing, check_timing
from comity.core.agreement.written import Frozen, Moment, Span, ordered
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId, service_id
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory, Urgency
from comity.core.codes.transfer import Assurance
from comity.core.texts import PlainText
from comity.errors import ComityError, PeerError

__all__ = [
    "Agreement",
    "Assurance",
    "Clause",
    "Digest",
    "Moment",
    "Onward",
    "Quotas",
    "Span",
    "Suite",
    "Title",
    "agreement_hash",
    "open_agreement",
    "write_agreement",
]

FORMAT = "comity-agreement/1"
MAX_BYTES = 262_144
MAX_CLAUSES = 200
MAX_CALENDARS = 8
MAX_TEXT = 2_000


class Suite(StrEnum):
    """Allow-list of cryptographic suites; an agreement names those in use and none is ever negotiated down."""

    SEALING = "hpke-mlkem768x25519-hkdfsha256-aes256gcm"
    SIGNING = "ed25519"
    PROBING = "voprf-ristretto255-sha512"


class Onward(StrEnum):
    """What the recipient may do with the information towards a third service (LED Art. 35(1)(e))."""

    PROHIBITED = "prohibited"
    ORIGINATOR_CONSENT = "originator-consent"


def _service(value: str) -> ServiceId:
    try:
        return service_id(value)
    except ComityError:
        raise ValueError("not a service identifier") from None


Party = Annotated[str, AfterValidator(_service)]
Text = Annotated[PlainText, Field(min_length=1, max_length=MAX_TEXT)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
ClauseId = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:[.-][a-z0-9]+)*$", max_length=64)]
AgreementCode = Annotated[str, Field(pattern=r"^[A-Z0-9]+(?:-[A-Z0-9]+)*$", max_length=64)]
CalendarName = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=32)]
Acts = Annotated[tuple[Act, ...], AfterValidator(ordered)]
Categories = Annotated[tuple[DataCategory, ...], AfterValidator(ordered)]
Subjects = Annotated[tuple[SubjectCategory, ...], AfterValidator(ordered)]


class Title(Frozen):
    """Title in the four languages of the node."""

    en: Text
    fr: Text
    nl: Text
    ar: Text


class Quotas(Frozen):
    """Greatest number of probes a calendar day (UTC), and in one case."""

    probes_per_day: Annotated[int, Field(ge=0, le=1_000_000)]
    probes_per_case: Annotated[int, Field(ge=0, le=10_000)]


class Clause(Frozen):
    """One permission: these acts, for this purpose, on these data of these subjects, under these conditions.

    Args:
        id: readable, unique in the agreement, e.g. ``terrorism.request``.
        acts: what may be done.
        data: categories that may be asked for or released.
        subjects: categories of persons concerned (LED Art. 6).
        deadlines: time to answer by urgency, counted from receipt; empty when nothing is to be answered.
        retention: how long the recipient may keep it.
        handling: handling code when the provider is silent.
        onward: onward rule.
        run_off: acts still permitted, after the agreement has ended, on threads opened while it was in force.
        necessity: why special categories are strictly necessary (LED Art. 10); without it they are refused.
        quotas: narrower quotas than the agreement's.
        timing: how the deadlines are counted; None: in elapsed time, extended for a judicial authorisation only.
    """

    id: ClauseId
    purpose: Purpose
    acts: Annotated[Acts, Field(min_length=1)]
    data: Categories
    subjects: Subjects
    deadlines: dict[Urgency, Span]
    retention: Span
    handling: Handling
    onward: Onward
    run_off: Acts
    necessity: Text | None = None
    quotas: Quotas | None = None
    timing: Timing | None = None

    @model_serializer(mode="wrap")
    def _write(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _without_absent(write(self), "timing")


class Agreement(Frozen):
    """Everything two services agreed on; immutable, known by the SHA-256 of its canonical bytes.

    Args:
        dpia: reference of the data-protection impact assessment (LED Art. 27-28); mandatory (rule L15).
        valid_from: first instant in force. valid_before: first instant no longer in force; None: open-ended.
        predecessor: hash of the agreement that this one supersedes.
        illustrative: written from public reports, not the signed text.
        calendars: those by which clauses count working days, by name.
        transfers: by State, what each party is as one that transfers and receives; without it nothing is transferred.
    """

    format: Literal["comity-agreement/1"]
    code: AgreementCode
    regime: Regime
    parties: Annotated[tuple[Party, ...], Field(min_length=2, max_length=2), AfterValidator(ordered)]
    title: Title
    legal_basis: Annotated[tuple[Text, ...], Field(min_length=1, max_length=20)]
    dpia: Said
    assurances: Annotated[tuple[Assurance, ...], AfterValidator(ordered)]
    illustrative: bool
    valid_from: Moment
    valid_before: Moment | None
    predecessor: Digest | None
    suites: Annotated[tuple[Suite, ...], Field(min_length=1), AfterValidator(ordered)]
    quotas: Quotas
    clauses: Annotated[tuple[Clause, ...], Field(min_length=1, max_length=MAX_CLAUSES)]
    calendars: (
        Annotated[dict[CalendarName, Calendar], Field(min_length=1, max_length=MAX_CALENDARS)] | None
    ) = None
    transfers: dict[Country, TransferProfile] | None = None

    @model_validator(mode="after")
    def _check(self) -> Agreement:
        if self.valid_before is not None and self.valid_before <= self.valid_from:
            raise ValueError("validity ends before it begins")
        ids = [clause.id for clause in self.clauses]
        if ids != sorted(set(ids)):
            raise ValueError("clauses are sorted by identifier and unique")
        for clause in self.clauses:
            check_timing(clause.timing, clause.deadlines, self.calendars or {}, self.valid_before)
        if self.transfers is not None and set(self.transfers) != {party[:2] for party in self.parties}:
            raise ValueError("transfers are those of the parties' States")
        return self

    @model_serializer(mode="wrap")
    def _write(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return _without_absent(_without_absent(write(self), "calendars"), "transfers")

    def profile(self, service: str) -> TransferProfile | None:
        """Return what the agreement says of a party's transfers, if it does."""
        return (self.transfers or {}).get(str(service)[:2])

    def clause(self, name: str) -> Clause | None:
        """Return the clause of that identifier, if there is one."""
        return next((clause for clause in self.clauses if clause.id == name), None)

    def other(self, service: str) -> ServiceId | None:
        """Return the other party, or None when the service is not a party."""
        if service not in self.parties:
            return None
        return ServiceId(self.parties[1] if service == self.parties[0] else self.parties[0])


def _without_absent(document: dict[str, Any], member: str) -> dict[str, Any]:
    """Leave out a member that came after the first agreements were signed: absent, they keep their bytes."""
    if document.get(member) is None:
        document.pop(member, None)
    return document


def write_agreement(agreement: Agreement) -> bytes:
    """Return the canonical bytes (RFC 8785) that both services sign."""
    return canonical.encode(agreement.model_dump(mode="json"))


def agreement_hash(octets: bytes) -> str:
    """Return the name of an agreement: the SHA-256 of its canonical bytes, in hex."""
    return canonical.digest(octets)


def open_agreement(octets: bytes) -> Agreement:
    """Return the agreement of canonical bytes, hostile or stored.

    Raises:
        PeerError: ``json.*`` when the bytes are not their own canonical form, ``agreement.malformed`` when the
            content is not an agreement or holds an unknown value.
    """
    document = canonical.decode(octets, limit=MAX_BYTES)
    try:
        agreement = Agreement.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])[:80]
        raise PeerError("agreement.malformed", field=field or "document") from None
    # Two encodings of one agreement (a number as text, a missing default) would be two hashes for one meaning.
    if write_agreement(agreement) != octets:
        raise PeerError("agreement.malformed", field="encoding")
    return agreement
