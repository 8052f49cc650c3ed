"""Fetch again, after a restore, what this node had acknowledged and lost. Implements docs/protocol/envelope.md §9.

What is fetched proves itself: our own receipt names the manifest, the manifest each header and sealed part, and nothing
but these bytes the content. Rules:
    - only what a receipt of ours acknowledges is asked for, in the order in which we accepted it;
    - a part is the one that was acknowledged, byte for byte; it opens with a key of ours, and its author's key held at
      the signed time;
    - the agreement decides as it did when the receipt was given, and clocks run from that receipt;
    - a batch is stored with the very payload of its receipt, each message once; what cannot be taken changes nothing;
    - what was recalled or erased, by the partner or by our own journal, is stored without words and has no effect.
Attacks stopped: other bytes, another's message, a message that was never acknowledged, one twice, another order; words
that were taken back. A partner can only withhold, and what it withholds stays missing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from comity.core.codes.exchange import Act, Regime, ServiceId
from comity.core.crypto.agent import Sealed
from comity.core.envelope.content import open_content, unverified_token
from comity.core.envelope.fetched import FINAL, Gone, Part, PartsAsked, read_parts_shown, verify_part
from comity.core.envelope.receipt import Verdict
from comity.core.envelope.shown import Acknowledged, Proven
from comity.core.evidence.event import Bilateral, Event
from comity.core.instant import Instant, floor_ms, write_instant
from comity.errors import NodeError, PeerError, Refused
from comity.services import erasures
from comity.services.calls import call
from comity.services.context import Node
from comity.services.crashpoint import reach
from comity.services.evidence.record import record_many
from comity.services.exchange.accept import Acceptance, Candidate, HandlerFailed
from comity.services.exchange.back.own import TakenUp, take_up_sent
from comity.services.exchange.kept import CALL
from comity.services.exchange.missing import Missing, find_missing, note_missing
from comity.services.partners.directory import keys_of_then
from comity.storage.exchange import inbox
from comity.storage.exchange.written import insert_messages
from comity.storage.models.exchange import Direction
from comity.transport.channel import Channels

ERASED_CASES = "case"
WITHDRAWN_WORDS = "withdrawal"
ON_PASSAGES = ("passage-corrected", "passage-restricted", "passage-lifted")
ENDED_CONSENTS = "consent-withdrawn"
"""Kinds of the journal: what it says of content that comes back holds, whatever the partner gives."""

_PROTECTS = frozenset({Act.RECALL, Act.ERASE, Act.RESTRICT})


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of fetching.

    Args:
        taken: messages that are held again, each with its effect.
        gone: messages that do not come again, and why.
        refused: messages that could not be taken, and the code; nothing of them is held.
        left: what is missing still: what was refused, and what is gone without having been meant to.
        sent: what came of asking for what this node itself had sent.
    """

    taken: tuple[Acknowledged, ...]
    gone: tuple[tuple[Acknowledged, Gone], ...]
    refused: tuple[tuple[Acknowledged, str], ...]
    left: Missing
    sent: TakenUp = field(default_factory=TakenUp)


def fetch_missing(
    node: Node, channels: Channels, partner: ServiceId, regime: Regime, since: Instant
) -> Fetched:
    """Fetch what a partner's receipts acknowledge and is not here; called again, it goes on where it was stopped.

    What this node itself had sent comes first: what the partner answered finds its case then.

    Args:
        node: this node.
        channels: the ways to the partners.
        partner: whom to ask; confirmed here and there.
        regime: of the messages.
        since: when the backup was made.

    Raises:
        DeliveryError: the way is broken.
        Refused: the partner's own code; ``partner.*``.
        PeerError: an answer is wrong: ``return.*``, ``json.*``, ``batch.replayed``.
        NodeError: ``journal.damaged``.
    """
    found = find_missing(node, channels, partner, regime, since)
    note_missing(node, partner, regime, since, found)
    journal = _Journal(node, partner)
    sent = take_up_sent(node, channels, partner, regime, since, journal.erased_own)
    work = _Work(node, channels, partner, regime, journal)
    for batch in found.lost:
        work.fetch(batch)
    done = {one.header.id for one in work.taken} | {one.header.id for one, why in work.gone if why in FINAL}
    messages = tuple(one for one in found.messages if one.header.id not in done)
    left = Missing(messages, found.batches, found.unproven)
    if found.messages:
        note_missing(node, partner, regime, since, left)
    return Fetched(tuple(work.taken), tuple(work.gone), tuple(work.refused), left, sent)


