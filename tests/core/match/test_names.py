"""Names compared: what is held together, what is held apart, and what no change of writing may change."""

from __future__ import annotations

import csv
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.datasets import FOLDER

from comity.core.match.names.compare import CEILING, compare_names, score_pairs

TOGETHER = (
    ("محمد العلوي", "Mohamed Alaoui"),
    ("أشرف المسعودي", "Achraf el Mesaoudi"),
    ("فاطمة الزهراء الإدريسي", "Fatima Zahra Idrissi"),
    ("نور الدين الورياغلي", "Noureddine Oeriaghli"),
    ("عبد الرحمن بنجلون", "Abderrahmane Ben Jelloun"),
    ("Ismail Tazi", "Smain Tazi"),
    ("Youssef Amrani", "Yusuf El Amrani"),
    ("Karim Alami", "Abdelkarim El Alami"),
    ("ⵎⵓⵃⴰⵎⵎⴷ ⴰⵎⵔⴰⵏⵉ", "Mohamed Amrani"),
    ("Владимир Соколов", "Vladimir Sokolov"),
)
APART = (
    ("Aziz Alaoui", "Aziza Alaoui"),
    ("Hassan Bennani", "Hussein Bennani"),
    ("Mohamed Alaoui", "Ahmed Alaoui"),
    ("Mohamed Alaoui", "Mohamed Bennis"),
    ("Jan Peeters", "Piet Peeters"),
    ("محمد العلوي", "Mohamed Bennis"),
    ("رشيد العمراني", "Said Amrani"),
)


@pytest.mark.parametrize(("first", "second"), TOGETHER)
def test_one_name_in_two_writings(first: str, second: str) -> None:
    found = compare_names(first, second).probability
    assert found is not None
    assert found > 0.6


@pytest.mark.parametrize(("first", "second"), APART)
def test_two_names_that_look_alike(first: str, second: str) -> None:
    found = compare_names(first, second).probability
    assert found is not None
    assert found < 0.4


@pytest.mark.parametrize("nothing", ["", "   ", "123", "--", "\u202e", "!?"])
def test_a_name_without_letters_is_insufficient(nothing: str) -> None:
    assert compare_names(nothing, "Mohamed Alaoui").probability is None
    assert score_pairs([(nothing, "Mohamed Alaoui"), ("Rachid", "Rachid")])[0] == 0


def test_names_alone_never_exceed_the_ceiling() -> None:
    long = "Abdelkrim Khattabi Ouriaghli Benchekroun Tazi Sefrioui"
    assert score_pairs([(long, long), ("Mohamed Alaoui", "Mohamed Alaoui")]).max() <= CEILING


names = st.one_of(
    st.sampled_from([name for pair in (*TOGETHER, *APART) for name in pair]), st.text(max_size=40)
)


@given(names, names)
def test_the_order_of_the_two_names_does_not_count(first: str, second: str) -> None:
    there, back = score_pairs([(first, second), (second, first)])
    assert there == pytest.approx(back, abs=1e-9)


@given(st.sampled_from([name for pair in TOGETHER for name in pair]), st.sampled_from(APART))
def test_case_spacing_and_composition_do_not_count(first: str, other: tuple[str, str]) -> None:
    second = other[0]
    plain = score_pairs([(first, second)])[0]
    for written in (
        first.upper(),
        f"  {first.replace(' ', '   ')} ",
        unicodedata.normalize("NFD", first),
        "".join(f"{sign}\u0640" if "\u0620" < sign < "\u064a" else sign for sign in first),
        f"\u202b{first}\u202c",
    ):
        assert score_pairs([(written, second)])[0] == pytest.approx(plain, abs=1e-9)


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_has_an_answer(first: str, second: str) -> None:
    found = score_pairs([(first, second)])[0]
    assert 0 <= found <= CEILING


def test_a_pile_gives_what_single_pairs_give() -> None:
    pairs = [*TOGETHER, *APART]
    alone = [score_pairs([pair])[0] for pair in pairs]
    assert np.allclose(score_pairs(pairs), alone)


@pytest.mark.parametrize(
    ("name", "least"),
    [("ar_lat_maghreb", 0.96), ("ar_lat_dziri", 0.95), ("lat_lat_maghreb", 0.92), ("lat_lat_ofac", 0.78)],
)
def test_development_pairs(name: str, least: float) -> None:
    """The tables were fitted on these pairs: a bound against decay, no measure of quality."""
    path = FOLDER / "names" / f"{name}.dev.tsv"
    if not path.exists():
        pytest.skip("development data are not at hand: names")
    with path.open(encoding="utf-8") as lines:
        rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    found = score_pairs([(row[0], row[1]) for row in rows])
    labels = np.array([row[2] == "1" for row in rows])
    order = np.argsort(-found)
    right = np.cumsum(labels[order])
    precision, recall = right / np.arange(1, len(order) + 1), right / labels.sum()
    assert (2 * precision * recall / np.maximum(precision + recall, 1e-9)).max() >= least
