"""What the tests of egress look at: protected persons in a register with its tokens, and the true grounds."""

from __future__ import annotations

from typing import Any

from tests.cases.cast import hold, subject

from comity.core.codes.marks import Taint
from comity.core.register.birth import read_birth
from comity.core.register.subject import NameRole, Paper, Subject, written
from comity.core.register.words import subject_words
from comity.services.context import Node
from comity.services.register.keyed import Keyed
from comity.storage.models.cases import CaseDecision
from comity.storage.models.egress import BlockedDraft
from comity.storage.models.exchange import ExchangedMessage
from comity.storage.models.register import RegisterSubject
from comity.storage.register.tokens import replace_tokens
from comity.storage.transaction import atomic

HIDDEN = "a" * 32
"""A protected person, whom no case touches unless a test says so."""


def protected(*taints: Taint, **changes: Any) -> Subject:
    """Return a person with marks: Karim Tazi, born on 12 March 1985, with a passport and a telephone."""
    found = subject(taints=taints)
    values = {
        "names": (written("كريم", NameRole.GIVEN), written("التازي", NameRole.FAMILY)),
        "birth": read_birth("1985-03-12"),
        "phones": ("+212661998877",),
        "documents": (Paper(kind="passport", number="AB 123 456", country="MA"),),
        "remarks": ("came to the reception centre at Fedasil with his younger sister",),
        **changes,
    }
    return found.model_copy(update=values)


def enter(node: Node, found: Subject, uid: str = HIDDEN) -> None:
    """Put a subject into a register with the tokens by which it is found, as an import does."""
    hold(node, found, uid)
    row = RegisterSubject.objects.using(node.alias).get(uid=uid)
    with atomic(node.alias):
        replace_tokens(node.alias, {row.pk: Keyed(node).tokens(subject_words(found))})


def true_grounds(node: Node) -> list[str | None]:
    """Return the true grounds of all blocks."""
    rows = CaseDecision.objects.using(node.alias).filter(kind="block").order_by("id")
    return [row.true_ground for row in rows]


def drafts(node: Node) -> list[BlockedDraft]:
    """Return all blocked texts."""
    return list(BlockedDraft.objects.using(node.alias).order_by("id"))


def sent(node: Node) -> int:
    """Return how many messages a node has written."""
    return ExchangedMessage.objects.using(node.alias).filter(direction="out").count()
