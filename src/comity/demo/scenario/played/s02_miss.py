"""S2: a question that finds nothing leaves nothing with the partner, and looks like one that finds somebody.

Source: docs/protocol/probe.md §4, §11; the promise on a miss of the architecture. How long answers take is measured by
``bench/probe_timing.py``, not here.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comity.core.evidence.event import read_leaf
from comity.core.probe.opening import Strength
from comity.demo.scenario.apart import Apart, apart
from comity.demo.scenario.databases import MA
from comity.demo.scenario.looked import everything
from comity.demo.scenario.residue import Needles, found_in, in_files, in_memory, needles
from comity.demo.scenario.scene import Scene
from comity.demo.scenario.searching import Line, overheard, publish_register, searched
from comity.services.context import Node
from comity.services.custody.officer import open_as_officer
from comity.services.evidence.sequence import sequence
from comity.services.watch.justification import justification_info
from comity.storage import probe
from comity.storage.evidence import entries

HELD = {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"}
ROWS = (
    "1,Zoulikha,Bourgheda,زليخة,بورغدة,1981-05-17,Oujda,+212661111111",
    "2,Noureddine,El Khalfaoui,نور الدين,الخلفاوي,1974-11-30,Nador,+212662222222",
    "3,Abdelkader,Ouchrif,عبد القادر,أوشريف,1969-04-04,Fès,+212663333333",
)
_SYLLABLES = (
    ("bar", "بر"), ("dou", "دو"), ("kil", "كل"), ("mar", "مر"), ("sal", "سل"), ("tif", "تف"),
    ("zou", "زو"), ("ghin", "غن"), ("khad", "خد"), ("nour", "نور"), ("wal", "ول"), ("fen", "فن"),
)  # fmt: skip


def play(scene: Scene) -> None:
    """Ask for somebody who is known and for somebody who is not, and look through what the partner has of the second."""
    world = scene.world
    publish_register(world, *ROWS)
    scene.day("Morocco has published an index of its register to Belgium; nobody can read a name in it.")
    with _partner(scene) as partner:
        # A name that did not exist a moment ago, so that it can be nowhere by chance.
        person = invented()
        wanted = needles(person)
        before = _remembered(partner, wanted)
        with overheard(world) as hit:
            found = searched(world, HELD)
        scene.shows(found.strength is Strength.HIT, "Belgium asks for somebody whom Morocco knows: a hit")
        with overheard(world) as miss:
            none = searched(world, person)
        scene.shows(
            (none.strength, none.references) == (Strength.MISS, ()),
            "Belgium asks for somebody with a name invented just now: a miss",
        )
        _alike(scene, hit, miss)
        _nothing(scene, wanted, miss)
        _memory(scene, partner, wanted, before)
    _asker(scene, wanted, none.rid)


def invented() -> dict[str, str]:
    """Return a person whose names were drawn now, in both scripts."""
    person = {"dob": f"19{secrets.randbelow(40) + 50}-0{secrets.randbelow(9) + 1}-17"}
    for column in ("given", "family"):
        drawn = [secrets.choice(_SYLLABLES) for _ in range(4)]
        person[column] = "".join(latin for latin, _ in drawn).title()
        person[f"{column}_ar"] = "".join(arabic for _, arabic in drawn)
    return person


@contextmanager
def _partner(scene: Scene) -> Iterator[Apart | None]:
    """Put the Moroccan node into a process of its own, where the play may."""
    if not scene.own:
        yield None
        return
    with apart(scene.world, MA) as partner:
        scene.tell("Morocco's node answers from a process of its own, begun before the name was invented")
        yield partner


def _alike(scene: Scene, hit: Line, miss: Line) -> None:
    ma = scene.world.ma
    scene.shows(
        hit.sizes == miss.sizes,
        "both went the same way: "
        + ", ".join(f"{up:,} octets there and {down:,} back" for up, down in miss.sizes),
    )
    first, second = _shapes(ma, 2)
    scene.shows(
        first == second and len(first) == 2,
        "in Morocco's log both left the same two entries, with the same facts, equally long",
    )


def _shapes(node: Node, searches: int) -> list[list[tuple[str, tuple[str, ...], int]]]:
    """Return kind, names of facts and length of the log entries that each of the last searches left."""
    sequence(node)
    found: dict[str, list[tuple[str, tuple[str, ...], int]]] = {}
    for log in entries.all_logs(node.alias):
        for entry in entries.entries_of(node.alias, log):
            leaf = read_leaf(entry.leaf)
            if leaf.kind.startswith("probe.") and "search" in leaf.facts:
                shape = (leaf.kind, tuple(sorted(leaf.facts)), len(entry.leaf))
                found.setdefault(str(leaf.facts["search"]), []).append(shape)
    return list(found.values())[-searches:]


def _nothing(scene: Scene, wanted: Needles, miss: Line) -> None:
    world = scene.world
    rows = everything(world.ma)
    held = needles(HELD)
    scene.shows(
        bool(found_in([rows], held)),
        "whoever opens every row of Morocco's database with its keys finds who stands in its register",
    )
    scene.shows(
        found_in([rows], wanted) == set(),
        f"and finds no form of the invented name ({len(wanted)} were looked for: spellings, scripts, tokens)",
    )
    scene.shows(found_in(miss.up, wanted) == set(), "none crossed the line, either")
    files = list(world.ma.config.home.rglob("*"))
    scene.shows(
        in_files(files, wanted) == {}, f"nor is one in Morocco's {_counted(files)} files, its log among them"
    )


def _memory(scene: Scene, partner: Apart | None, wanted: Needles, before: set[str] | None) -> None:
    if partner is None or before is None:
        reason = (
            "it is no process of its own" if partner is None else "this system does not let a process read it"
        )
        scene.tell(f"the memory of Morocco's node is not looked through here: {reason}")
        return
    word = secrets.token_hex(16).encode()
    partner.told(word)
    scene.shows(
        in_memory(partner.pid, {"told": word}) == {"told"},
        "a word that Morocco's process is told is found in its memory",
    )
    scene.shows(
        in_memory(partner.pid, wanted) <= before,
        "no form of the invented name is: all of it was looked through",
    )


def _remembered(partner: Apart | None, wanted: Needles) -> set[str] | None:
    """Return which forms stand in the memory by chance, before anything was asked; None where it cannot be read."""
    if partner is None:
        return None
    try:
        return in_memory(partner.pid, wanted)
    except OSError:
        return None


def _asker(scene: Scene, wanted: Needles, search: str) -> None:
    be = scene.world.be
    scene.shows(
        found_in([everything(be)], wanted) == set(),
        "Belgium's own database names nobody to its officers, either",
    )
    row = probe.asked(be.alias, search)
    opened = b""
    if row is not None:
        info = justification_info(row.rid, row.commitment)
        opened = open_as_officer(scene.world.officer_key(be), row.officer_kid, info, bytes(row.justification))
    scene.shows(
        bool(found_in([opened], wanted)) and b"named by a witness" in opened,
        "only Belgium's data-protection officer, with the own key, reads who was asked for and why",
    )


def _counted(files: list[Path]) -> int:
    return sum(path.is_file() for path in files)
