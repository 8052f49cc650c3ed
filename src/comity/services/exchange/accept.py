"""Accept a verified batch in one transaction: decide, handle, store, evidence, receipt.

Implements docs/protocol/envelope.md §6 (recipient, steps 5 to 8) and §7. Exactly one effect for each message, whatever
is repeated: a message that was accepted before, byte for byte, is acknowledged again and handled no more; another one
under the same identifier is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from comity.core.codes.dated import require_not_to_come
from comity.core.codes.exchange import Act, ServiceId
from comity.core.envelope.batch import VerifiedEnvelope
from comity.core.envelope.header import Header
from comity.core.envelope.receipt import Outcome, Verdict, write_receipt
from comity.core.instant import Instant, floor_ms
from comity.core.policy.decide import Refuse
from comity.core.policy.returning import form_grounds
from comity.errors import ComityError, NodeError, PeerError, Refused
from comity.services.context import Node
from comity.services.crashpoint import reach
from comity.services.evidence.record import Bilateral, Event, record_many
from comity.services.exchange.handlers import find_handler, make_message
from comity.services.exchange.trust import CHANGES_STANDING, Decider, proposed
from comity.storage.exchange import inbox, lanes
from comity.storage.exchange.written import MessageRow, insert_messages

UNPROCESSABLE = "message.unprocessable"
"""Code of a message on which our own handler failed: ours to mend, but it must block no other."""

_CODE = re.compile(r"^[a-z][a-z0-9-]*(?:\.[a-z0-9-]+){1,3}$")
_BUGS = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message of a verified batch: opened, or the code with which it is refused."""

    header: Header
    sealed: str
    token: str
    body: dict[str, Any] | None
    code: str | None


class HandlerFailed(Exception):
    """A handler failed while messages shared one transaction; all was rolled back."""


def accept(node: Node, verified: VerifiedEnvelope, candidates: Sequence[Candidate]) -> bytes:
    """Accept a batch and return the payload of its receipt.

    Handlers first share the transaction; if one fails, everything is rolled back and done again with a savepoint for
    each message, so that a poisonous message undoes only itself.

    Raises:
        PeerError: ``batch.replayed``.
    """
    try:
        return _transact(node, verified, candidates, careful=False)
    except (HandlerFailed, NodeError):
        return _transact(node, verified, candidates, careful=True)


def _transact(
    node: Node, verified: VerifiedEnvelope, candidates: Sequence[Candidate], *, careful: bool
) -> bytes:
    manifest = verified.manifest
    with inbox.isolated(node.alias):
        now = floor_ms(node.clock())
        # 1. One batch of this partner and regime at a time; a batch that came twice is answered once.
        inbox.lock_way_in(node.alias, manifest.sender, manifest.regime)
        known = inbox.way_in(node.alias, manifest.sender, manifest.id, now)
        if known.batch is not None:
            if known.batch.digest != verified.digest:
                raise PeerError("batch.replayed")
            return known.batch.receipt
        # 2. Each message for itself, in the order of the manifest.
        work = Acceptance(node, manifest.sender, manifest.id, now, careful)
        outcomes = work.judge_all(candidates)
        # 3. Messages, evidence and receipt together.
        receipt = write_receipt(manifest, verified.digest, now, outcomes).octets()
        work.write()
        inbox.add_batch(
            node.alias,
            inbox.BatchRow(
                partner=manifest.sender,
                batch=manifest.id,
                regime=manifest.regime.value,
                digest=verified.digest,
                received_at=now,
                receipt=receipt,
            ),
        )
        facts: dict[str, str | int] = {
            "batch": manifest.id,
            "manifest": verified.digest,
            "messages": len(outcomes),
        }
        events = [Event("batch.accepted", now, facts), *work.events]
        record_many(node, Bilateral(manifest.sender, manifest.regime), events)
        # 4. The partner is back: whatever waits for it need wait no longer.
        if known.put_off:
            lanes.hurry_lanes(node.alias, manifest.sender, now)
        reach("receive.before-commit")
    return receipt


TAKES_BACK = frozenset({Act.RECALL, Act.ERASE, Act.RECTIFY})
"""Acts that empty the contents of messages before them."""


