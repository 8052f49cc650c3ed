"""Imports a register or a list: streaming, in bounded transactions, resumable after any kill.

Rules:
- one transaction for each chunk: subjects, tokens, row errors, position and evidence together, so that a kill loses at
  most the chunk that was not committed, and a resumed import neither repeats nor skips a row;
- the same order with the same files resumes; another file of the same source abandons the import that was killed;
- one import at a time in a home, held by a file lock that ends with the process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from itertools import islice

from comity.core import canonical
from comity.core.evidence.event import Event, Internal
from comity.core.register.formats.reading import CAUTIONS, Reading, Readings
from comity.errors import InputError
from comity.services.context import Actor, Node
from comity.services.evidence.record import record
from comity.services.register.accountable import keep_statement, require_keeper
from comity.services.register.chunk import Chunk, Store
from comity.services.register.keyed import Keyed
from comity.services.register.lock import alone
from comity.services.register.order import (
    Counts,
    ImportFiles,
    ImportOrder,
    ImportReport,
    ImportState,
    identity,
)
from comity.storage.models.register import RegisterImport
from comity.storage.register import imports, subjects
from comity.storage.transaction import atomic

CHUNK = 500
"""Readings in one transaction."""

UID_BYTES = 16
Progress = Callable[[Counts], None]


def import_register(
    node: Node, actor: Actor, order: ImportOrder, files: ImportFiles, progress: Progress = lambda _: None
) -> ImportReport:
    """Import a file, or go on with the same import that was killed.

    Args:
        node: this node.
        actor: who imports; keeper of the register in the regime of the order, or the operator.
        order: what and under which marks.
        files: the file and those beside it.
        progress: called after each committed chunk with the counts so far.

    Raises:
        Refused: ``actor.role``, ``register.regime``, ``register.purpose``, ``register.busy``.
        InputError: the file as a whole cannot be read (its code); chunks committed before stay.
    """
    require_keeper(actor, order.regime)
    order.check(node)
    with alone(node):
        job, resumed = _open(node, actor, order, identity(order, files))
        store = Store(node, order, order.defaults(node), Keyed(node), job.uid)
        try:
            _run(node, actor, job, store, files.read(order, store.defaults), progress)
        except InputError as error:
            _end(node, actor, job, ImportState.FAILED, error.code)
            raise
        _end(node, actor, job, ImportState.DONE)
        return replace(report(node, job), resumed=resumed)


def report(node: Node, job: RegisterImport) -> ImportReport:
    """Return what became of an import so far."""
    ended = job.state != ImportState.RUNNING
    return ImportReport(
        uid=job.uid,
        source=job.source,
        format=job.format,
        state=ImportState(job.state),
        counts=Counts(**job.counts),
        types=dict(job.types),
        faults=imports.count_errors(node.alias, job.pk, without=CAUTIONS),
        cautions=imports.count_errors(node.alias, job.pk, only=CAUTIONS),
        absent=subjects.absent_since(node.alias, job.source, job.uid) if ended else 0,
        failure=job.failure,
        started_on=job.started_at.date(),
    )


def _open(node: Node, actor: Actor, order: ImportOrder, wanted: str) -> tuple[RegisterImport, bool]:
    """Return the import to run: the killed one of the same order and files, or a new one."""
    now = node.clock()
    with atomic(node.alias):
        found = imports.running_import(node.alias, order.source)
        if found is not None and found.identity == wanted:
            keep_statement(node, "import-resumed", now, _statement(actor, found))
            return found, True
        if found is not None:
            found.state, found.ended_at = ImportState.ABANDONED.value, now
            imports.save_import(node.alias, found)
        job = RegisterImport(
            uid=node.random(UID_BYTES).hex(),
            source=order.source,
            format=order.format.value,
            identity=wanted,
            state=ImportState.RUNNING.value,
            counts=asdict(Counts()),
            started_at=now,
            heartbeat_at=now,
        )
        imports.save_import(node.alias, job)
        facts = {"import": job.uid, "format": job.format, "regime": order.regime.value}
        committed = keep_statement(node, "import", now, _statement(actor, job))
        record(node, Internal(), Event("register.import-started", now, facts, committed, job.uid))
    return job, False


def _run(
    node: Node, actor: Actor, job: RegisterImport, store: Store, readings: Readings, progress: Progress
) -> None:
    """Commit chunk after chunk from the position on; what was read before a fault of the file is committed too."""
    failure: list[InputError] = []
    source = _until_fault(readings, failure)
    for _ in islice(source, job.position):
        pass
    while batch := list(islice(source, CHUNK)):
        _commit(node, actor, job, store, batch)
        progress(Counts(**job.counts))
    if failure:
        raise failure[0]


def _until_fault(readings: Readings, failure: list[InputError]) -> Iterator[Reading]:
    try:
        yield from readings
    except InputError as error:
        failure.append(error)


def _commit(node: Node, actor: Actor, job: RegisterImport, store: Store, batch: list[Reading]) -> None:
    with atomic(node.alias):
        chunk = store.write(batch)
        imports.add_errors(node.alias, job.pk, list(_faults(chunk)))
        total = Counter(job.counts)
        total.update(asdict(chunk.counts))
        job.counts = dict(total)
        job.types = dict(Counter(job.types) + chunk.types)
        job.position += len(batch)
        job.heartbeat_at = node.clock()
        imports.save_import(node.alias, job)
        facts: dict[str, str | int] = {"import": job.uid, "position": job.position, "digest": chunk.digest}
        facts.update(asdict(chunk.counts))
        committed = canonical.encode(_statement(actor, job))
        record(node, Internal(), Event("register.imported", job.heartbeat_at, facts, committed, job.uid))


def _faults(chunk: Chunk) -> Iterator[tuple[str, int, str, str]]:
    for refusal in chunk.refusals:
        for fault in refusal.faults:
            yield refusal.part, refusal.line, fault.column[:64], fault.reason.value
    for line, warned in chunk.warned:
        yield "", line, warned.column[:64], warned.caution.value


def _end(node: Node, actor: Actor, job: RegisterImport, state: ImportState, failure: str = "") -> None:
    with atomic(node.alias):
        job.state, job.failure, job.ended_at = state.value, failure, node.clock()
        imports.save_import(node.alias, job)
        facts: dict[str, str | int] = {"import": job.uid, "state": state.value, **job.counts}
        if failure:
            facts["failure"] = failure
        committed = canonical.encode(_statement(actor, job))
        record(node, Internal(), Event("register.import-ended", job.ended_at, facts, committed, job.uid))


def _statement(actor: Actor, job: RegisterImport) -> dict[str, str]:
    """Return who imports what; every event of an import commits to it."""
    return {"by": actor.name, "import": job.uid}
