"""Who a person is, as our register would tell it; and, where it names nobody, whether it protects whom the request describes.

Implements docs/protocol/identification.md §5 and docs/protocol/egress.md §5; rules L9 to L30. "Identified" tells a foreign
State who somebody is and whose national, with an entry of our register or without one. Rules:
    - the law is asked of the entry, with the mark of its state, before anything of it is shown or confirmed; the true ground
      is kept when an officer first tries, so that a refusal that follows goes out as an ordinary one;
    - that the register holds nobody is a named person's statement; whoever the thread was blocked for, the request's
      reference means or its particulars describe is looked for all the same.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from comity.core import canonical
from comity.core.codes.exchange import Act, Purpose, Regime, ServiceId
from comity.core.codes.marks import DataCategory, Taint
from comity.core.egress.values import taints_of
from comity.core.identification.messages import IDENTIFICATION_ANSWER, IdentificationBody
from comity.core.policy.law import SPECIAL_CATEGORIES
from comity.core.register.release import releasable
from comity.core.register.subject import Marks
from comity.errors import InputError, Refused
from comity.services.agreements.standing import stored_standing
from comity.services.context import Actor, Node
from comity.services.egress.grounds import protecting
from comity.services.egress.release import require_nobody_protected, require_unprotected
from comity.services.exchange.submit import Outgoing
from comity.services.identification.request import PERSONS
from comity.services.register.read import Held, held, release
from comity.storage.models.cases import Case


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a person is, as our register would tell it.

    Args:
        document: the fields as they would leave; None when the particulars of the request are only confirmed.
        taints: marks of the entry, that of its state among them. digest: of what was shown; the answer names it.
    """

    subject: str
    version: int
    document: dict[str, Any] | None
    categories: frozenset[DataCategory]
    marks: Marks
    taints: frozenset[Taint]
    digest: str


def unprotected_identity(
    node: Node, actor: Actor, row: Case, subject: str, categories: Collection[DataCategory] | None
) -> Identity:
    """Return what would be told of an entry, once the law was asked of it; what it forbids is kept.

    Args:
        categories: None: all that was asked for, is lawful and held; empty: nothing, the request is confirmed.

    Raises:
        InputError: ``register.*``.
        Refused: ``case.not-owner``, ``case.regime``, ``law.protected``, ``case.category``.
    """
    entry = _own(node, row, subject)
    if entry.subject is None:
        raise InputError("register.erased")
    released = _lawful(row, entry) if categories is None else frozenset(categories)
    standing = stored_standing(node, row.agreement)
    clause = standing.agreement.clause(row.clause)
    if clause is None:
        raise Refused("clause.unknown", clause=row.clause)
    under = (standing, clause, Purpose(row.purpose))
    lawful = released & frozenset(clause.data) - SPECIAL_CATEGORIES
    leaving = _leaving(row, subject)
    require_unprotected(node, actor, leaving, (entry.subject, entry.version), under, lawful, PERSONS)
    return identity(node, row, subject, categories)


def identity(node: Node, row: Case, subject: str, categories: Collection[DataCategory] | None) -> Identity:
    """Return what would be told of an entry; the caller has asked the law, or asks whether it is still the same.

    Raises:
        InputError: ``register.*``.
        Refused: ``case.not-owner``, ``case.regime``, ``case.category``, ``register.not-releasable``.
    """
    entry = _own(node, row, subject)
    if entry.subject is None:
        raise InputError("register.erased")
    marks, permitted = entry.subject.marks, _lawful(row, entry)
    chosen = permitted if categories is None else frozenset(categories)
    confirmed = categories is not None and not chosen
    if marks.category not in PERSONS or not (chosen or confirmed) or not chosen <= permitted:
        raise Refused("case.category", clause=row.clause)
    told = release(entry.subject, chosen)
    document = None if confirmed else told
    shown = {"uid": subject, "version": entry.version, "document": document, "thread": row.thread}
    digest = canonical.digest(canonical.encode({**shown, "marks": marks.model_dump(mode="json")}))
    return Identity(subject, entry.version, document, chosen, marks, taints_of(entry.subject), digest)


def require_nobody_held(node: Node, actor: Actor, row: Case) -> None:
    """Refuse to confirm whom a request describes, without an entry of ours, where the law protects that person.

    Raises:
        InputError: ``content.too-large``.
        Refused: ``law.protected``.
    """
    standing = stored_standing(node, row.agreement)
    described = IdentificationBody.model_validate(row.request).subject.get("fields")
    fields = described if isinstance(described, dict) else {}
    require_nobody_protected(node, actor, _leaving(row), standing, fields, protecting(node, row))


def _own(node: Node, row: Case, subject: str) -> Held:
    entry = held(node, subject)
    if entry.subject is not None:
        if entry.subject.marks.owner != node.service:
            raise Refused("case.not-owner")
        if entry.subject.marks.regime.value != row.regime:
            raise Refused("case.regime")
    return entry


def _lawful(row: Case, entry: Held) -> frozenset[DataCategory]:
    """Return what was asked for, may be told of the person, and is held."""
    asked = frozenset(IdentificationBody.model_validate(row.request).categories) - SPECIAL_CATEGORIES
    return frozenset() if entry.subject is None else asked & releasable(entry.subject)


def _leaving(row: Case, subject: str = "") -> Outgoing:
    return Outgoing(
        partner=ServiceId(row.partner),
        regime=Regime(row.regime),
        kind=IDENTIFICATION_ANSWER,
        act=Act.REPLY,
        body={},
        thread=row.thread,
        subject=subject,
    )
