from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections
from tests.services.register.desk import (
    HEAD,
    KEEPER,
    OFFICER,
    PARTNER,
    STRANGER,
    Clock,
    files,
    order,
    service,
    table,
)

from comity.core.codes.exchange import PurposeGroup, Regime
from comity.core.register.subject import SubjectState
from comity.errors import InputError, Refused
from comity.services.context import Actor, Node
from comity.services.erasures import journal_file, replay
from comity.services.register.erase import erase, erase_again, erase_due, erase_searches
from comity.services.register.import_ import import_register
from comity.services.register.read import consult, count, held, stream_findable, subject
from comity.services.register.search import search
from comity.services.register.state import lift_restriction, quarantine, restrict
from comity.storage.models.evidence import EvidenceEntry
from comity.storage.models.register import RegisterAct, RegisterSubject, RegisterToken

pytestmark = pytest.mark.django_db(databases=["be"])

WHY = "file 12, check of identity"
LIST = table(
    "1,Amina,Tazi,أمينة,التازي,1980-02-03,passport:MA:AB 123",
    "2,Amina,Bensalah,,,1975,",
    "3,Zoë,D'Haene,,,1990-05-06,",
    header="id,given,family,given_ar,family_ar,dob,document",
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def node(tmp_path: Path, clock: Clock) -> Node:
    node = service(tmp_path, clock)
    import_register(node, KEEPER, order(), files(LIST))
    return node


def _families(node: Node, text: str) -> list[str]:
    found = search(node, OFFICER, Regime.POLICE, text, WHY)
    return sorted(name.text for each in found.subjects if each.subject for name in each.subject.names[1:2])


def _uid(node: Node, text: str) -> str:
    return search(node, OFFICER, Regime.POLICE, text, WHY).subjects[0].uid


class TestSearch:
    @pytest.mark.parametrize(
        ("text", "families"),
        [
            ("amina", ["Bensalah", "Tazi"]),
            ("TAZI amina", ["Tazi"]),
            ("أَمينَة التازي", ["Tazi"]),
            ("zoe dhaene", ["D'Haene"]),
            ("amina 1975", ["Bensalah"]),
            ("1980-02-03", ["Tazi"]),
            ("ab123", ["Tazi"]),
            ("tazzi", []),
        ],
    )
    def test_finds_what_carries_every_word(self, node: Node, text: str, families: list[str]) -> None:
        assert _families(node, text) == families

    def test_what_was_asked_is_kept_sealed_and_not_in_the_log(self, node: Node) -> None:
        _families(node, "Amina Tazi")
        act = RegisterAct.objects.using("be").get(kind="searched")
        name = act.statement.pop("act")
        assert act.statement == {"by": "officer-1", "reason": WHY, "query": "Amina Tazi", "regime": "police"}
        assert EvidenceEntry.objects.using("be").filter(erase_key=name, salt__isnull=False).count() == 1
        leaves = [bytes(entry.leaf) for entry in EvidenceEntry.objects.using("be")]
        assert any(b"register.searched" in leaf for leaf in leaves)
        assert not any(b"Tazi" in leaf or b"officer-1" in leaf for leaf in leaves)

    def test_the_statement_is_erased_after_three_years(self, node: Node, clock: Clock) -> None:
        _families(node, "Amina Tazi")
        act = RegisterAct.objects.using("be").get(kind="searched")
        salts = EvidenceEntry.objects.using("be").filter(erase_key=act.statement["act"], salt__isnull=False)
        clock.now += timedelta(days=1095)
        assert erase_searches(node) == 0
        clock.now += timedelta(seconds=1)
        _families(node, "Bensalah")
        assert erase_searches(node) == 1
        assert RegisterAct.objects.using("be").get(kind="searched").pk != act.pk
        assert not salts.exists()
        # A restored backup brings it back; the journal erases it again.
        act.save(using="be", force_insert=True)
        replay(node, (0, ""))
        assert RegisterAct.objects.using("be").get(kind="searched").pk != act.pk

    @pytest.mark.parametrize("text", ["", " - ", "a b c d e f g h i j k l m"])
    def test_needs_words(self, node: Node, text: str) -> None:
        with pytest.raises(InputError, match="register.query"):
            search(node, OFFICER, Regime.POLICE, text, WHY)

    def test_needs_a_reason_and_a_role(self, node: Node) -> None:
        with pytest.raises(InputError, match="register.reason"):
            search(node, OFFICER, Regime.POLICE, "amina", " ")
        with pytest.raises(Refused, match="actor.role"):
            search(node, STRANGER, Regime.POLICE, "amina", WHY)

    def test_other_regimes_stay_apart(self, node: Node) -> None:
        assert not search(node, KEEPER, Regime.RETURN_IDENTIFICATION, "amina", WHY).subjects

    def test_the_database_holds_no_name(self, node: Node) -> None:
        with connections["be"].cursor() as cursor:
            for model in (RegisterSubject, RegisterToken):
                cursor.execute(f"SELECT * FROM {model._meta.db_table}")  # noqa: S608 - own table names
                dump = b"|".join(
                    bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode()
                    for row in cursor.fetchall()
                    for cell in row
                )
                assert b"Tazi" not in dump
                assert "التازي".encode() not in dump


class TestConsult:
    def test_records_who_and_why(self, node: Node) -> None:
        uid = _uid(node, "tazi")
        assert consult(node, OFFICER, uid, WHY).uid == uid
        act = RegisterAct.objects.using("be").get(kind="consulted")
        assert (act.subject_uid, act.statement["reason"]) == (uid, WHY)

    def test_refuses_without_role_or_subject(self, node: Node) -> None:
        with pytest.raises(Refused, match="actor.role"):
            consult(node, STRANGER, _uid(node, "tazi"), WHY)
        for unknown in ("0" * 32, "no uid"):
            with pytest.raises(InputError, match="register.unknown"):
                consult(node, OFFICER, unknown, WHY)


class TestStates:
    def test_restriction_is_lifted_quarantine_is_not(self, node: Node) -> None:
        uid = _uid(node, "tazi")
        assert restrict(node, HEAD, uid, WHY) == 2
        assert restrict(node, HEAD, uid, WHY) == 2
        assert subject(node, uid).marks.state is SubjectState.RESTRICTED
        assert lift_restriction(node, HEAD, uid, WHY) == 3
        assert quarantine(node, HEAD, uid, WHY) == 4
        for act in (restrict, lift_restriction):
            with pytest.raises(Refused, match="register.state"):
                act(node, HEAD, uid, WHY)

    @pytest.mark.parametrize("act", [restrict, quarantine])
    def test_what_is_restricted_gives_no_operational_hit(
        self, node: Node, act: Callable[[Node, Actor, str, str], int]
    ) -> None:
        """Without `may_see` in `search` and `consult` an officer finds and reads it (L13, L30)."""
        uid = _uid(node, "tazi")
        assert search(node, OFFICER, Regime.POLICE, "tazi", WHY).subjects
        act(node, HEAD, uid, WHY)
        assert search(node, OFFICER, Regime.POLICE, "tazi", WHY).subjects == ()
        with pytest.raises(Refused, match=r"register\.restricted"):
            consult(node, OFFICER, uid, WHY)
        assert [one.uid for one in search(node, HEAD, Regime.POLICE, "tazi", WHY).subjects] == [uid]
        assert consult(node, HEAD, uid, WHY).uid == uid

    def test_officers_do_not_restrict(self, node: Node) -> None:
        with pytest.raises(Refused, match="actor.role"):
            restrict(node, OFFICER, _uid(node, "tazi"), WHY)

    def test_a_refused_act_leaves_no_trace_of_itself(self, node: Node) -> None:
        uid = _uid(node, "tazi")
        before = EvidenceEntry.objects.using("be").count()
        with pytest.raises(Refused):
            erase(node, OFFICER, uid, WHY)
        assert EvidenceEntry.objects.using("be").count() == before
        assert held(node, uid).version == 1


class TestErase:
    def test_nothing_is_left_but_the_tombstone(self, node: Node) -> None:
        uid = _uid(node, "tazi")
        assert erase(node, HEAD, uid, WHY) == 2
        assert erase(node, HEAD, uid, WHY) == 2
        row = RegisterSubject.objects.using("be").get(uid=uid)
        assert (row.content, row.digest, row.state, row.groups) == (None, "", "erased", "")
        assert not RegisterToken.objects.using("be").filter(subject=row).exists()
        assert _families(node, "tazi") == []
        with pytest.raises(InputError, match="register.erased"):
            subject(node, uid)
        found = stream_findable(node, Regime.POLICE, PARTNER, PurposeGroup.SERIOUS_CRIME)
        assert uid not in {item[0] for item in found}
        assert (Regime.POLICE, "person", SubjectState.ERASED, 1) in count(node)

    def test_retention_ends_by_itself(self, node: Node, clock: Clock) -> None:
        assert erase_due(node) == 0
        clock.move(days=3 * 365)
        assert not list(stream_findable(node, Regime.POLICE, PARTNER, PurposeGroup.SERIOUS_CRIME))
        assert erase_due(node, limit=2) == 2
        assert erase_due(node) == 1
        assert erase_due(node) == 0

    def test_only_this_nodes_journal_names_it(self, node: Node) -> None:
        uid = _uid(node, "tazi")
        erase(node, HEAD, uid, WHY)
        assert uid.encode() in journal_file(node.config.home).read_bytes()


class TestRestored:
    """What a restored backup brought back goes again, as the journal says."""

    def _replayed(self, node: Node, uid: str) -> RegisterSubject:
        row = RegisterSubject.objects.using("be").get(uid=uid)
        before = (row.content, row.state, row.digest, row.groups, row.erase_at)
        yield_back = dict(zip(("content", "state", "digest", "groups", "erase_at"), before, strict=True))
        self.acts(node, uid)
        RegisterSubject.objects.using("be").filter(uid=uid).update(**yield_back)
        replay(node, (0, ""))
        return RegisterSubject.objects.using("be").get(uid=uid)

    def acts(self, node: Node, uid: str) -> None:
        for act in self.order:
            act(node, HEAD, uid, WHY)

    order: tuple[Callable[..., int], ...] = ()

    @pytest.mark.parametrize(
        ("order", "state"),
        [
            ((erase,), "erased"),
            ((restrict,), "restricted"),
            ((restrict, lift_restriction), "active"),
            ((restrict, quarantine), "quarantined"),
            ((quarantine, erase), "erased"),
        ],
    )
    def test_acts_after_the_backup(
        self, node: Node, order: tuple[Callable[..., int], ...], state: str
    ) -> None:
        self.order = order
        row = self._replayed(node, _uid(node, "tazi"))
        assert row.state == state
        assert (row.content is None) is (state == "erased")

    def test_unknown_subjects_are_passed_over(self, node: Node) -> None:
        assert erase_again(node, ["0" * 32]) == 0
        assert not RegisterSubject.objects.using("be").filter(uid="0" * 32).exists()

    def test_imported_and_erased_after_the_backup(self, node: Node) -> None:
        uid = _uid(node, "tazi")
        before = RegisterSubject.objects.using("be").count()
        erase(node, HEAD, uid, WHY)
        key = RegisterSubject.objects.using("be").get(uid=uid).source_key
        # The backup was made before the import: the restored register does not know the subject.
        RegisterSubject.objects.using("be").filter(uid=uid).delete()
        replay(node, (0, ""))
        replay(node, (0, ""))
        row = RegisterSubject.objects.using("be").get(uid=uid)
        assert (row.source_key, row.state, row.content, row.regime) == (key, "erased", None, "police")
        # The same list does not bring it back.
        report = import_register(node, KEEPER, order(), files(LIST))
        assert report.counts.refused == 1
        assert RegisterSubject.objects.using("be").count() == before
        assert RegisterSubject.objects.using("be").get(source_key=key).content is None
        assert (Regime.POLICE, "person", SubjectState.ERASED, 1) in count(node)

    def test_imported_again_under_another_identifier(self, node: Node) -> None:
        uid = _uid(node, "tazi")
        erase(node, HEAD, uid, WHY)
        RegisterSubject.objects.using("be").filter(uid=uid).delete()
        import_register(node, KEEPER, order(), files(LIST))
        assert _uid(node, "tazi") != uid
        replay(node, (0, ""))
        assert not RegisterSubject.objects.using("be").exclude(state="erased").filter(uid=uid).exists()
        assert RegisterSubject.objects.using("be").filter(state="erased").count() == 1
