"""L33: the Moroccan node has the same gate: a ground of law 09-08 with the reference of the CNDP, or nothing goes.

Enforced by `StatedGround._check` in `core/agreement/profile.py` (what is drafted and what a partner proposes) and by
`_against` in `core/policy/transfer.py` (every act). The exception of Art. 2(4) for State security is a ground that must be
declared like any other.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.agreement.samples import PARTIES, source
from tests.federation.world import BE, MA
from tests.policy.hostile import sent_unbound
from tests.policy.transfers import (
    TO_BE,
    TO_MA,
    ground_of,
    grounds,
    permitted_on,
    plan,
    signed_world,
    stating,
    telling,
)

from comity.core import canonical
from comity.core.agreement.messages import PROPOSAL
from comity.core.agreement.model import open_agreement, write_agreement
from comity.core.agreement.source import compile_source
from comity.core.codes.exchange import Act, Regime
from comity.core.codes.transfer import TransferGround
from comity.core.crypto.encoding import to_text
from comity.errors import InputError, PeerError
from comity.services.exchange.submit import Outgoing
from comity.storage.agreements import agreement_rows
from comity.storage.models.cases import Case

RULE = {
    "enforced": (
        "core/agreement/profile.py:_check",
        "core/policy/transfer.py:_against",
    ),
    "core": ("test_without_a_ground_the_moroccan_side_sends_nothing",),
    "wire": (
        "test_a_partner_that_proposes_one_without_it_is_refused",
        "test_the_recipient_refuses_what_the_moroccan_side_sends_without_one",
    ),
    "api": ("api/test_law.py::test_the_moroccan_side_needs_its_ground_over_rest_too",),
    "desk": ("test_neither_draft_nor_proposal_is_without_it",),
}

wired = pytest.mark.django_db(databases=["be", "ma", "third"])
PART = "transfers.MA.grounds"


def test_without_a_ground_the_moroccan_side_sends_nothing() -> None:
    bare = stating("MA", grounds=())
    assert grounds(bare, TO_BE) == [("transfer.ground", PART, "L33")]
    assert grounds(bare, TO_MA) == []


def test_a_european_ground_is_none_for_it() -> None:
    borrowed = stating("MA", grounds=(ground_of("BE"),))
    assert grounds(borrowed, TO_BE) == [("transfer.ground-law", f"{PART}.led-37-1-a", "L33")]


@pytest.mark.parametrize("filing", [None, ""])
def test_the_reference_of_the_cndp_is_asked_for_at_every_act(filing: str | None) -> None:
    slipped = stating("MA", grounds=(ground_of("MA", filing=filing),))
    assert grounds(slipped, TO_BE) == [("transfer.filing", f"{PART}.ma-44-2", "L33")]


def test_the_exception_for_state_security_is_declared_and_never_assumed() -> None:
    declared = ground_of("MA", ground=TransferGround.MA_STATE_SECURITY)
    assert permitted_on(stating("MA", grounds=(declared,)), TO_BE) is TransferGround.MA_STATE_SECURITY


@pytest.mark.parametrize("filing", [None, "", " ", "--"])
def test_neither_draft_nor_proposal_is_without_it(filing: str | None) -> None:
    document = json.loads(write_agreement(plan()))
    document["transfers"]["MA"]["grounds"][0]["filing"] = filing
    with pytest.raises(PeerError, match=r"agreement\.malformed"):
        open_agreement(canonical.encode(document))
    draft: dict[str, Any] = json.loads(json.dumps(source("plan_2025"), default=str))
    changed = {**source("plan_2025"), "transfers": draft["transfers"]}
    grounds_there = changed["transfers"]["MA"]["grounds"]
    grounds_there[0].pop("filing")
    if filing is not None:
        grounds_there[0]["filing"] = filing
    with pytest.raises(InputError) as refused:
        compile_source(changed, parties=PARTIES, predecessor=None)
    assert refused.value.code == "agreement.source-field"
    assert "transfers.MA.grounds" in str(refused.value.facts["field"])


@wired
@pytest.mark.parametrize("filing", [None, "", " ", "--"])
def test_a_partner_that_proposes_one_without_it_is_refused(filing: str | None) -> None:
    world, _ = signed_world(plan())
    before = len(agreement_rows("be"))
    changed = json.loads(write_agreement(plan()))
    changed["transfers"]["MA"]["grounds"][0]["filing"] = filing
    body = {"document": to_text(canonical.encode(changed))}
    hostile = Outgoing(BE, Regime.POLICE, PROPOSAL, Act.PROPOSE, body)
    assert sent_unbound(world, world.ma, hostile) == ("refused", "agreement.malformed")
    assert len(agreement_rows("be")) == before


@wired
def test_the_recipient_refuses_what_the_moroccan_side_sends_without_one() -> None:
    """The Belgian node asks the law of the sender too: a Moroccan node that does not is refused."""
    world, agreement = signed_world(stating("MA", grounds=()))
    assert sent_unbound(world, world.ma, telling(MA, agreement)) == ("refused", "transfer.ground")
    assert not Case.objects.using("be").exists()
    assert sent_unbound(world, world.be, telling(BE, agreement)) == ("delivered", None)


def test_a_state_of_which_nothing_is_said_is_named() -> None:
    profiles = {"BE": source("plan_2025")["transfers"]["BE"]}
    with pytest.raises(InputError) as refused:
        compile_source({**source("plan_2025"), "transfers": profiles}, parties=PARTIES, predecessor=None)
    assert refused.value.facts["field"] == "transfers.MA"
