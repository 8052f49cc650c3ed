"""L31: a search is justified where its own oversight can read it; after three years it is gone, and the log still verifies.

Enforced by `seal_justification` in `services/watch/justification.py` (sealed to the data-protection officer), by `erase_searches` in
`services/probe/upkeep.py` and in `services/register/erase.py`; without `destroy_salt(...)` in either the entry still commits
to a person, and without the deletion the words stay: `test_after_three_years_*`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.federation.world import BE, make_card, node_keys
from tests.services.probe.land import Land, make_land

import comity.services.probe.handlers  # noqa: F401
from comity.services.evidence.sequence import sequence
from comity.services.evidence.verify import verify
from comity.services.probe.upkeep import erase_searches
from comity.storage import partners
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.probe import ProbeAsked

RULE = {
    "enforced": (
        "services/watch/justification.py:seal_justification",
        "services/probe/upkeep.py:erase_searches",
        "services/register/erase.py:erase_searches",
    ),
    "core": ("core/evidence/test_event.py::test_a_leaf_shows_nothing_of_what_it_commits_to",),
    "wire": ("oversight/test_search.py::test_a_search_whose_commitment_is_not_the_logged_one_is_named",),
    "api": ("api/test_reading.py::test_the_reason_of_a_private_search_over_rest_is_committed_to",),
    "desk": (
        "test_after_three_years_the_chain_still_verifies",
        "oversight/test_search.py::test_an_opening_needs_a_role_and_leaves_its_reason",
        "services/probe/test_retention.py::test_erased_again_after_a_restore",
    ),
    "lacks": "offence, role of the person and aim (Art. 33(2)) are no fields of their own, and the reason may be left empty",
}

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])
KNOWN = {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"}


@pytest.fixture
def land(db: None, tmp_path: Path) -> Land:
    return make_land(tmp_path)


def test_after_three_years_the_chain_still_verifies(land: Land) -> None:
    partners.add_own_card(land.be.alias, 1, make_card(BE, node_keys(BE))[1], land.clock())
    land.published()
    rid = land.ask(**KNOWN).rid
    row = ProbeAsked.objects.using("be").get()
    assert land.justification(row)["reason"] == "the reason"
    sequence(land.be)
    assert verify(land.be).findings == ()
    entries = [bytes(entry.leaf) for entry in EvidenceEntry.objects.using("be").order_by("id")]
    land.clock.forward(days=1096)
    assert erase_searches(land.be, land.network.channels) == 1
    assert not ProbeAsked.objects.using("be").exists()
    assert not EvidenceEntry.objects.using("be").filter(erase_key=rid, salt__isnull=False).exists()
    kept = [bytes(entry.leaf) for entry in EvidenceEntry.objects.using("be").order_by("id")]
    assert kept[: len(entries)] == entries, "the entry stays as it was"
    sequence(land.be)
    assert verify(land.be).findings == ()
