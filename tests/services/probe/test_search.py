"""Publish, fetch, ask, resolve: what the officer gets, and what the partner gets to see."""

from __future__ import annotations

import pytest
from tests.services.probe.land import BE, MA, OFFICER, STRANGER, Land

from comity.core.probe.opening import Strength
from comity.errors import ComityError, InputError, Refused
from comity.services.probe.resolve import consult_reference, resolve
from comity.services.register.read import subject
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.probe import ProbeAnswered, ProbeAsked, ProbeIndex, ProbeReplica
from comity.storage.models.register import RegisterAct

pytestmark = pytest.mark.django_db(databases=["be", "ma", "third"])


class TestSearch:
    @pytest.mark.parametrize(
        ("given", "family", "dob"),
        [
            ("Zoulikha", "Bourgheda", "1981-05-17"),
            ("زليخة", "بورغدة", "1981-05-17"),
            ("Bourgheda", "Zoulikha", "1981-05-17"),
            ("نور الدين", "الخلفاوي", "1974-11-30"),
            ("Nour Eddine", "Khalfaoui", "1974-11-30"),
            ("فاطمة الزهراء", "بن عبد الله", "1990-02-14"),
        ],
    )
    def test_a_person_is_found_in_either_script(self, land: Land, given: str, family: str, dob: str) -> None:
        land.published()
        outcome = land.ask(given=given, family=family, dob=dob)
        assert outcome.strength is Strength.HIT
        uid = resolve(land.ma, outcome.references[0].reference, partner=BE)
        birth = subject(land.ma, uid).birth
        assert birth is not None
        assert birth.text() == dob

    def test_a_stranger_is_a_miss(self, land: Land) -> None:
        land.published()
        outcome = land.ask(given="Hassan", family="Mekkaoui", dob="1960-04-04")
        assert (outcome.strength, outcome.references, outcome.rules) == (Strength.MISS, (), ())

    def test_names_and_a_year_are_only_possible(self, land: Land) -> None:
        land.published()
        outcome = land.ask(given="عبد القادر", family="أوشريف", dob="1969")
        assert outcome.strength is Strength.POSSIBLE
        assert set(outcome.rules) <= {"names-year", "spelled-year"}

    def test_names_alone_are_insufficient_and_nothing_is_sent(self, land: Land) -> None:
        land.published()
        assert land.ask(given="Zoulikha", family="Bourgheda").strength is Strength.INSUFFICIENT
        assert not ProbeAnswered.objects.using("ma").exists()
        assert not ProbeAsked.objects.using("be").exists()

    def test_a_witness_and_an_asylum_seeker_cannot_be_found(self, land: Land) -> None:
        assert land.published().records == 4
        assert land.ask(given="Yamina", family="Tazeghdanti", dob="1985-07-09").strength is Strength.MISS
        assert land.ask(given="Mourad", family="Sghiouri", dob="1979-03-21").strength is Strength.MISS

    def test_nothing_changed_nothing_published(self, land: Land) -> None:
        assert land.published().new
        assert not land.published().new
        assert ProbeIndex.objects.using("ma").count() == ProbeReplica.objects.using("be").count() == 1

    def test_without_an_index_there_is_nothing_to_ask(self, land: Land) -> None:
        with pytest.raises(InputError, match=r"probe\.no-index"):
            land.ask(given="Zoulikha", family="Bourgheda", dob="1981-05-17")

    def test_only_an_officer_of_the_regime_asks(self, land: Land) -> None:
        land.published()
        with pytest.raises(Refused, match=r"actor\.role"):
            land.ask(actor=STRANGER, given="Zoulikha", family="Bourgheda", dob="1981-05-17")
        assert not ProbeAsked.objects.using("be").exists()


class TestJustification:
    def test_only_the_data_protection_officer_reads_who_was_asked_for(self, land: Land) -> None:
        land.published()
        land.ask(given="Hassan", family="Mekkaoui", dob="1960-04-04", case="C-9")
        row = ProbeAsked.objects.using("be").get()
        opened = land.justification(row)
        assert opened["case"] == "C-9"
        assert opened["actor"] == OFFICER.name
        assert opened["query"]["names"] == [{"family": "Mekkaoui", "given": "Hassan"}]  # type: ignore[index]  # a JSON value
        assert opened["search"] == row.rid

    def test_the_commitment_binds_the_person_the_case_and_the_seed(self, land: Land) -> None:
        from comity.core.crypto.encoding import from_text
        from comity.core.probe.exchange import commitment
        from comity.core.probe.query import read_query

        land.published()
        land.ask(given="Hassan", family="Mekkaoui", dob="1960-04-04", case="C-9")
        row = ProbeAsked.objects.using("be").get()
        opened = land.justification(row)
        nonce, seed = from_text(str(opened["nonce"])), from_text(str(opened["blind_seed"]))
        query = read_query({"given": "Hassan", "family": "Mekkaoui", "dob": "1960-04-04"}).to_octets()
        other = read_query({"given": "Hassan", "family": "Mekkaoui", "dob": "1960-04-05"}).to_octets()
        assert commitment(nonce, query, "C-9", seed) == row.commitment
        assert commitment(nonce, other, "C-9", seed) != row.commitment
        assert commitment(nonce, query, "C-8", seed) != row.commitment
        assert ProbeAnswered.objects.using("ma").get().commitment == row.commitment


