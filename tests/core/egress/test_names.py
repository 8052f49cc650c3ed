"""Whether a full name stands in a text: both scripts, any spelling; never a given name alone."""

from __future__ import annotations

import pytest

from comity.core.egress.names import NamedWords, name_form, stands_in
from comity.core.egress.reading import read


def stands(name: str, text: str) -> bool:
    form = name_form(name)
    return form is not None and stands_in(form, NamedWords(read([text]).words))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("يوسف الخطابي", "Youssef El Khattabi était là"),
        ("يوسف الخطابي", "KHATTABI Youssef"),
        ("Youssef El Khattabi", "رأينا يوسف الخطابي في الميناء"),
        ("Youssef El Khattabi", "the one called youssef khatabi"),
        ("Abdelkader Ben Ali", "abd el kader benali a dit"),
        ("عبد القادر بنعلي", "Abdelkader Ben Ali"),
        ("Mohamed Amine Alaoui", "Alaoui Mohamed"),
        ("Fatima Zahra Benjelloun", "Benjelloun, Fatima-Zohra"),
        ("نور الدين السعيدي", "Noureddine Saïdi"),
        ("Jan Van Damme", "VAN DAMME, Jan"),
        ("Youssef El Khattabi", "You\u200bssef El Kha\u200bttabi"),
        ("Youssef El Khattabi", "Yоussef El Khattabi".replace("о", "o")),
    ],
)
def test_the_name_stands_there(name: str, text: str) -> None:
    assert stands(name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Youssef El Khattabi", "Youssef habite à Anvers"),
        ("Mohamed Amine Alaoui", "Mohamed Amine a dit"),
        ("Mohamed Alaoui", "Mohamed est arrivé. " + "Rien de neuf. " * 10 + "La famille Alaoui est à Fès."),
        ("Youssef", "Youssef"),
        ("Ali Amine", "l'allié amène la mine à Ali"),
        ("Karim Tazi", "le taxi de Karim est garé"),
        ("يوسف الخطابي", "هذا الخطاب كتبه يوسف"),
    ],
)
def test_the_name_does_not_stand_there(name: str, text: str) -> None:
    assert not stands(name, text)


def test_a_name_spread_over_two_fields_counts() -> None:
    form = name_form("Youssef El Khattabi")
    assert form is not None
    assert stands_in(form, NamedWords(read(["Youssef", "El Khattabi"]).words))
