"""The frozen words of the private search: a word more or less would make other tokens than the partner's."""

from __future__ import annotations

import pytest

from comity.core.names.letters import fold
from comity.core.names.particles import TABLE, Kind, every, frozen

FROZEN = {
    Kind.ARTICLE: "al el l ul il ال",
    Kind.SERVANT: "abd abdel abdul abdal abdoul عبد",
    Kind.FILIAL: "ben bin ibn bent bint mint بن ابن بنت منت بين",
    Kind.BEL: "bel بل بال",
    Kind.FATHER: "bou abou abu bu ابو بو",
    Kind.MOTHER: "",
    Kind.SON: "ould oueld ولد",
    Kind.TRIBE: "ait اولاد ايت اد",
    Kind.EUROPEAN: "van de der den des du von vande vanden vander",
    Kind.FAITH: "eddine eddin uddin oudine oddine addine addin dine din deen ddine ddin الدين دين",
    Kind.GOD: "allah allahi llah ellah ullah illah الله لله اللاه لاه",
    Kind.TITLE: "hadj haj hajj sidi si moulay mulay lalla cheikh sheikh dr الحاج حاج سيدي مولاي لاله الشيخ",
}
"""Written down when the profile was frozen; nothing here may change while cp1 is in use."""


@pytest.mark.parametrize("kind", list(Kind))
def test_the_frozen_words_are_those_of_the_profile(kind: Kind) -> None:
    assert frozen(kind) == frozenset(FROZEN[kind].split())
    assert frozen(kind) <= every(kind)


def test_words_are_folded() -> None:
    words = {word for each in TABLE.values() for word in each.every}
    assert {word for word in words if fold(word) != word or " " in word} == set()


def test_later_words_are_read_by_the_matcher_only() -> None:
    from comity.core.match.names.reading import units as matched
    from comity.core.names.units import units as searched

    assert len(matched("Maître Karim Tazi")) == 2
    assert len(searched("Maître Karim Tazi")) == 3
