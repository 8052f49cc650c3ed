"""Decides every envelope of a dossier again, by the agreement as it stood at its signed time.

Implements docs/protocol/oversight.md §4. The same function decides here as decided then (`core.policy.decide`), on the
header that both nodes saw. What only the sender knew (taints, ownership) never travels: a sender may rightly have
refused more than a replay does, and can never have been permitted more. How many transfers a derogation had seen by then
the dossier says for each message: both services count the same, so that two dossiers of one exchange tell it alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from comity.core.agreement.standing import AgreementStanding, State
from comity.core.cases.clock import Clock
from comity.core.codes.exchange import PURPOSE_GROUPS, Act, Purpose, ServiceId
from comity.core.codes.handling import Handling
from comity.core.codes.marks import Assertion
from comity.core.crypto.encoding import from_text
from comity.core.envelope.fields import read_document
from comity.core.envelope.header import Header
from comity.core.evidence.trust import Anchors, Keyring, Party
from comity.core.instant import Instant
from comity.core.oversight.clocked import replayed_clock
from comity.core.oversight.dossier import Dossier, ShownMessage, ShownSearch, Way
from comity.core.oversight.proven import (
    Entry,
    Finding,
    ProvenReceipt,
    proven_agreements,
    proven_entries,
    proven_receipts,
)
from comity.core.policy.claimed import proposed
from comity.core.policy.decide import Decision, Permit, ProposedAct, Refuse, decide

HEADER_BYTES, HEADER_DEPTH = 16_384, 4
POLICY = ("agreement.", "clause.", "law.", "policy.", "quota.", "transfer.")
"""Beginnings of the codes with which a decision refuses; other codes are the handlers' own."""

REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Step:
    """One envelope, decided again.

    Args:
        standing: how the agreement stood at the signed time; None for an act that cites none.
        decision: of now. recorded: code with which it was refused then; None when it passed.
        agrees: whether both are the same.
        covered_at: since when the partner has countersigned its entry; None while only one word stands for it.
        proven_at: the recipient's time by a verified receipt; None without one.
        handling: of what it carries, as its header says (cases.md §17).
        told: of each statement whether it was a fact or an assessment, by the word of who made the dossier.
    """

    message: str
    way: Way
    kind: str
    act: Act
    sent_at: Instant
    agreement: str | None
    standing: State | None
    decision: Decision
    recorded: str | None
    agrees: bool
    covered_at: Instant | None
    proven_at: Instant | None
    entries: tuple[Entry, ...]
    told: Mapping[str, Assertion]
    handling: Handling | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a dossier proves, and what in it does not hold.

    Args:
        steps: every envelope of a thread, or the one search, in order.
        clock: of a request, at the time of the dossier.
        uncovered: entries for which only the service's word stands so far.
    """

    dossier: Dossier
    steps: tuple[Step, ...]
    agreements: Mapping[str, AgreementStanding]
    clock: Clock | None
    parties: tuple[Party, ...]
    uncovered: int
    findings: tuple[Finding, ...]


def judge(dossier: Dossier, anchors: Anchors | None = None) -> Judgement:
    """Verify a dossier and decide everything in it again.

    Args:
        dossier: hostile, or one's own.
        anchors: cards and fingerprints known from elsewhere.

    Raises:
        InputError: ``evidence.card``, ``evidence.anchor``.
        PeerError: a part is malformed beyond reading: ``agreement.*``, ``evidence.*``, ``json.*``, ``bundle.malformed``.
    """
    # 1. Keys, entries, agreements, receipts: each proven for itself.
    keys = Keyring([from_text(card) for card in dossier.cards], anchors or Anchors())
    entries, findings = proven_entries(dossier, keys)
    agreements, wrong = proven_agreements(dossier, keys, entries)
    findings += wrong
    receipts, wrong = proven_receipts(dossier, keys, entries)
    findings += wrong
    # 2. Each envelope, decided again.
    headers = [_header(dossier, shown) for shown in dossier.messages]
    opened = min((header.sent_at for header in headers), default=None)
    steps = []
    for shown, header in zip(dossier.messages, headers, strict=True):
        step, wrong = _step(shown, header, opened, agreements, entries, receipts)
        steps.append(step)
        findings += wrong
    if dossier.search is not None:
        step, wrong = _search(dossier, dossier.search, agreements, entries)
        steps.append(step)
        findings += wrong
    # 3. Nothing that the log names is left out.
    findings += _left_out(dossier, headers, entries)
    clock, wrong = replayed_clock(dossier, headers, agreements, entries)
    uncovered = dossier.pending + sum(each.covered_at is None for each in entries)
    return Judgement(
        dossier,
        tuple(steps),
        agreements,
        clock,
        tuple(keys.parties.values()),
        uncovered,
        tuple(findings + wrong),
    )


def _header(dossier: Dossier, shown: ShownMessage) -> Header:
    octets = from_text(shown.header)
    return read_document(Header, octets, code="bundle.malformed", limit=HEADER_BYTES, depth=HEADER_DEPTH)


def _step(
    shown: ShownMessage,
    header: Header,
    opened: Instant | None,
    agreements: Mapping[str, AgreementStanding],
    entries: tuple[Entry, ...],
    receipts: Mapping[str, ProvenReceipt],
) -> tuple[Step, list[Finding]]:
    found = agreements.get(header.agreement or "")
    standing = None if found is None else found.state(header.sent_at)
    act = proposed(header, opened if header.thread is not None else None)
    decision = decide(found, replace(act, derogated=shown.derogated), header.sent_at)
    mine = tuple(each for each in entries if each.leaf.facts.get("message") == header.id)
    findings = _differences(shown, header, decision)
    # The entry of the sending or the acceptance names the very header.
    kind = "message.sent" if shown.way is Way.OUT else "message.accepted"
    logged = [
        each for each in mine if each.leaf.kind == kind and each.leaf.facts.get("header") == header.digest
    ]
    if not logged:
        findings.append(Finding("bundle.message-unproven", header.id))
    findings += _grounds(header, decision, logged)
    receipt, wrong = _receipt(shown, header, receipts)
    findings += wrong
    step = Step(
        message=header.id,
        way=shown.way,
        kind=header.kind,
        act=header.act,
        sent_at=header.sent_at,
        agreement=header.agreement,
        standing=standing,
        decision=decision,
        recorded=shown.code,
        agrees=not any(each.code.startswith("replay.") for each in findings),
        covered_at=next((each.covered_at for each in logged), None),
        proven_at=receipt,
        entries=mine,
        told=shown.told,
        handling=header.handling,
    )
    return step, findings


def _grounds(header: Header, decision: Decision, logged: list[Entry]) -> list[Finding]:
    """Compare the ground on which a transfer rests with the one that the log states."""
    if not isinstance(decision, Permit):
        return []
    due = decision.obligations.ground
    rests = None if due is None else due.value
    stated = {each.leaf.facts.get("ground") for each in logged}
    return [Finding("replay.ground", header.id, str(rests))] if stated - {rests} else []


def _differences(shown: ShownMessage, header: Header, decision: Decision) -> list[Finding]:
    """Compare the decision of now with what was done then."""
    if not isinstance(decision, Permit):
        # What was sent had passed the sender's own decision; what was accepted, the recipient's.
        return [Finding("replay.refused", header.id, decision.code)]
    if shown.state == REFUSED and shown.code is not None and shown.code.startswith(POLICY):
        return [Finding("replay.permitted", header.id, shown.code)]
    if decision.clause is not None and header.clause is not None and decision.clause != header.clause:
        return [Finding("replay.clause", header.id, decision.clause)]
    due = decision.obligations.deadline
    return [Finding("replay.deadline", header.id)] if due is not None and header.span != due else []


def _receipt(
    shown: ShownMessage, header: Header, receipts: Mapping[str, ProvenReceipt]
) -> tuple[Instant | None, list[Finding]]:
    if shown.received_at is None:
        return None, []
    found = receipts.get(shown.batch or "")
    if found is None or header.id not in found.outcomes:
        return None, [Finding("bundle.receipt-missing", header.id)]
    if (found.received_at, found.outcomes[header.id]) != (shown.received_at, shown.code):
        return None, [Finding("bundle.receipt-other", header.id)]
    return found.received_at, []


def _search(
    dossier: Dossier,
    shown: ShownSearch,
    agreements: Mapping[str, AgreementStanding],
    entries: tuple[Entry, ...],
) -> tuple[Step, list[Finding]]:
    """Decide a search again: the asker by its purpose, the one asked by every purpose of the group."""
    parties = (dossier.service, dossier.partner)
    sender, recipient = parties if shown.way is Way.OUT else reversed(parties)
    group = tuple(purpose for purpose, its in PURPOSE_GROUPS.items() if its is shown.group)
    found = agreements.get(shown.agreement)
    decisions = [
        decide(
            found,
            ProposedAct(
                act=Act.PROBE,
                regime=dossier.regime,
                sender=ServiceId(sender),
                recipient=ServiceId(recipient),
                purpose=purpose,
                probes_today=max(0, (shown.today or 1) - 1),
                probes_in_case=max(0, (shown.in_case or 1) - 1),
            ),
            shown.at,
        )
        for purpose in _purposes(shown, group)
    ]
    # As it was answered: by any purpose that permits it, and of the refusals a quota first.
    ranked = sorted(decisions, key=lambda each: (not isinstance(each, Permit), not _over_quota(each)))
    decision = ranked[0]
    kind = "probe.asked" if shown.way is Way.OUT else "probe.answered"
    mine = tuple(each for each in entries if each.leaf.facts.get("search") == dossier.subject)
    logged = [each for each in mine if each.leaf.kind == kind]
    findings = []
    if not isinstance(decision, Permit):
        findings.append(Finding("replay.refused", dossier.subject, decision.code))
    if not any(each.leaf.facts.get("commitment") == shown.commitment for each in logged):
        findings.append(Finding("bundle.message-unproven", dossier.subject))
    step = Step(
        message=dossier.subject,
        way=shown.way,
        kind="probe",
        act=Act.PROBE,
        sent_at=shown.at,
        agreement=shown.agreement,
        standing=None if found is None else found.state(shown.at),
        decision=decision,
        recorded=shown.code or None,
        agrees=isinstance(decision, Permit),
        covered_at=next((each.covered_at for each in logged), None),
        proven_at=None,
        entries=mine,
        told={},
    )
    return step, findings


def _over_quota(decision: Decision) -> bool:
    return isinstance(decision, Refuse) and decision.code.startswith("quota.")


def _purposes(shown: ShownSearch, group: tuple[Purpose, ...]) -> tuple[Purpose, ...]:
    return (shown.purpose,) if shown.purpose is not None else group


def _left_out(dossier: Dossier, headers: Iterable[Header], entries: tuple[Entry, ...]) -> list[Finding]:
    """Return the messages of the thread that the log names and the dossier does not show."""
    shown = {header.id for header in headers}
    kinds = {"message.sent", "message.accepted"}
    named = {str(each.leaf.facts.get("message")) for each in entries if each.leaf.kind in kinds}
    return [Finding("bundle.message-missing", one) for one in sorted(named - shown)]
