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
from tests.policy.transfers import TO_BE, TO_MA, ground_of, grounds, permitted_on, plan, stating

from comity.core import canonical
from comity.core.agreement.model import open_agreement, write_agreement
from comity.core.agreement.source import compile_source
from comity.core.codes.transfer import TransferGround
from comity.errors import InputError, PeerError

RULE = {
    "enforced": (
        "core/agreement/profile.py:_check",
        "core/policy/transfer.py:_against",
    ),
    "core": ("test_without_a_ground_the_moroccan_side_sends_nothing",),
    "desk": ("test_neither_draft_nor_proposal_is_without_it",),
}

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


def test_a_state_of_which_nothing_is_said_is_named() -> None:
    profiles = {"BE": source("plan_2025")["transfers"]["BE"]}
    with pytest.raises(InputError) as refused:
        compile_source({**source("plan_2025"), "transfers": profiles}, parties=PARTIES, predecessor=None)
    assert refused.value.facts["field"] == "transfers.MA"