@dataclass
class _Journal:
    """What our own journal says of a partner's content."""

    node: Node
    partner: ServiceId

    def __post_init__(self) -> None:
        kinds = (ERASED_CASES, WITHDRAWN_WORDS, *ON_PASSAGES, ENDED_CONSENTS)
        self._lines = erasures.lines_of(self.node, kinds)
        self._erased: dict[tuple[str, Direction], Instant] = {}
        for line in self._lines:
            for one in line.ids:
                partner, _, rest = one.partition("/")
                if partner == self.partner:
                    self._erased |= dict.fromkeys(_emptied(line.kind, rest), line.at)

    def erased(self, one: Acknowledged) -> bool:
        """Tell whether words that had come were erased here before the restore."""
        return self._is_erased(one, Direction.IN)

    def erased_own(self, one: Acknowledged) -> bool:
        """Tell whether words of ours that had gone were erased here before the restore."""
        return self._is_erased(one, Direction.OUT)

    def _is_erased(self, one: Acknowledged, direction: Direction) -> bool:
        if one.header.act in _PROTECTS:
            return False
        at = self._erased.get((one.header.thread or one.header.id, direction))
        return at is not None and one.received_at <= at

    def hold(self, messages: Collection[str], since: Instant) -> None:
        """Restrict again what was restricted here, and end consents that were withdrawn; in the transaction."""
        for line in self._lines:
            ids = [
                one
                for one in line.ids
                if (line.kind in ON_PASSAGES and _names(one, self.partner, messages))
                or (line.kind == ENDED_CONSENTS and line.at >= since and _of(one) == self.partner)
            ]
            if ids:
                erasures.carry_out_again(self.node, line.kind, ids)


def _of(one: str) -> str:
    return one.partition("/")[0]


def _names(one: str, partner: str, messages: Collection[str]) -> bool:
    named = one.split("/")
    return len(named) == 3 and named[0] == partner and named[1] in messages


def _emptied(kind: str, rest: str) -> list[tuple[str, Direction]]:
    """Return the thread that a line of the journal erases, with the direction of the words: of a case, both."""
    if kind == ERASED_CASES:
        return [(rest, Direction.IN), (rest, Direction.OUT)]
    thread, _, direction = rest.rpartition("/")
    return [(thread, Direction(direction))] if kind == WITHDRAWN_WORDS else []


