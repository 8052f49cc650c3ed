"""What the tests of the rules look at: words kept anywhere, evidence, notices, how a message ended."""

from __future__ import annotations

from typing import Any

from tests.cases.cast import UID, hold, subject
from tests.federation.world import World

from comity.core.register.subject import Subject
from comity.services.context import Node
from comity.services.evidence.sequence import sequence
from comity.services.exchange.status import status
from comity.storage.models.cases import Case
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.exchange import ExchangedMessage
from comity.storage.models.protection import Consent, Notice, Passage
from comity.storage.models.register import RegisterSubject

OLD, NEW = "الخطابي", "الخطيبي"
"""The family name that was sent, and what it really is."""


def renamed_subject() -> Subject:
    """Return the suspect with the family name put right."""
    found = subject()
    names = tuple(name.model_copy(update={"text": name.text.replace(OLD, NEW)}) for name in found.names)
    return found.model_copy(update={"names": names})


def put_right(node: Node) -> None:
    """Let the register hold the right name, in a new version, as an import does."""
    hold(node, renamed_subject(), UID)
    RegisterSubject.objects.using(node.alias).filter(uid=UID).update(version=2)


def everything(node: Node) -> str:
    """Return all words that a node keeps of cases, opened: what a search of its disk with its keys would find."""
    said: list[Any] = [(row.request, row.reply) for row in Case.objects.using(node.alias)]
    said += [row.body for row in Passage.objects.using(node.alias)]
    said += [row.content for row in Notice.objects.using(node.alias)]
    said += [row.reasons for row in Consent.objects.using(node.alias)]
    said += [decoded(row.content) for row in ExchangedMessage.objects.using(node.alias) if row.content]
    return str(said)


def decoded(token: str) -> str:
    """Return the payload of a signed content as text, with its letters readable."""
    import json

    from comity.core.envelope.batch import payload_of

    return str(json.loads(payload_of(token)))


def leaves(node: Node, kind: str) -> list[str]:
    """Return the leaves of one kind in the evidence."""
    sequence(node)
    found = [bytes(row.leaf).decode() for row in EvidenceEntry.objects.using(node.alias).order_by("id")]
    return [leaf for leaf in found if f'"kind":"{kind}"' in leaf]


def passage(node: Node, message: str) -> Passage:
    """Return a passage by its message."""
    return Passage.objects.using(node.alias).get(message=message)


def case(node: Node, thread: str) -> Case:
    """Return a case."""
    return Case.objects.using(node.alias).get(thread=thread)


def code_of(node: Node, message: str) -> tuple[str, str | None]:
    """Return how a message that a node sent stands, and the code of its refusal."""
    found = status(node, message)
    assert found is not None
    return found.standing.value, found.code


def away(world: World, service: Any, **span: float) -> None:
    """Let a node be away for a time."""
    world.network.cut_off.add(service)
    world.clock.forward(**span)