@dataclass
class Acceptance:
    """The work on one batch inside its transaction.

    Args:
        now: of this node.
        careful: a savepoint for each message.
        received_at: when the batch was accepted, if that was before and it is taken in again after a restore: what was
            decided then is decided as then, and what runs from the receipt runs from that one. None: now.
        rows: accepted and not written yet. taken: all that were accepted.
    """

    node: Node
    partner: ServiceId
    batch: str
    now: Instant
    careful: bool
    received_at: Instant | None = None
    rows: list[MessageRow] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    known: dict[str, tuple[str, str]] = field(default_factory=dict)
    opened: dict[str, Instant] = field(default_factory=dict)
    grounds: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        then = self.at = self.received_at or self.now
        again = self.received_at is not None
        self.decider = Decider(replace(self.node, clock=lambda: then) if again else self.node)

    def judge_all(self, candidates: Sequence[Candidate]) -> list[Outcome]:
        """Return the outcome of each message, having handled those that are accepted."""
        headers = [each.header for each in candidates]
        alias = self.node.alias
        self.known = inbox.known_messages(alias, self.partner, [header.id for header in headers])
        threads = {header.thread for header in headers if header.thread is not None}
        self.opened = inbox.threads_opened(alias, self.partner, headers[0].regime, threads)
        return [self._judge(each) for each in candidates]

    def write(self) -> None:
        """Insert the messages that were accepted and are not written yet."""
        rows, self.rows = self.rows, []
        insert_messages(self.node.alias, rows)

    def _judge(self, candidate: Candidate) -> Outcome:
        header = candidate.header
        code = candidate.code or self._take(candidate)
        facts: dict[str, str | int] = {"message": header.id, "header": header.digest}
        if code is None:
            ground = self.grounds.get(header.id)
            facts |= {
                "act": header.act.value,
                **({} if header.thread is None else {"thread": header.thread}),
                **({} if ground is None else {"ground": ground}),
            }
            self.events.append(Event("message.accepted", self.now, facts))
            return Outcome(id=header.id, outcome=Verdict.ACCEPTED)
        code = code if _CODE.fullmatch(code) and len(code) <= 64 else UNPROCESSABLE
        self.events.append(Event("message.refused", self.now, {**facts, "code": code}))
        return Outcome(id=header.id, outcome=Verdict.REFUSED, code=code)

    def _take(self, candidate: Candidate) -> str | None:
        """Accept one opened message, or return the code of its refusal."""
        header = candidate.header
        # 1. Seen before? The very same again is acknowledged again, and nothing else happens.
        seen = self.known.get(header.id)
        if seen is not None:
            return None if seen == (header.digest, candidate.sealed) else "message.replayed"
        # 2. Does this node know what to do with it, and is it the act that such a message is?
        registered = find_handler(header.kind)
        if registered is None:
            return "message.kind"
        if header.act not in registered.acts:
            return "message.act"
        handle = registered.function
        # 3. Does the agreement permit it? The recipient decides for itself.
        code = self._decide(header)
        if code is not None:
            return code
        # 4. Its effect; what empties messages finds those that came before it in this batch written.
        if header.act in TAKES_BACK and self.rows:
            self.write()
        message = make_message(header, candidate.body or {}, self.at)
        try:
            require_not_to_come(message.body, header.sent_at)
            if self.careful:
                with inbox.isolated(self.node.alias):
                    unkept = handle(self.node, message)
            else:
                unkept = handle(self.node, message)
        except (PeerError, Refused) as error:
            return self._failed(error.code)
        except ComityError as error:
            return self._failed(UNPROCESSABLE if isinstance(error, NodeError) else error.code)
        except _BUGS:
            return self._failed(UNPROCESSABLE)
        self._stored(candidate, None if unkept else candidate.token)
        return None

    def _failed(self, code: str) -> str:
        if not self.careful:
            raise HandlerFailed
        return code

    def _decide(self, header: Header) -> str | None:
        for ground in form_grounds(header.regime, header.kind):
            return ground.code
        opened = None if header.thread is None else self.opened.get(header.thread)
        decision = self.decider.decide(proposed(header, opened), header.agreement, header.sent_at)
        if isinstance(decision, Refuse):
            # Whether two others have signed an agreement is not told: it is unknown to this partner.
            return "agreement.unknown" if decision.code == "agreement.parties" else decision.code
        if decision.obligations.ground is not None:
            self.grounds[header.id] = decision.obligations.ground.value
        due = decision.obligations.deadline
        if due is not None and header.span != due:
            return "envelope.deadline"
        return None

    def _stored(self, candidate: Candidate, content: str | None) -> None:
        header = candidate.header
        if header.act in CHANGES_STANDING:
            self.decider.forget()
        self.opened.setdefault(header.thread or header.id, header.sent_at)
        self.known[header.id] = (header.digest, candidate.sealed)
        self.taken.append(header.id)
        self.rows.append(self.row(candidate, content, self.grounds.get(header.id)))

    def row(self, candidate: Candidate, content: str | None, ground: str | None = None) -> MessageRow:
        """Return the row of an accepted message, with its signed content or, where that is gone, without."""
        return MessageRow.of(
            candidate.header,
            self.partner,
            self.now,
            sealed=candidate.sealed,
            content=content,
            ground=ground,
            batch=self.batch,
            received_at=self.at,
        )
