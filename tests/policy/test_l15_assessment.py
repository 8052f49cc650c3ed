"""L15: without the reference of a data-protection impact assessment no agreement comes into being, and none is used.

Enforced by the type `Said` of `Agreement.dpia` in `core/agreement/model.py` (drafts, and what a partner proposes) and by
step 1 of `gate` in `core/policy/transfer.py` (every act). Without either its test fails.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.agreement.samples import PARTIES, source
from tests.cases.cast import make_desks
from tests.federation.world import BE, MA, World
from tests.policy.scene import code_of
from tests.policy.transfers import BOTH, grounds, plan

from comity.core import canonical
from comity.core.agreement.messages import PROPOSAL
from comity.core.agreement.model import open_agreement, write_agreement
from comity.core.agreement.source import compile_source
from comity.core.codes.exchange import Act, Regime
from comity.core.crypto.encoding import to_text
from comity.core.policy.decide import ProposedAct
from comity.errors import InputError, PeerError
from comity.services.context import Actor, ActorKind
from comity.services.exchange.deliver import deliver_due
from comity.services.exchange.submit import Outgoing, submit
from comity.storage.agreements import agreement_rows

RULE = {
    "enforced": (
        "core/agreement/model.py:Agreement",
        "core/policy/transfer.py:gate",
    ),
    "core": ("test_the_policy_refuses_what_slipped_through",),
    "wire": ("test_a_partner_that_proposes_one_is_refused",),
    "api": ("api/test_law.py::test_no_operation_makes_an_agreement",),
    "desk": ("test_a_source_without_a_reference_is_not_drafted",),
}

SAYS_NOTHING = ["", "   ", "-", "?", "…"]


def without(reference: str) -> bytes:
    document = json.loads(write_agreement(plan()))
    document["dpia"] = reference
    return canonical.encode(document)


@pytest.mark.parametrize("reference", SAYS_NOTHING)
def test_a_source_without_a_reference_is_not_drafted(reference: str) -> None:
    changed = {**source("plan_2025"), "dpia": reference}
    with pytest.raises(InputError) as refused:
        compile_source(changed, parties=PARTIES, predecessor=None)
    assert (refused.value.code, refused.value.facts["field"]) == ("agreement.source-field", "dpia")


@pytest.mark.parametrize("reference", SAYS_NOTHING)
def test_a_document_without_a_reference_is_no_agreement(reference: str) -> None:
    with pytest.raises(PeerError, match=r"agreement\.malformed"):
        open_agreement(without(reference))


@pytest.mark.parametrize("act", BOTH)
@pytest.mark.parametrize("reference", SAYS_NOTHING)
def test_the_policy_refuses_what_slipped_through(act: ProposedAct, reference: str) -> None:
    slipped = plan().model_copy(update={"dpia": reference})
    assert grounds(slipped, act) == [("transfer.assessment", "dpia", "L15")]


@pytest.mark.django_db(databases=["be", "ma", "third"])
@pytest.mark.parametrize("reference", SAYS_NOTHING)
def test_a_partner_that_proposes_one_is_refused(reference: str) -> None:
    world: World
    world, _ = make_desks()
    before = len(agreement_rows("ma"))
    body: dict[str, Any] = {"document": to_text(without(reference))}
    hostile = Outgoing(MA, Regime.POLICE, PROPOSAL, Act.PROPOSE, body)
    message = submit(world.nodes[BE], hostile, Actor("mallory", ActorKind.OFFICER))
    deliver_due(world.be, world.network.channels)
    assert code_of(world.be, message) == ("refused", "agreement.malformed")
    assert len(agreement_rows("ma")) == before
