"""How many hits are followed up, and from where on too few."""

from __future__ import annotations

import pytest

from comity.core.watch.ratio import Ratio


@pytest.mark.parametrize(
    ("hits", "followed", "stands_out"),
    [
        (9, 0, False),
        (10, 0, True),
        (10, 1, True),
        (10, 2, False),
        (100, 19, True),
        (100, 20, False),
        (0, 0, False),
    ],
)
def test_few_of_many(hits: int, followed: int, stands_out: bool) -> None:
    assert Ratio(500, hits, followed).stands_out is stands_out


def test_the_issuer_does_not_know_hits() -> None:
    ours = Ratio(500, None, 5)
    assert ours.share == 0.01
    assert not ours.stands_out
    assert Ratio(0, 0, 0).share is None