@dataclass
class _Work:
    """The fetching from one partner under one regime."""

    node: Node
    channels: Channels
    partner: ServiceId
    regime: Regime
    journal: _Journal
    taken: list[Acknowledged] = field(default_factory=list)
    gone: list[tuple[Acknowledged, Gone]] = field(default_factory=list)
    refused: list[tuple[Acknowledged, str]] = field(default_factory=list)

    def fetch(self, batch: Proven) -> None:
        """Fetch the missing messages of one batch, in as many answers as they take."""
        rest = list(batch.messages)
        while rest:
            asked = [one.header.id for one in rest]
            body = PartsAsked(batch=batch.batch, messages=tuple(asked)).plain()
            answer, attachment = call(self.node, self.channels, self.partner, self.regime, CALL, body)
            parts = read_parts_shown(answer, attachment, asked)
            self._take(batch, list(zip(rest, parts, strict=False)))
            rest = rest[len(parts) :]

    def _take(self, batch: Proven, found: Sequence[tuple[Acknowledged, Part]]) -> None:
        # 1. What is gone, by the partner's word or our own journal.
        gone: list[tuple[Acknowledged, Gone]] = []
        there: list[tuple[Acknowledged, Part]] = []
        for one, part in found:
            here = self.journal.erased(one) and part.gone not in FINAL
            why = Gone.ERASED if here else part.gone
            if why is None:
                there.append((one, part))
            else:
                gone.append((one, why))
        # 2. What is there is verified and opened outside the transaction.
        candidates = self._open(there)
        reach("fetch.verified")
        # 3. Decide, handle and store in one transaction.
        try:
            codes = self._store(batch, candidates, gone, careful=False)
        except (HandlerFailed, NodeError):
            codes = self._store(batch, candidates, gone, careful=True)
        reach("fetch.after-commit")
        self.gone += gone
        for (one, _), code in zip(there, codes, strict=True):
            if code is None:
                self.taken.append(one)
            else:
                self.refused.append((one, code))

    def _open(self, found: Sequence[tuple[Acknowledged, Part]]) -> list[Candidate]:
        sealed = [Sealed(one.header.kid, part.sealed, one.header.info) for one, part in found]
        opened = self.node.keys.open(self.regime, sealed)
        candidates = []
        for (one, part), plaintext in zip(found, opened, strict=True):
            try:
                # 1. The bytes that were acknowledged, under the header that was acknowledged.
                verify_part(part.sealed, one.sealed)
                # 2. The seal.
                if plaintext is None:
                    raise PeerError("envelope.sealed")
                # 3. The author's signature, by a key that held when it signed.
                token = unverified_token(plaintext)
                keys = keys_of_then(self.node, self.partner, self.regime, one.header.sent_at)
                candidates.append(
                    Candidate(one.header, one.sealed, token, open_content(token, one.header, keys), None)
                )
            except (PeerError, Refused) as error:
                candidates.append(Candidate(one.header, one.sealed, "", None, error.code))
        return candidates

    def _store(
        self,
        batch: Proven,
        candidates: Sequence[Candidate],
        gone: Iterable[tuple[Acknowledged, Gone]],
        *,
        careful: bool,
    ) -> list[str | None]:
        """Store what can be taken, in one transaction; return the code of each candidate, None where it is held."""
        node = self.node
        with inbox.isolated(node.alias):
            now = floor_ms(node.clock())
            # 1. One batch of this partner and regime at a time, as when it came first.
            inbox.lock_way_in(node.alias, self.partner, self.regime)
            known = inbox.way_in(node.alias, self.partner, batch.batch, now).batch
            if known is not None and known.digest != batch.digest:
                raise PeerError("batch.replayed")
            # 2. Each message for itself, in order; one that somebody else has taken meanwhile has no further effect.
            work = Acceptance(node, self.partner, batch.batch, now, careful, batch.received_at)
            final = [Candidate(one.header, one.sealed, "", None, None) for one, why in gone if why in FINAL]
            ids = [each.header.id for each in (*candidates, *final)]
            held = inbox.known_messages(node.alias, self.partner, ids)
            fresh = [each for each in candidates if held.get(each.header.id) != _key(each)]
            outcomes = work.judge_all(fresh) if fresh else []
            refused = {one.id: one.code for one in outcomes if one.outcome is Verdict.REFUSED}
            # 3. Of what is gone the header only.
            empty = [each for each in final if each.header.id not in held]
            if work.taken or empty:
                self._write(batch, work, empty, first=known is None)
            reach("fetch.before-commit")
        return [refused.get(each.header.id) for each in candidates]

    def _write(self, batch: Proven, work: Acceptance, empty: Sequence[Candidate], *, first: bool) -> None:
        """Store messages, batch and evidence, and let the journal hold; in the transaction."""
        node, now = self.node, work.now
        order = {one.header.id: place for place, one in enumerate(batch.messages)}
        taken = work.taken
        rows = [*work.rows, *(work.row(each, None) for each in empty)]
        insert_messages(node.alias, sorted(rows, key=lambda row: order[row.message]))
        if first:
            row = inbox.BatchRow(
                partner=self.partner,
                batch=batch.batch,
                regime=self.regime.value,
                digest=batch.digest,
                received_at=batch.received_at,
                receipt=batch.receipt,
            )
            inbox.add_batch(node.alias, row)
        facts: dict[str, str | int] = {
            "batch": batch.batch,
            "manifest": batch.digest,
            "messages": len(taken) + len(empty),
            "receipt": sha256(batch.receipt).hexdigest(),
            "received_at": write_instant(batch.received_at),
        }
        events = [Event("batch.accepted", now, facts)]
        events += [each for each in work.events if each.kind == "message.accepted"]
        events += [
            Event("message.gone", now, {"message": each.header.id, "header": each.header.digest})
            for each in empty
        ]
        record_many(node, Bilateral(self.partner, self.regime), events)
        self.journal.hold(taken, batch.received_at)


def _key(each: Candidate) -> tuple[str, str]:
    return each.header.digest, each.sealed
