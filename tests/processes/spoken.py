"""Information that is told, corrected, restricted, given free and recalled while the nodes are killed, and what must come of it.

The writer says what it means to do before it does it and that it is done afterwards, in a journal of its own; it may die between.
Nothing more is done in a thread whose last act was not seen to end. The judge reads what is certain from the journal, and what is
not from the sender's own register, and compares with every word that the receiver still holds.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from comity.services.context import Actor, Node

FACTS = {"matter": "fact", "reasons": "fact"}
"""Words of the speaker are facts."""

ACTS = ("tell", "correct", "restrict", "lift", "recall")
WEIGHTS = (4, 3, 2, 2, 2)


@dataclass
class Said:
    """One thread: the word that marks its text now, those it bore before, and what was done with it."""

    thread: str
    mark: str
    former: list[str] = field(default_factory=list)
    restricted: bool = False
    recalled: bool = False
    uncertain: bool = False


def read(journal: Path) -> list[Said]:
    """Return the threads of a journal; a torn last line is none."""
    threads: dict[str, Said] = {}
    meant: dict[str, Any] | None = None
    for line in journal.read_text().splitlines() if journal.exists() else []:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if meant is not None and entry["state"] == "meant" and meant["thread"] in threads:
            threads[meant["thread"]].uncertain = True
        meant = entry if entry["state"] == "meant" else None
        if entry["state"] == "done":
            _apply(threads, entry)
    if meant is not None and meant["thread"] in threads:
        threads[meant["thread"]].uncertain = True
    return list(threads.values())


def _apply(threads: dict[str, Said], entry: dict[str, Any]) -> None:
    thread, act = entry["thread"], entry["act"]
    if act == "tell":
        threads[thread] = Said(thread, entry["mark"])
        return
    said = threads[thread]
    if act == "correct":
        said.former.append(said.mark)
        said.mark = entry["mark"]
    elif act == "recall":
        said.recalled = True
    else:
        said.restricted = act == "restrict"


class Speaker:
    """Does one act at a time in the threads of a journal."""

    def __init__(self, node: Node, agreement: str, journal: Path, draw: random.Random) -> None:
        from comity.core.codes.exchange import Regime
        from comity.core.codes.marks import Role
        from comity.services.context import Actor, ActorKind
        from comity.services.partners.directory import all_partners

        roles = (Role.OFFICER, Role.APPROVER, Role.HEAD_OF_DESK, Role.DATA_PROTECTION_OFFICER)
        self.actor: Actor = Actor("writer", ActorKind.OFFICER, frozenset((Regime.POLICE, r) for r in roles))
        self.node, self.agreement, self.journal, self.draw = node, agreement, journal, draw
        self.partner = all_partners(node)[0].service
        self.threads = read(journal)
        self.count = len(journal.read_text().splitlines()) if journal.exists() else 0

    def act(self) -> None:
        """Do one act, drawn; tell where there is nothing that it could be done with."""
        [act] = self.draw.choices(ACTS, WEIGHTS)
        usable = [each for each in self.threads if not each.uncertain and not each.recalled]
        usable = [
            each for each in usable if act not in ("restrict", "lift") or each.restricted == (act == "lift")
        ]
        if act == "tell" or not usable:
            self._tell()
        else:
            self._do(act, self.draw.choice(usable[-8:]))

    def _tell(self) -> None:
        from tests.told import FACTS

        from comity.core.codes.exchange import Purpose
        from comity.services.cases.thread.inform import inform

        mark = self._mark()
        self._note("meant", "tell", "", mark)
        usual = (self.node, self.actor, self.partner, self.agreement, Purpose.DRUGS)
        thread = inform(*usual, f"a depot {mark}", f"said of nobody {mark}", assertions=FACTS)
        self._note("done", "tell", thread, mark)
        self.threads.append(Said(thread, mark))

    def _do(self, act: str, said: Said) -> None:
        mark = self._mark() if act == "correct" else said.mark
        self._note("meant", act, said.thread, mark)
        self._acts(said, mark)[act]()
        self._note("done", act, said.thread, mark)
        _apply({said.thread: said}, {"act": act, "thread": said.thread, "mark": mark})

    def _acts(self, said: Said, mark: str) -> dict[str, Callable[[], object]]:
        from tests.told import FACTS

        from comity.core.cases.protection import ProtectionGround
        from comity.services.cases.recall import recall
        from comity.services.protection.correct import correct_words
        from comity.services.protection.restrict import lift_sent, restrict_sent

        usual = (self.node, self.actor, said.thread)
        words = {"matter": f"a depot {mark}", "reasons": f"said of nobody {mark}", "assertions": FACTS}
        return {
            "correct": lambda: correct_words(*usual, said.thread, ProtectionGround.INACCURATE, words),
            "restrict": lambda: restrict_sent(*usual, ProtectionGround.CONTESTED),
            "lift": lambda: lift_sent(*usual),
            "recall": lambda: recall(*usual),
        }

    def _mark(self) -> str:
        return f"mark{self.node.service[:2]}{self.count:06d}x"

    def _note(self, state: str, act: str, thread: str, mark: str) -> None:
        with self.journal.open("a") as out:
            out.write(json.dumps({"state": state, "act": act, "thread": thread, "mark": mark}) + "\n")
            out.flush()
            os.fsync(out.fileno())
        self.count += 1


def unsettled(node: Node) -> int:
    """Return how many notices of a node still wait for their partner's receipt."""
    from comity.storage.models.protection import Notice

    return Notice.objects.using(node.alias).filter(direction="out", settled_at=None).count()


