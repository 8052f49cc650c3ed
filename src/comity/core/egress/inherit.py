"""Marks follow whatever is made from a marked thing: the derivative has the union, and says from what.

Implements docs/protocol/egress.md §4. Source: Regulation (EU) 2024/1358 Art. 49(1) (the prohibition follows the data
through further processing).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from comity.core.codes.marks import Taint


class SourceKind(StrEnum):
    """What a derivative can be made from."""

    REGISTER = "register"
    PASSAGE = "passage"
    NOTE = "note"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """One thing that a derivative was made from, by its identifier; the version of an entry of the register."""

    kind: SourceKind
    reference: str
    version: int = 0


@dataclass(frozen=True, slots=True)
class Inheritance:
    """What a thing carries: its marks, and where they come from."""

    taints: frozenset[Taint] = frozenset()
    sources: frozenset[Source] = frozenset()

    def document(self) -> dict[str, list[str]]:
        """Return it as JSON, for a sealed column; it never leaves."""
        return {
            "taints": sorted(self.taints),
            "sources": [f"{one.kind}/{one.reference}/{one.version}" for one in sorted(self.sources)],
        }


def of_entry(uid: str, version: int, taints: frozenset[Taint]) -> Inheritance:
    """Return what is carried by what comes from one entry of the register."""
    return Inheritance(taints, frozenset({Source(SourceKind.REGISTER, uid, version)}))


def derived(parents: Iterable[Inheritance]) -> Inheritance:
    """Return what a thing made from others carries: everything that any of them does."""
    every = tuple(parents)
    return Inheritance(
        frozenset(taint for one in every for taint in one.taints),
        frozenset(source for one in every for source in one.sources),
    )


def open_inheritance(document: Mapping[str, list[str]] | None) -> Inheritance:
    """Return what `Inheritance.document` wrote; nothing for None.

    Raises:
        ValueError: it is none; as it comes from one's own sealed storage, that is a bug.
    """
    if document is None:
        return Inheritance()
    sources = (one.split("/") for one in document["sources"])
    return Inheritance(
        frozenset(Taint(each) for each in document["taints"]),
        frozenset(Source(SourceKind(kind), reference, int(version)) for kind, reference, version in sources),
    )
