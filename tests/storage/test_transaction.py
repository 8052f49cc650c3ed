from __future__ import annotations

import pytest

from comity.storage.transaction import atomic, in_atomic, on_commit

pytestmark = pytest.mark.django_db(databases=["be", "ma"], transaction=True)


def test_knows_its_own_blocks_only() -> None:
    assert not in_atomic("be")
    with atomic("be"):
        assert in_atomic("be")
        assert not in_atomic("ma")
        with atomic("be"):
            assert in_atomic("be")
        assert in_atomic("be")
    assert not in_atomic("be")


def test_forgets_a_failed_block() -> None:
    with pytest.raises(KeyError), atomic("be"):
        raise KeyError
    assert not in_atomic("be")


def test_calls_after_the_outermost_commit() -> None:
    seen: list[str] = []
    with atomic("be"):
        with atomic("be"):
            on_commit("be", lambda: seen.append("done"))
        assert seen == []
    assert seen == ["done"]


def test_a_rolled_back_block_calls_nothing() -> None:
    seen: list[str] = []

    def fail() -> None:
        with atomic("be"):
            on_commit("be", lambda: seen.append("done"))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert seen == []
