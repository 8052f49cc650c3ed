"""decide(standing, act, now): the only place where an act is permitted.

Implements docs/protocol/agreement.md §5. Pure and total: it never raises, whatever it is given; what it does not
know, it refuses. Sender and receiver both evaluate it, at the signed time of the envelope.

Rules:
    - an unknown value is refused;
    - acts that only protect are always permitted, acts that bring an agreement into being need none;
    - words inside a thread (`IMPLIED`) carry no data and are permitted by the act that they serve;
    - the law first (`comity.core.policy.law`), then the standing, then the transfer gate
      (`comity.core.policy.transfer`), then one clause that permits the whole act;
    - after the end, on threads opened while in force, only what the clause's run-off names; while it is suspended, of that only
      what carries nothing from a register: a suspension is no end, and what may not go waits for its own.
Attacks it stops: fishing beyond the quota; a purpose, category or regime outside the agreement; a new act under an
agreement that has ended; a partner acting under somebody else's agreement.
"""

from __future__ import annotations

from datetime import datetime

from comity.core.agreement.model import Agreement, Clause, Quotas
from comity.core.agreement.standing import AgreementStanding, State
from comity.core.codes.exchange import (
    ALWAYS_PERMITTED,
    BEFORE_AGREEMENT,
    CARRYING,
    IMPLIED,
    Act,
    Purpose,
    Regime,
)
from comity.core.codes.marks import DataCategory, Handling, SubjectCategory, Taint, Urgency
from comity.core.codes.transfer import OverrideGround
from comity.core.instant import Instant
from comity.core.policy.law import prohibited, protected
from comity.core.policy.model import Decision, Ground, Obligations, Permit, ProposedAct, Refuse
from comity.core.policy.transfer import Passage, gate, unassured_offence

__all__ = ["Decision", "Ground", "Obligations", "Permit", "ProposedAct", "Refuse", "decide"]

_UNKNOWN = Refuse((Ground("policy.unknown-value"),))


def decide(standing: AgreementStanding | None, act: ProposedAct, now: Instant) -> Decision:
    """Decide whether an act is permitted.

    Args:
        standing: the agreement that the act cites, or None when there is none.
        act: what is to be done.
        now: signed time of the act; the caller has bounded it by skew and transit.

    Returns:
        Permit, citing its clause, or Refuse, citing a clause or part for each ground.
    """
    # 1. What is not known is refused.
    if not _known(act, now):
        return _UNKNOWN
    # 2. Acts that only protect; a rectification carries values and a notice words, so the law still looks at those.
    if act.act in ALWAYS_PERMITTED:
        carries = act.data or act.taints
        grounds = (*prohibited(act, None, None), *unassured_offence(standing, act, now)) if carries else ()
        return Refuse(grounds) if grounds else Permit(None)
    # 3. Acts that bring an agreement into being carry no register data; what the law protects is refused by the law.
    if act.act in BEFORE_AGREEMENT:
        if act.data or act.subjects or act.taints:
            return Refuse((*prohibited(act, None, None), Ground("policy.data-not-expected", "law")))
        return Permit(None)
    # 4. Everything else needs an agreement between exactly these two, of this regime.
    if standing is None:
        return Refuse((Ground("agreement.unknown"),))
    agreement = standing.agreement
    grounds = _frame(agreement, act)
    if grounds:
        return Refuse(grounds)
    # 5. Standing: in force, or run-off on an older thread.
    state = standing.state(now)
    running_off = False
    if state is not State.IN_FORCE:
        running_off = _may_run_off(standing, act, now, state)
        if not running_off:
            return Refuse((Ground(f"agreement.{state.value}", _PART[state]),))
    # 6. One clause must permit the whole act, and the gate the transfer.
    return _by_clause(agreement, act, state if running_off else None, gate(standing, act, now))


_PART = {
    State.ALTERED: "signatures",
    State.DRAFT: "signatures",
    State.HALF_SIGNED: "signatures",
    State.NOT_YET_VALID: "validity",
    State.EXPIRED: "validity",
    State.SUSPENDED: "stops",
    State.TERMINATED: "stops",
    State.SUPERSEDED: "successor",
}


def _known(act: ProposedAct, now: Instant) -> bool:
    moments = (now,) if act.thread_opened_at is None else (now, act.thread_opened_at)
    return (
        all(isinstance(m, datetime) and m.tzinfo is not None for m in moments)
        and isinstance(act.act, Act)
        and isinstance(act.regime, Regime)
        and isinstance(act.sender, str)
        and isinstance(act.recipient, str)
        and (act.purpose is None or isinstance(act.purpose, Purpose))
        and (act.clause is None or isinstance(act.clause, str))
        and all(each is None or isinstance(each, Handling) for each in (act.handling, act.held_under))
        and (act.urgency is None or isinstance(act.urgency, Urgency))
        and (act.decision is None or isinstance(act.decision, str))
        and (act.owner is None or isinstance(act.owner, str))
        and all(p is None or isinstance(p, Purpose) for p in (act.collected_for, act.consented_for))
        and all(each is None or isinstance(each, str) for each in (act.consent, act.notified))
        and isinstance(act.judicial, bool)
        and (act.override is None or isinstance(act.override, OverrideGround))
        and _all(act.data, DataCategory)
        and _all(act.subjects, SubjectCategory)
        and _all(act.taints, Taint)
        and all(isinstance(n, int) and n >= 0 for n in (act.probes_today, act.probes_in_case, act.derogated))
    )


