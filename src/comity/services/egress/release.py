"""Before an entry of the register is released, or even proposed for it: does the law let anything of it go?

Implements docs/protocol/egress.md §5 and §6; rules L13 to L30. The policy decides once more when the message is submitted;
here the true ground is kept already when an officer first tries, so that a refusal that follows goes out as an ordinary one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from comity.core.agreement.model import Clause
from comity.core.agreement.standing import AgreementStanding
from comity.core.codes.exchange import Purpose
from comity.core.codes.marks import DataCategory, SubjectCategory
from comity.core.egress.inherit import of_entry
from comity.core.egress.values import taints_of
from comity.core.policy.law import PROTECTED, prohibited, protected
from comity.core.policy.model import Ground, ProposedAct
from comity.core.policy.transfer import unassured_offence
from comity.core.register.release import NEVER_RELEASED
from comity.core.register.subject import Subject
from comity.errors import Refused
from comity.services.context import Actor, Node
from comity.services.egress.blocked import keep_block
from comity.services.egress.examine import Examined, Leaving, examine_particulars

_DECIDED = "0" * 64
"""Stands for the decision that the policy will ask for: here it is only asked what the law says."""

WITHHELD = Ground(PROTECTED, "law", "L13-27")
"""Ground where the law would let an entry go to this recipient and the register lets it go to none."""


def require_unprotected(
    node: Node,
    actor: Actor,
    leaving: Leaving,
    entry: tuple[Subject, int],
    under: tuple[AgreementStanding, Clause, Purpose],
    released: frozenset[DataCategory],
    persons: frozenset[SubjectCategory] = frozenset(),
) -> None:
    """Refuse what the law protects; the true ground is the data-protection officer's, the words are kept for the writer.

    Args:
        leaving: the message as it would leave, with the words written so far and the entry that it releases.
        entry: the entry and its version. under: what would permit the message. released: categories.
        persons: categories of person that the message will name; empty: the entry's own.

    Raises:
        Refused: ``law.protected``, or another code of the law.
    """
    subject, version = entry
    standing, clause, purpose = under
    act = ProposedAct(
        act=leaving.act,
        regime=leaving.regime,
        sender=node.service,
        recipient=leaving.partner,
        purpose=purpose,
        data=released,
        subjects=persons or frozenset({subject.marks.category}),
        taints=taints_of(subject),
        decision=_DECIDED,
    )
    law = prohibited(act, standing.agreement, clause)
    grounds = (*law, *unassured_offence(standing, act, node.clock()))
    if not grounds and act.taints & NEVER_RELEASED:
        grounds = (WITHHELD,)
    _withhold(node, actor, leaving, grounds, Examined(of_entry(leaving.subject, version, act.taints)))
    if grounds:
        raise Refused(grounds[0].code)


def require_nobody_protected(
    node: Node,
    actor: Actor,
    leaving: Leaving,
    standing: AgreementStanding,
    particulars: Mapping[str, Any],
    rules: Collection[str] = (),
) -> None:
    """Refuse to tell of a person of whom no entry is named, where our register protects one with these particulars.

    Args:
        particulars: released fields, as a request carries them. rules: by which the law protects the person anyway.

    Raises:
        InputError: ``content.too-large``.
        Refused: ``law.protected``.
    """
    examined = examine_particulars(node, particulars)
    act = ProposedAct(
        act=leaving.act,
        regime=leaving.regime,
        sender=node.service,
        recipient=leaving.partner,
        taints=examined.taints,
        decision=_DECIDED,
    )
    # Nobody has released anything of whom nobody has named: a witness, a victim, a minor are protected too.
    grounds = [*protected(act, standing.agreement), *unassured_offence(standing, act, node.clock())]
    grounds += [Ground(PROTECTED, "law", rule) for rule in rules]
    if not grounds and act.taints & NEVER_RELEASED:
        grounds = [WITHHELD]
    once = tuple(dict.fromkeys(ground for ground in grounds if ground.code == PROTECTED))
    _withhold(node, actor, leaving, once, examined)


def _withhold(
    node: Node, actor: Actor, leaving: Leaving, grounds: Collection[Ground], examined: Examined
) -> None:
    """Keep and refuse what is protected, whatever else the law has against it."""
    hidden = [ground for ground in grounds if ground.code == PROTECTED]
    if hidden:
        keep_block(node, actor, leaving, leaving.kind, hidden, examined)
        raise Refused(PROTECTED)
