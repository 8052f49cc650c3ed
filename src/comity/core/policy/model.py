"""What is decided upon and what comes out: a proposed act, a permit with obligations, a refusal with grounds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from comity.core.agreement.model import Onward
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory, Taint, Urgency
from comity.core.codes.transfer import OverrideGround, TransferGround
from comity.core.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedAct:
    """What a service is about to do, or claims to have done, towards the other.

    Args:
        data: categories that the act asks for or carries; empty when it carries none.
        subjects: categories of the persons concerned.
        taints: marks of what is carried; known to the sender only, never on the wire (Reg. 2024/1358 Art. 49(4)).
        thread_opened_at: signed time at which the thread's first message was sent; None for a new thread.
        probes_today, probes_in_case: already made under this agreement, this one not counted.
        decision: digest of the named person's decision record, for acts that release an identity.
        urgency: of a request; None counts as ordinary.
        owner: service whose information is carried, when it is not the sender's own; known to the sender only.
        collected_for: purpose under which it came, when it is another's.
        consent: digest of the owner's consent to that. consented_for: purpose that the consent names.
        held_under: handling under which its owner gave it. override: emergency in which another's information is passed on before its owner could be asked.
        notified: service that is told of it by the same submission.
        judicial: another's information goes to a court of the sender's own State.
        derogated: transfers that the sender has made under the agreement's derogation within its time.
    """

    act: Act
    regime: Regime
    sender: ServiceId
    recipient: ServiceId
    purpose: Purpose | None = None
    clause: str | None = None
    data: frozenset[DataCategory] = frozenset()
    subjects: frozenset[SubjectCategory] = frozenset()
    handling: Handling | None = None
    taints: frozenset[Taint] = frozenset()
    thread_opened_at: Instant | None = None
    probes_today: int = 0
    probes_in_case: int = 0
    decision: str | None = None
    urgency: Urgency | None = None
    owner: ServiceId | None = None
    collected_for: Purpose | None = None
    consent: str | None = None
    consented_for: Purpose | None = None
    held_under: Handling | None = None
    override: OverrideGround | None = None
    notified: ServiceId | None = None
    judicial: bool = False
    derogated: int = 0


@dataclass(frozen=True, slots=True)
class Obligations:
    """What the permit binds its user to; all None for acts that need no clause.

    `ground` is that of the transfer: it stands in the record of each (LED Art. 37(3), 38(3)).
    """

    deadline: timedelta | None = None
    retention: timedelta | None = None
    handling: Handling | None = None
    onward: Onward | None = None
    probes_left_today: int | None = None
    probes_left_in_case: int | None = None
    ground: TransferGround | None = None


@dataclass(frozen=True, slots=True)
class Permit:
    """Yes, under this clause (None: the act needs none)."""

    clause: str | None
    obligations: Obligations = Obligations()


@dataclass(frozen=True, slots=True)
class Ground:
    """One reason to refuse.

    Args:
        code: stable code with a sentence in four languages.
        clause: the clause, or the part of the agreement (``validity``, ``parties``, ``signatures``, ``quotas``), or
            ``law``.
        rule: the statutory rule (e.g. ``L22``); for the data-protection officer only: it can reveal a protected
            status, so it is neither logged, sent nor shown to others.
    """

    code: str
    clause: str | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class Refuse:
    """No, on these grounds; never empty."""

    grounds: tuple[Ground, ...]

    @property
    def code(self) -> str:
        """Code of the first ground."""
        return self.grounds[0].code


Decision = Permit | Refuse