def _all(values: object, kind: type) -> bool:
    return isinstance(values, frozenset) and all(isinstance(value, kind) for value in values)


def _frame(agreement: Agreement, act: ProposedAct) -> tuple[Ground, ...]:
    if act.sender == act.recipient or {act.sender, act.recipient} != set(agreement.parties):
        return (Ground("agreement.parties", "parties"),)
    if act.regime != agreement.regime:
        return (Ground("agreement.regime", "regime"),)
    if act.purpose is None:
        return (Ground("policy.purpose-missing"),)
    if act.act in IMPLIED:
        return _inside_thread(agreement, act)
    return ()


def _inside_thread(agreement: Agreement, act: ProposedAct) -> tuple[Ground, ...]:
    """Words inside a thread open none and carry nothing from a register, least of all what is protected; files neither.

    Whether assurances hold for what concerns a capital offence the gate looks at, as for every transfer.
    """
    if grounds := protected(act, agreement):
        return grounds
    if act.act not in CARRYING and (act.data or act.subjects):
        return (Ground("policy.data-not-expected", "law"),)
    if act.thread_opened_at is None:
        return (Ground("policy.thread-missing", "law"),)
    return ()


def _may_run_off(standing: AgreementStanding, act: ProposedAct, now: Instant, state: State) -> bool:
    if state is State.SUSPENDED and act.data:
        return False
    ended = state in {State.EXPIRED, State.SUSPENDED, State.TERMINATED, State.SUPERSEDED}
    opened = act.thread_opened_at
    return ended and opened is not None and opened <= now and standing.state(opened) is State.IN_FORCE


def _by_clause(agreement: Agreement, act: ProposedAct, ended: State | None, passage: Passage) -> Decision:
    if act.clause is not None:
        named = agreement.clause(act.clause)
        if named is None:
            return Refuse((Ground("clause.unknown", act.clause[:64]),))
        candidates = [named]
    else:
        candidates = [
            c for c in agreement.clauses if c.purpose == act.purpose and _implying(act.act) in c.acts
        ]
    if not candidates:
        return Refuse((*prohibited(act, agreement, None), *passage.refused, Ground("clause.none", "clauses")))
    refused: list[Ground] = []
    for clause in candidates:
        grounds = _against(agreement, clause, act, ended, passage)
        if not grounds:
            return Permit(clause.id, _obligations(agreement, clause, act, passage))
        refused.extend(ground for ground in grounds if ground not in refused)
    return Refuse(tuple(refused))


def _against(
    agreement: Agreement, clause: Clause, act: ProposedAct, ended: State | None, passage: Passage
) -> tuple[Ground, ...]:
    grounds = [*prohibited(act, agreement, clause), *passage.refused]
    if _implying(act.act) not in clause.acts:
        grounds.append(Ground("clause.act", clause.id))
    if act.purpose != clause.purpose:
        grounds.append(Ground("clause.purpose", clause.id))
    if ended is not None and _implying(act.act) not in clause.run_off:
        grounds.append(Ground(f"agreement.{ended.value}", clause.id))
    if not act.data <= frozenset(clause.data):
        grounds.append(Ground("clause.data", clause.id))
    if not act.subjects <= frozenset(clause.subjects):
        grounds.append(Ground("clause.subject", clause.id))
    if act.act == Act.REQUEST and (act.urgency or Urgency.ORDINARY) not in clause.deadlines:
        grounds.append(Ground("clause.urgency", clause.id))
    if act.act == Act.PROBE:
        day, case = _quotas(agreement, clause)
        if act.probes_today >= day:
            grounds.append(Ground("quota.day", clause.id if clause.quotas else "quotas"))
        if act.probes_in_case >= case:
            grounds.append(Ground("quota.case", clause.id if clause.quotas else "quotas"))
    return tuple(grounds)


def _implying(act: Act) -> Act:
    """Return the act that a clause must name for this one."""
    return IMPLIED.get(act, act)


def _quotas(agreement: Agreement, clause: Clause) -> tuple[int, int]:
    own: Quotas = clause.quotas or agreement.quotas
    whole = agreement.quotas
    return min(own.probes_per_day, whole.probes_per_day), min(own.probes_per_case, whole.probes_per_case)


def _obligations(agreement: Agreement, clause: Clause, act: ProposedAct, passage: Passage) -> Obligations:
    probing = act.act == Act.PROBE
    day, case = _quotas(agreement, clause)
    asked = act.act == Act.REQUEST
    return Obligations(
        deadline=clause.deadlines.get(act.urgency or Urgency.ORDINARY) if asked else None,
        retention=clause.retention,
        handling=act.handling or clause.handling,
        onward=clause.onward,
        probes_left_today=day - act.probes_today - 1 if probing else None,
        probes_left_in_case=case - act.probes_in_case - 1 if probing else None,
        ground=passage.ground,
    )
