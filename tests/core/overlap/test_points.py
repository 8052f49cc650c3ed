"""Hidden numbers: counted alike by both orders, no number shown that was not sent, nothing of another form accepted."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from comity.core.crypto.voprf import sodium
from comity.core.overlap.points import (
    STEP,
    TAG_BYTES,
    Edge,
    claim,
    compared,
    hide,
    in_common,
    key_of,
    padded,
    point_of,
    read_points,
    verify_edge,
)
from comity.errors import PeerError

ASKER, ISSUER, SALT = bytes(range(32)), bytes(range(32, 64)), b"a request"
OURS = [f"+32470{each:06d}" for each in range(230)]
THEIRS = [*OURS[:5], *(f"+212661{each:06d}" for each in range(240))]
NONCE = bytes(range(64))


class Round:
    """One comparison, as both sides hold it."""

    def __init__(self) -> None:
        self.asker, self.issuer = hide(ASKER, OURS), hide(ISSUER, THEIRS)
        self.sent = read_points(self.asker.points, STEP)
        self.listed = read_points(self.issuer.points, STEP)
        self.tags, self.places = compared(ISSUER, self.sent, SALT)
        self.matches = in_common(ASKER, self.listed, self.tags)

    def edge(self, number: int = 0) -> Edge:
        """Return the claim of one number in common."""
        return claim(ASKER, self.listed, self.matches[number], NONCE)


@pytest.fixture(scope="module")
def played() -> Round:
    return Round()


def test_what_both_hold_is_counted(played: Round) -> None:
    assert len(played.matches) == 5
    assert in_common(bytes(32), played.listed, played.tags) == []


def test_sizes_say_little() -> None:
    assert [padded(each) for each in (1, STEP, STEP + 1)] == [STEP, STEP, 2 * STEP]
    assert len(hide(ASKER, OURS[:3]).points) == len(hide(ASKER, OURS).points)


def test_the_places_of_the_tags_are_not_those_of_the_points(played: Round) -> None:
    assert sorted(played.places) == list(range(STEP))
    assert list(played.places) != list(range(STEP))
    assert compared(ISSUER, played.sent, b"another request")[1] != played.places


def test_what_was_sent_depends_on_the_key_alone(played: Round) -> None:
    """The same numbers under another seed have no point in common, and neither has a point that anybody could make."""
    other = read_points(hide(bytes(32), OURS).points, STEP)
    assert not set(other) & set(played.sent)
    assert not {point_of(each) for each in OURS} & set(played.sent)


def test_one_number_is_proven_and_found_by_both(played: Round) -> None:
    for number in range(5):
        edge = played.edge(number)
        verify_edge(edge, played.asker.public, played.listed, played.tags)
        ours = played.asker.places[played.places[edge.mine]]
        theirs = played.issuer.places[edge.theirs]
        assert ours is not None
        assert theirs is not None
        assert OURS[ours] == THEIRS[theirs]


def test_nobody_shows_a_number_that_is_not_in_common(played: Round) -> None:
    edge = played.edge()
    matched = {theirs for _, theirs in played.matches}
    another = next(place for place in range(STEP) if place not in matched)
    key = key_of(ASKER)
    element = sodium.multiply(key, played.listed[another])
    assert element is not None
    unmatched = claim(ASKER, played.listed, (edge.mine, another), NONCE)
    wrong = (
        unmatched,
        replace(edge, theirs=another),
        replace(edge, mine=(edge.mine + 1) % STEP),
        replace(edge, element=element),
        replace(edge, element=bytes(32)),
        replace(edge, element=played.listed[edge.theirs]),
        replace(edge, proof=edge.proof[:-1] + bytes([edge.proof[-1] ^ 1])),
        replace(edge, mine=STEP),
        replace(edge, theirs=-1),
    )
    for each in wrong:
        with pytest.raises(PeerError, match=r"overlap\.edge"):
            verify_edge(each, played.asker.public, played.listed, played.tags)
    with pytest.raises(PeerError, match=r"overlap\.edge"):
        verify_edge(edge, played.issuer.public, played.listed, played.tags)


def test_an_element_made_of_the_partner_s_own_points_proves_nothing(played: Round) -> None:
    """Who sends back a point of ours under its own key gets a tag, and no claim that holds: it does not know the number."""
    key = key_of(ASKER)
    stolen = sodium.multiply(key, played.listed[7])
    assert stolen is not None
    sent = [stolen, *played.sent[1:]]
    tags, places = compared(ISSUER, sent, SALT)
    mine = places.index(0)
    forged = claim(ASKER, played.listed, (mine, 7), NONCE)
    with pytest.raises(PeerError, match=r"overlap\.edge"):
        verify_edge(forged, played.asker.public, played.listed, tags)


def test_other_forms_are_refused(played: Round) -> None:
    octets = played.asker.points
    twice = octets[:32] * 2 + octets[64:]
    no_point = hashlib.sha256(b"no point").digest()
    while sodium.is_element(no_point):
        no_point = hashlib.sha256(no_point).digest()
    for wrong, size in (
        (octets, STEP + 1),
        (octets, 0),
        (octets, 2 * STEP),
        (octets[:-1], STEP),
        (octets * 17, 17 * STEP),
        (twice, STEP),
        (no_point + octets[32:], STEP),
        (bytes(32) + octets[32:], STEP),
    ):
        with pytest.raises(PeerError, match=r"overlap\.points"):
            read_points(wrong, size)
    tags = played.tags
    with pytest.raises(PeerError, match=r"overlap\.tags"):
        in_common(ASKER, played.listed, tags[:TAG_BYTES] * 2 + tags[2 * TAG_BYTES :])
    for seed, numbers in ((b"short", OURS), (ASKER, [OURS[0], OURS[0]])):
        with pytest.raises(ValueError, match="one seed"):
            hide(seed, numbers)