def judge(node: Node, peer: Node, journal: Path) -> Counter[str]:
    """Compare what was said, corrected, restricted and recalled with what both nodes hold; nought in each is well.

    Keys:
        spoken, corrected, restricted, recalled, withdrawn, uncertain: how many threads there were of each kind, withdrawn
        those that were recalled before they had arrived. The others are wrong:
        what was recalled or corrected survives somewhere, or what was not is lost, or the sender forgot what it had decided.
    """
    from tests.policy.scene import everything

    from comity.services.protection.passages import words
    from comity.storage.models.exchange import KeptPart
    from comity.storage.models.protection import Notice, Passage

    found: Counter[str] = Counter(dict.fromkeys(WRONG, 0))
    here, there = everything(node), everything(peer)
    recalled = set(
        Notice.objects.using(node.alias)
        .filter(direction="out", act="recall")
        .values_list("thread", flat=True)
    )
    parts = KeptPart.objects.using(node.alias).filter(sealed__isnull=False, act__in=["inform", "rectify"])
    kept = set(parts.values_list("thread", flat=True))
    ours = {
        p.thread: p for p in Passage.objects.using(node.alias).filter(direction="out", kind="information")
    }
    theirs = {
        p.thread: p for p in Passage.objects.using(peer.alias).filter(direction="in", kind="information")
    }
    found["unsettled"] += unsettled(node)
    for said in read(journal):
        own, other = ours.get(said.thread), theirs.get(said.thread)
        found["spoken"] += 1
        found["corrected"] += bool(said.former)
        found["restricted"] += said.restricted
        found["uncertain"] += said.uncertain
        if own is not None and own.ground == "not-taken" and said.thread in recalled:
            # Recalled before it had arrived: it was withdrawn, and nobody has ever held it.
            found["recalled"] += 1
            found["withdrawn"] += 1
            found["recalled_survives"] += other is not None or any(
                mark in there for mark in (*said.former, said.mark)
            )
            continue
        body = None if own is None else words(node, own)
        if own is None or body is None:
            found["forgotten"] += 1
            continue
        gone = said.thread in recalled
        found["recalled"] += gone
        # 1. What the journal knows for certain stands in the sender's own register.
        if not said.uncertain:
            found["forgotten"] += gone != said.recalled
            found["forgotten"] += said.mark not in str(body)
            found["forgotten"] += (own.state == "restricted") != said.restricted
        # 2. No word that was replaced is held by either; no word that was recalled by the receiver, nor kept for its restore.
        now = str(body["reasons"]).rsplit(" ", 1)[1]
        for mark in {*said.former, said.mark} - {now}:
            found["corrected_survives"] += mark in there or mark in here
        found["recalled_survives"] += gone and now in there
        found["kept_survives"] += gone and said.thread in kept
        # 3. What was not recalled is there, used or withheld as the sender says.
        if not gone:
            found["spoken_lost"] += other is None or now not in str(words(peer, other))
            found["restriction_lost"] += other is None or other.state != own.state
    return found


WRONG = (
    "forgotten",
    "corrected_survives",
    "recalled_survives",
    "kept_survives",
    "spoken_lost",
    "restriction_lost",
    "unsettled",
)
"""Counts that must be nought."""
