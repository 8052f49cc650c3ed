"""The private search without its cryptography, for counting: tokens of a register in one sorted array.

A token stands for its output; slots, lots and overflow are those of the index. What it finds is therefore what the protocol
finds, which `tests/core/probe` compares on a small register.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from comity.core.probe import judging
from comity.core.probe.index import REFERENCE_BYTES
from comity.core.probe.opening import told_of
from comity.core.probe.query import Query, read_query
from comity.core.probe.rules.commonness import Commonness, count
from comity.core.probe.rules.naming import pairs
from comity.core.probe.rules.profile import CP1
from comity.core.probe.rules.tokens import index_tokens, names_of, query_tokens
from comity.core.probe.rules.traces import compare
from comity.core.probe.sketch import sketch_of
from comity.errors import InputError

COLUMNS = ("given", "family", "dob", "pob")
RULES = tuple(rule.id for rule in CP1.rules)
CHUNK = 20_000


@dataclass(frozen=True)
class Opened:
    """One record that some token of one query opens, and among how many."""

    record: int
    agreement: judging.Agreement
    opened: judging.Opened
    among: int


class Register:
    """Tokens of a register, sorted: their first 8 bytes, the record, the rule."""

    def __init__(self, queries: Iterable[Query], processes: int = 2) -> None:
        people = list(queries)
        self.size = len(people)
        self.known, self.bearers = known_names(people)
        self.people = people
        chunks = [people[at : at + CHUNK] for at in range(0, len(people), CHUNK)]
        with get_context("fork").Pool(processes, _begin, (self.known,)) as pool:
            made = list(pool.imap(_tokens, chunks))
        tokens = np.concatenate([one[0] for one in made])
        records = np.concatenate([one[1] + CHUNK * place for place, one in enumerate(made)])
        rules = np.concatenate([one[2] for one in made])
        self.per_record = len(tokens) / max(1, self.size)
        lots = np.random.default_rng(1).random(len(tokens))
        order = np.lexsort((lots, tokens))
        tokens, records, rules = tokens[order], records[order], rules[order]
        begins = np.flatnonzero(np.concatenate([[True], tokens[1:] != tokens[:-1]]))
        ranks = np.arange(len(tokens)) - np.repeat(begins, np.diff(np.append(begins, len(tokens))))
        limits = np.array([rule.slots for rule in CP1.rules])
        self.dropped = ranks >= limits[rules]
        self.every = (records, rules)
        kept = ~self.dropped
        self.tokens, self.records, self.rules = tokens[kept], records[kept], rules[kept]

    def opened(self, query: Query) -> list[Opened]:
        """Return every record that the tokens of a query open."""
        found: dict[int, set[str]] = {}
        for tokens in query_tokens(CP1, self.known, query).values():
            wanted = np.array([_short(token.octets) for token in tokens], dtype=np.uint64)
            low = np.searchsorted(self.tokens, wanted, "left")
            high = np.searchsorted(self.tokens, wanted, "right")
            for token, begin, end in zip(tokens, low, high, strict=True):
                for record in self.records[begin:end]:
                    found.setdefault(int(record), set()).add(token.rule)
        return [
            Opened(record, judging.agreement(CP1, rules), self.told(record, query), len(found))
            for record, rules in found.items()
        ]

    def told(self, record: int, query: Query) -> judging.Opened:
        """Return what a record tells of a query once it is opened."""
        salt = record.to_bytes(REFERENCE_BYTES, "little")
        sketch = sketch_of(self.people[record], int(self.bearers[record]), salt)
        return judging.Opened(sketch, compare(query, sketch.traces, sketch.day, salt))

    def overflow(self) -> dict[str, tuple[float, float]]:
        """Return of each rule the share of tokens dropped: of all records, and of those with the commonest 5 % of names."""
        records, rules = self.every
        common = np.zeros(self.size, np.bool_)
        common[np.argsort(self.bearers, kind="stable")[-self.size // 20 :]] = True
        shares = {}
        for number, rule in enumerate(RULES):
            own = rules == number
            among = own & common[records]
            if own.any():
                of_common = float(self.dropped[among].mean()) if among.any() else 0.0
                shares[rule] = (round(float(self.dropped[own].mean()), 5), round(of_common, 5))
        return shares


def known_names(people: list[Query]) -> tuple[Commonness, NDArray[np.int64]]:
    """Return what the manifest would say of names, and of each record how many bear the same two names."""
    names: Counter[str] = Counter()
    firsts = np.zeros(len(people), np.uint64)
    for place, one in enumerate(people):
        names.update(names_of(one))
        found = pairs(one.names[0].given, one.names[0].family) if one.names else ()
        if found:
            firsts[place] = _short(blake2b("|".join(found[0].value).encode(), digest_size=8).digest())
    _, back, counts = np.unique(firsts, return_inverse=True, return_counts=True)
    return count(len(people), names), counts[back]


def read(path: Path, limit: int | None = None) -> Iterator[tuple[str, Query]]:
    """Yield identifier and description of each row of a file of persons; rows that say nothing are empty ones."""
    with path.open(encoding="utf-8", newline="") as file:
        for place, row in enumerate(csv.DictReader(file)):
            if limit is not None and place >= limit:
                return
            try:
                yield row["id"], read_query({name: row.get(name, "") for name in COLUMNS})
            except InputError:
                yield row["id"], Query()


def evidence_of(one: Opened, query: Query, persons: int) -> float:
    """Return the evidence of an opened record in a register of so many persons."""
    return judging.evidence(one.agreement, told_of(query), one.opened, candidates=one.among, persons=persons)


_shared: list[Commonness] = []


def _begin(known: Commonness) -> None:
    _shared[:] = [known]


def _tokens(people: list[Query]) -> tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.uint8]]:
    tokens, records, rules = [], [], []
    numbers = {rule: number for number, rule in enumerate(RULES)}
    for place, one in enumerate(people):
        for token in index_tokens(CP1, _shared[0], one):
            tokens.append(_short(token.octets))
            records.append(place)
            rules.append(numbers[token.rule])
    return np.array(tokens, np.uint64), np.array(records, np.int32), np.array(rules, np.uint8)


def _short(octets: bytes) -> int:
    return int.from_bytes(octets[:8], "little")