class TestReferences:
    def test_a_reference_is_good_for_one_partner_only(self, land: Land) -> None:
        land.published()
        outcome = land.ask(given="Zoulikha", family="Bourgheda", dob="1981-05-17")
        with pytest.raises(InputError, match=r"probe\.reference-unknown"):
            resolve(land.ma, outcome.references[0].reference, partner=MA)

    def test_an_erased_person_is_not_resolved(self, land: Land) -> None:
        from tests.services.probe.land import KEEPER

        from comity.services.register.erase import erase

        land.published()
        outcome = land.ask(given="Zoulikha", family="Bourgheda", dob="1981-05-17")
        reference = outcome.references[0].reference
        erase(land.ma, KEEPER, resolve(land.ma, reference), "retention over")
        with pytest.raises(Refused, match=r"probe\.reference-recalled"):
            resolve(land.ma, reference)
        assert land.published().records == 3

    def test_a_reference_outlives_the_agreement_for_the_run_off(self, land: Land) -> None:
        land.published()
        outcome = land.ask(given="Zoulikha", family="Bourgheda", dob="1981-05-17")
        land.clock.forward(days=45)
        assert resolve(land.ma, outcome.references[0].reference, partner=BE)

    def test_references_end_90_days_after_their_epoch(self, land: Land) -> None:
        land.published()
        outcome = land.ask(given="Zoulikha", family="Bourgheda", dob="1981-05-17")
        land.clock.forward(days=121)
        with pytest.raises(Refused, match=r"probe\.reference-expired"):
            resolve(land.ma, outcome.references[0].reference)


class TestConsultedReferences:
    def given(self, land: Land) -> str:
        land.published()
        return land.ask(given="Zoulikha", family="Bourgheda", dob="1981-05-17").references[0].reference

    def test_who_reads_the_register_is_told_which_row(self, land: Land) -> None:
        reference = self.given(land)
        meant = consult_reference(land.ma, OFFICER, reference, "cited in a letter", partner=BE)
        assert meant.uid == resolve(land.ma, reference)
        assert (meant.source, meant.partner, meant.epoch) == ("own", BE, 1)
        (row,) = RegisterAct.objects.using("ma").filter(kind="reference-resolved")
        assert row.subject_uid == meant.uid
        assert row.statement == {"by": OFFICER.name, "reason": "cited in a letter", "reference": reference}

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"actor": STRANGER}, "actor.role"),
            ({"reference": "0" * 32}, "probe.reference-unknown"),
            ({"reference": "../etc"}, "probe.reference-unknown"),
            ({"partner": MA}, "probe.reference-unknown"),
            ({"days": 121}, "probe.reference-expired"),
        ],
    )
    def test_a_refusal_leaves_evidence_and_no_reference_in_the_log(
        self, land: Land, change: dict[str, object], code: str
    ) -> None:
        reference = self.given(land)
        land.clock.forward(days=int(str(change.pop("days", 0))))
        asked = {"actor": OFFICER, "reference": reference, "reason": "why", "partner": None} | change
        with pytest.raises(ComityError) as refused:
            consult_reference(land.ma, **asked)
        assert refused.value.code == code
        (row,) = RegisterAct.objects.using("ma").filter(kind="reference-resolved")
        assert row.subject_uid == "refused"
        leaves = [bytes(entry.leaf) for entry in EvidenceEntry.objects.using("ma") if entry.leaf]
        (leaf,) = [one for one in leaves if b"probe.reference-resolved" in one]
        assert code.encode() in leaf
        assert reference.encode() not in leaf

    def test_statements_are_erased_after_three_years(self, land: Land) -> None:
        from comity.services.people.statements import erase_statements

        reference = self.given(land)
        consult_reference(land.ma, OFFICER, reference, "why")
        with pytest.raises(InputError):
            consult_reference(land.ma, OFFICER, "0" * 32, "why")
        land.clock.forward(days=1096)
        assert erase_statements(land.ma) == 2
        left = [
            entry
            for entry in EvidenceEntry.objects.using("ma")
            if b"probe.reference-resolved" in bytes(entry.leaf) and entry.salt is not None
        ]
        assert left == []

    def test_a_reason_is_needed(self, land: Land) -> None:
        with pytest.raises(InputError, match=r"register\.reason"):
            consult_reference(land.ma, OFFICER, self.given(land), " ")
