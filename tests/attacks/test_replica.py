"""Whoever holds a replica and no key: dictionary, frequencies, co-occurrence, monobit; each with a control that is found."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

import numpy as np
import pytest
from tests.attacks.registers import blobs, cells, people
from tests.core.probe.simulated import Simulation, key_of, simulate

from comity.core.codes.exchange import Regime
from comity.core.crypto.local import LocalKeys
from comity.core.probe.opening import candidates, open_records
from comity.core.probe.rules.profile import CP1
from comity.core.probe.rules.tokens import Token, index_tokens

PERSONS = 400


@pytest.fixture(scope="module")
def mixed() -> Simulation:
    return simulate(people(PERSONS, 1))


@pytest.fixture(scope="module")
def namesakes() -> Simulation:
    return simulate(people(PERSONS, 2, one_name=True))


def dictionary(simulation: Simulation) -> list[Token]:
    """Return every token that the register itself has: no guesser can know more."""
    known = simulation.replica.manifest.commonness
    found = {
        token.octets: token for _, record in people(PERSONS, 1) for token in index_tokens(CP1, known, record)
    }
    return list(found.values())


def under(keys: LocalKeys, tokens: list[Token]) -> list[bytes]:
    """Return the outputs of tokens under some keys."""
    return [keys.evaluate_own(key_of(CP1.rule(token.rule).key_class), [token.octets])[0] for token in tokens]


class TestDictionary:
    @pytest.mark.parametrize("guess", ["token", "hash", "other-keys", "random"])
    def test_a_full_dictionary_opens_nothing_without_the_keys(self, mixed: Simulation, guess: str) -> None:
        tokens = dictionary(mixed)
        other = LocalKeys.generate([Regime.POLICE], secrets.token_bytes)
        for key_class in mixed.replica.manifest.keys:
            other.create_probe_key(key_of(key_class))
        guesses: dict[str, Callable[[], list[bytes]]] = {
            "token": lambda: [token.octets * 2 for token in tokens],
            "hash": lambda: [hashlib.sha512(token.octets).digest() for token in tokens],
            "other-keys": lambda: under(other, tokens),
            "random": lambda: [secrets.token_bytes(64) for _ in tokens],
        }
        assert len(tokens) > 10 * PERSONS
        assert candidates(mixed.replica, tokens, guesses[guess]()) == ()

    def test_control_with_the_keys_of_tokens_the_same_dictionary_finds_everybody(
        self, mixed: Simulation
    ) -> None:
        """Members are seen, their blobs stay shut: the key of openings is another."""
        tokens = dictionary(mixed)
        found = candidates(mixed.replica, tokens, under(mixed.keys, tokens))
        assert len(found) == PERSONS
        told = people(1, 1)[0][1]
        assert open_records(mixed.replica, found, [secrets.token_bytes(64) for _ in found], told) == ()


def chi_square(octets: bytes) -> float:
    """Return the deviation of byte frequencies from equal ones, in standard deviations."""
    counts = np.bincount(np.frombuffer(octets, np.uint8), minlength=256)
    expected = len(octets) / 256
    return float((((counts - expected) ** 2 / expected).sum() - 255) / np.sqrt(2 * 255))


def monobit(octets: bytes) -> float:
    """Return the deviation of the number of ones, in standard deviations (NIST SP 800-22, 2.1)."""
    bits = np.unpackbits(np.frombuffer(octets, np.uint8))
    return float((2 * int(bits.sum()) - len(bits)) / np.sqrt(len(bits)))


def pairs(octets: bytes) -> float:
    """Return the deviation of the frequencies of neighbouring half bytes, in standard deviations."""
    numbers = np.frombuffer(octets, np.uint8)
    found = ((numbers[:-1] & 15).astype(np.int64) << 4) | (numbers[1:] >> 4)
    counts = np.bincount(found, minlength=256)
    expected = len(found) / 256
    return float((((counts - expected) ** 2 / expected).sum() - 255) / np.sqrt(2 * 255))


STATISTICS = (chi_square, monobit, pairs)


class TestStatistics:
    @pytest.mark.parametrize("register", ["mixed", "namesakes"])
    @pytest.mark.parametrize("statistic", STATISTICS)
    def test_table_and_blobs_look_like_random_bytes(
        self, request: pytest.FixtureRequest, register: str, statistic: Callable[[bytes], float]
    ) -> None:
        simulation = request.getfixturevalue(register)
        for octets in (cells(simulation).tobytes(), blobs(simulation)):
            assert abs(statistic(octets)) < 6
        assert abs(statistic(secrets.token_bytes(len(cells(simulation).tobytes())))) < 6

    @pytest.mark.parametrize("statistic", STATISTICS)
    def test_control_a_table_with_empty_cells_is_found(
        self, mixed: Simulation, statistic: Callable[[bytes], float]
    ) -> None:
        """One cell in twenty empty, as in a table that is not filled."""
        table = cells(mixed).copy()
        table[::20] = 0
        assert abs(statistic(table.tobytes())) > 6

    @pytest.mark.parametrize("register", ["mixed", "namesakes"])
    def test_no_cell_repeats_however_many_share_a_token(
        self, request: pytest.FixtureRequest, register: str
    ) -> None:
        """Co-occurrence: a record's key stands in up to 24 places, and 400 people share every token."""
        table = cells(request.getfixturevalue(register))
        assert len(np.unique(table, axis=0)) == len(table)
        assert len(np.unique(table[:, 0])) == len(np.unique(table[:, 1])) == len(table)

    def test_control_labels_with_payloads_would_show_the_namesakes(self, namesakes: Simulation) -> None:
        """The form not chosen, one label a token: multiplicities stand in the open."""
        known = namesakes.replica.manifest.commonness
        seen = [
            hashlib.sha256(token.octets).digest()
            for _, record in people(PERSONS, 2, one_name=True)
            for token in index_tokens(CP1, known, record)
        ]
        assert len(set(seen)) * PERSONS == len(seen)

    def test_the_cells_of_one_record_are_no_nearer_than_others(self, mixed: Simulation) -> None:
        """Pair statistic over true pairs, known with the keys only: bits in which two cells of one record differ."""
        own = places_of_records(mixed)
        table = cells(mixed)
        rng = np.random.default_rng(1)
        same, other = [], []
        for rows in own:
            left, right = rng.choice(rows, 2, replace=False)
            same.append(distance(table, left, right))
            other.append(distance(table, left, int(rng.integers(len(table)))))
        spread = np.sqrt(32 / len(same)) * np.sqrt(2)
        assert abs(float(np.mean(same)) - float(np.mean(other))) < 5 * spread


def places_of_records(simulation: Simulation) -> list[list[int]]:
    """Return, of each record, the first cell of each of its tokens."""
    from comity.core.probe.index import place_of, slot_of
    from comity.core.probe.retrieval import _places

    manifest = simulation.replica.manifest
    found = []
    for _, record in people(PERSONS, 1):
        tokens = index_tokens(CP1, manifest.commonness, record)
        seeds = [place_of(output, manifest.blob_context)[1] for output in under(simulation.keys, tokens)]
        keys = np.array([int.from_bytes(slot_of(seed, 0)[:8], "little") for seed in seeds], np.uint64)
        found.append([int(place) for place in _places(keys, manifest.shards[0].layout)[:, 0]])
    return found


def distance(table: np.ndarray, left: int, right: int) -> int:  # type: ignore[type-arg]  # any words
    """Return the bits in which two cells differ, of 128."""
    return sum(int(word).bit_count() for word in table[left] ^ table[right])


def test_what_the_sizes_tell(mixed: Simulation, namesakes: Simulation) -> None:
    """Rows hide which register it is. The table does not: what too many share is dropped, so namesakes make it smaller."""
    assert namesakes.built.rows == mixed.built.rows
    assert len(cells(namesakes)) < len(cells(mixed))
