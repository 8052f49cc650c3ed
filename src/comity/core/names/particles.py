"""The small words of names, in one table: articles, particles, suffixes of names in -eddine, titles.

A word that stands before a bar belongs to the private search, whose profile is frozen (`docs/protocol/probe.md` §3):
both nodes make the same tokens only if they read the same words. What stands after the bar was learned later, and the
matcher and the reading of name parts use it too. So: add after the bar, never before it. Words are folded
(`comity.core.names.letters`); a test pins the frozen ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a small word does in a name."""

    ARTICLE = "article"
    SERVANT = "servant"
    FILIAL = "filial"
    BEL = "bel"
    FATHER = "father"
    MOTHER = "mother"
    SON = "son"
    TRIBE = "tribe"
    EUROPEAN = "european"
    FAITH = "faith"
    GOD = "god"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one kind: those of the frozen profile, and all."""

    frozen: frozenset[str]
    every: frozenset[str]


def _words(frozen: str, later: str = "") -> Words:
    return Words(frozenset(frozen.split()), frozenset((*frozen.split(), *later.split())))


TABLE: Final[dict[Kind, Words]] = {
    Kind.ARTICLE: _words("al el l ul il ال"),
    Kind.SERVANT: _words("abd abdel abdul abdal abdoul عبد", "abdol abdu abdou عبدال"),
    Kind.FILIAL: _words("ben bin ibn bent bint mint بن ابن بنت منت بين", "binte bn"),
    Kind.BEL: _words("bel بل بال"),
    Kind.FATHER: _words("bou abou abu bu ابو بو", "abo aboul abul boul ابي"),
    Kind.MOTHER: _words("", "oum oumm umm om um ام"),
    Kind.SON: _words("ould oueld ولد", "uld wuld walad اولد"),
    Kind.TRIBE: _words("ait اولاد ايت اد", "ayt oulad ouled id"),
    Kind.EUROPEAN: _words(
        "van de der den des du von vande vanden vander",
        "di da do dos del della ten ter le la las los y e d",
    ),
    Kind.FAITH: _words(
        "eddine eddin uddin oudine oddine addine addin dine din deen ddine ddin الدين دين",
    ),
    Kind.GOD: _words("allah allahi llah ellah ullah illah الله لله اللاه لاه", "ollah oullah"),
    Kind.TITLE: _words(
        "hadj haj hajj sidi si moulay mulay lalla cheikh sheikh dr الحاج حاج سيدي مولاي لاله الشيخ",
        "hajji hadji haji hadja hajja sid maulay shaykh sheik cheick sheikha mr mrs ms mme mlle monsieur madame mevr dhr "
        "mevrouw meneer sr sra sayyid ustad prof professeur professor docteur doctor maitre meester general gen col capt "
        "jr mullah mawlawi molavi maulavi mawlana maulana qari hojjatoleslam ayatollah brigadier commander شيخ السيد "
        "السيده الدكتور دكتور الاستاذ استاذ الحاجه لالا",
    ),
}
"""Every small word by its kind."""


def frozen(*kinds: Kind) -> frozenset[str]:
    """Return the words of some kinds that the frozen profile of the private search reads."""
    return frozenset().union(*(TABLE[kind].frozen for kind in kinds))


def every(*kinds: Kind) -> frozenset[str]:
    """Return all words of some kinds."""
    return frozenset().union(*(TABLE[kind].every for kind in kinds))
