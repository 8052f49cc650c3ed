"""The document that is signed: one encoding only, nothing unknown, nothing missing."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.agreement.samples import BE, MA, PARTIES, PLANS, shipped, source

from comity.core import canonical
from comity.core.agreement.model import agreement_hash, open_agreement, write_agreement
from comity.core.agreement.source import compile_source, read_source
from comity.core.codes.exchange import Act, Purpose, Regime
from comity.core.codes.marks import DataCategory, Urgency
from comity.errors import InputError, PeerError


@pytest.mark.parametrize("name", [*PLANS, "memorandum_2016"])
def test_round_trip(name: str) -> None:
    octets = write_agreement(shipped(name))
    assert open_agreement(octets) == shipped(name)
    assert write_agreement(open_agreement(octets)) == octets


def test_each_plan_names_its_predecessor() -> None:
    assert shipped("plan_2018").predecessor is None
    for older, newer in itertools.pairwise(PLANS):
        assert shipped(newer).predecessor == agreement_hash(write_agreement(shipped(older)))


def test_plan_2025_is_the_reported_one() -> None:
    plan = shipped("plan_2025")
    assert {clause.purpose for clause in plan.clauses} == set(Purpose) - {Purpose.IDENTIFICATION}
    assert plan.regime is Regime.POLICE
    assert plan.illustrative
    assert (plan.quotas.probes_per_day, plan.quotas.probes_per_case) == (1000, 20)
    assert plan.valid_from == datetime(2025, 1, 1, tzinfo=UTC)
    assert plan.valid_before == datetime(2027, 1, 1, tzinfo=UTC)
    asked = plan.clause("terrorism.request")
    assert asked is not None
    assert asked.deadlines == {
        Urgency.URGENT_DIRECT: timedelta(hours=8),
        Urgency.URGENT_INDIRECT: timedelta(days=3),
        Urgency.ORDINARY: timedelta(days=7),
    }
    assert set(asked.run_off) == {Act.REPLY, Act.REFUSE}


def test_memorandum_is_apart_with_45_days_and_fingerprints() -> None:
    memorandum = shipped("memorandum_2016")
    assert memorandum.regime is Regime.RETURN_IDENTIFICATION
    assert memorandum.valid_before is None
    asked = memorandum.clause("identification.request")
    assert asked is not None
    assert asked.deadlines == {Urgency.ORDINARY: timedelta(days=45)}
    assert DataCategory.FINGERPRINTS in asked.data
    assert asked.necessity


def test_parties_are_ordered_whoever_drafts() -> None:
    one = compile_source(source("plan_2018"), parties=(BE, MA), predecessor=None)
    two = compile_source(source("plan_2018"), parties=(MA, BE), predecessor=None)
    assert write_agreement(one) == write_agreement(two)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d.update(extra=1), "agreement.malformed"),
        (lambda d: d.pop("dpia"), "agreement.malformed"),
        (lambda d: d.update(dpia=""), "agreement.malformed"),
        (lambda d: d["clauses"][0].update(purpose="gossip"), "agreement.malformed"),
        (lambda d: d["clauses"][0]["acts"].reverse(), "agreement.malformed"),
        (lambda d: d["clauses"].reverse(), "agreement.malformed"),
        (lambda d: d["quotas"].update(probes_per_day=-1), "agreement.malformed"),
        (lambda d: d["quotas"].update(probes_per_day="1000"), "agreement.malformed"),
        (lambda d: d.update(parties=["BE.federal-police", "BE.federal-police"]), "agreement.malformed"),
        (lambda d: d.update(valid_before=d["valid_from"]), "agreement.malformed"),
        (lambda d: d.update(suites=["rsa"]), "agreement.malformed"),
        (lambda d: d["clauses"][0].update(retention="P1Y"), "agreement.malformed"),
    ],
)
def test_what_is_not_an_agreement_is_refused(change, code) -> None:
    document = json.loads(write_agreement(shipped("plan_2025")))
    change(document)
    with pytest.raises(PeerError) as refused:
        open_agreement(canonical.encode(document))
    assert refused.value.code == code


def test_bytes_that_are_not_their_own_canonical_form_are_refused() -> None:
    octets = write_agreement(shipped("plan_2025"))
    with pytest.raises(PeerError, match=r"json\.not-canonical"):
        open_agreement(octets + b"\n")
    with pytest.raises(PeerError, match=r"json\.not-canonical"):
        open_agreement(json.dumps(json.loads(octets)).encode())


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("colour = 1", "colour"),
        ('valid_from = "2025-01-01"', "valid_from"),
        ("valid_from = 2025-01-01T00:00:00Z", "valid_from"),
        ("valid_from = 2025-01-01\nclauses = [{ purpose = 'terrorism' }]", "clauses.0.id"),
        ("valid_from = 2025-01-01\nsuites = ['ed25519', 'ed25519']", "suites"),
    ],
)
def test_a_source_error_names_its_field(text: str, field: str) -> None:
    with pytest.raises(InputError) as refused:
        compile_source(read_source(text), parties=PARTIES, predecessor=None)
    assert refused.value.code == "agreement.source-field"
    assert refused.value.facts["field"] == field


def test_a_source_that_is_no_toml_is_refused() -> None:
    with pytest.raises(InputError, match=r"agreement\.source-malformed"):
        read_source("clauses = [")
