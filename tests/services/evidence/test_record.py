"""Recording happens in the act's transaction; salts are kept apart and can be destroyed."""

from __future__ import annotations

import pytest
from tests.services.evidence.cast import node

from comity.core.codes.exchange import Regime, ServiceId
from comity.core.evidence.event import Bilateral, Event, Internal, read_leaf, verify_commitment
from comity.services.context import Node
from comity.services.evidence.erase import destroy_salt
from comity.services.evidence.record import record, record_many
from comity.storage.evidence import entries
from comity.storage.transaction import atomic

pytestmark = pytest.mark.django_db(databases=["be"])

MA = Bilateral(ServiceId("MA.police"), Regime.POLICE)


def test_only_inside_a_transaction() -> None:
    be = node("be")
    with pytest.raises(RuntimeError, match="transaction"):
        record(be, MA, Event("message.sent", be.clock(), {"message": "1"}))
    with pytest.raises(RuntimeError, match="transaction"):
        destroy_salt(be, "1")


def _fail_after_recording(be: Node) -> None:
    with atomic("be"):
        record(be, MA, Event("message.sent", be.clock(), {"message": "1"}))
        raise KeyError


def test_rolls_back_with_the_act() -> None:
    be = node("be")
    with pytest.raises(KeyError):
        _fail_after_recording(be)
    assert entries.pending_scopes("be") == []


def test_order_salt_and_erasure() -> None:
    be = node("be")
    with atomic("be"):
        record_many(
            be,
            MA,
            [
                Event("message.sent", be.clock(), {"message": "1"}, b"Officer A"),
                Event("message.sent", be.clock(), {"message": "2"}),
            ],
        )
        record(be, Internal(), Event("subject.read", be.clock(), {"subject": "1"}, b"Officer B"))
    stored = dict(entries.unnumbered("be"))
    assert set(stored) == {"bilateral/MA.police/police", "internal"}
    first, second = [read_leaf(leaf) for _, leaf in entries.pending("be", "bilateral/MA.police/police", 10)]
    assert (first.facts["message"], second.facts["message"]) == ("1", "2")
    salt = next(entry.salt for _, entry in entries.unnumbered("be") if entry.salt)
    assert first.commitment
    verify_commitment(first.commitment, salt, b"Officer A")
    with atomic("be"):
        assert destroy_salt(be, "1") == 2
        assert destroy_salt(be, "1") == 0
    assert all(entry.salt is None for _, entry in entries.unnumbered("be"))
    last = [read_leaf(leaf) for _, leaf in entries.pending("be", "internal", 10)][-1]
    assert (last.kind, last.facts) == ("evidence.salts-destroyed", {"count": 2, "key": "1"})


def test_an_empty_key_is_a_bug() -> None:
    with atomic("be"), pytest.raises(ValueError, match="empty"):
        destroy_salt(node("be"), "")
