"""Full names in unknown order read into parts: what is sure, what is open, and that nothing of the name is lost."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.datasets import FOLDER

from comity.core.names.parts import Because, NamePart, PartRole, Split, Sureness, read_parts

SPLIT = (
    ("Rachid El Amrani", "Rachid", "El Amrani"),
    ("El Amrani Rachid", "Rachid", "El Amrani"),
    ("EL AMRANI Rachid", "Rachid", "EL AMRANI"),
    ("Zoubaïr TIZIOUALOU", "Zoubaïr", "TIZIOUALOU"),
    ("El Amrani, Rachid", "Rachid", "El Amrani"),
    ("Karim Benali", "Karim", "Benali"),
    ("Benali Karim", "Karim", "Benali"),
    ("Ben Ali Youssef", "Youssef", "Ben Ali"),
    ("Youssef Ben Jelloun", "Youssef", "Ben Jelloun"),
    ("Abou Hafs Mohamed Alaoui", "Mohamed", "Alaoui"),
    ("Dr. Karim Bennani", "Karim", "Bennani"),
    ("Lalla Khadija Alaoui", "Khadija", "Alaoui"),
    ("Moulay Hassan Alaoui", "Hassan", "Alaoui"),
    ("Maître Wim De Smet", "Wim", "De Smet"),
    ("Jan van den Broeck", "Jan", "van den Broeck"),
    ("van den Broeck Jan", "Jan", "van den Broeck"),
    ("Sofie D'Hondt", "Sofie", "D'Hondt"),
    ("Karl von Trotha", "Karl", "von Trotha"),
    ("Jan Peeters-Amghar", "Jan", "Peeters-Amghar"),
    ("Jean-Pierre Dupont", "Jean-Pierre", "Dupont"),
    ("José García Fernández", "José", "García Fernández"),
    ("Abd el Kader Khattabi", "Abd el Kader", "Khattabi"),
    ("Nour-Eddine Alaoui", "Nour-Eddine", "Alaoui"),
    ("Nour Eddine Alaoui", "Nour Eddine", "Alaoui"),
    ("Lahcen Aït Baha", "Lahcen", "Aït Baha"),
    ("Bouazza Alaoui", "Bouazza", "Alaoui"),
    ("Abou Bakr Seddiki", "Abou Bakr", "Seddiki"),
    ("Mohamed Amine Alaoui", "Mohamed Amine", "Alaoui"),
    ("Mokhtar Ould Daddah", "Mokhtar", "Ould Daddah"),
    ("محمد بن علي العلوي", "محمد", "العلوي"),
    ("عبد القادر بن جلون", "عبد القادر", "بن جلون"),
    ("العمراني رشيد", "رشيد", "العمراني"),
    ("سيدي رشيد العمراني", "رشيد", "العمراني"),
    ("ⵢⵉⴷⵉⵔ ⴰⵎⵔⴰⵏⵉ", "ⵢⵉⴷⵉⵔ", "ⴰⵎⵔⴰⵏⵉ"),
    ("ⵢⵉⴷⵉⵔ ⴰⵢⵜ ⴰⵎⵔⴰⵏ", "ⵢⵉⴷⵉⵔ", "ⴰⵢⵜ ⴰⵎⵔⴰⵏ"),
    ("Mohamed Hassan", None, None),
    ("Youssef Ben Ali", None, None),
    ("Moussa Sabrin", None, None),
    ("Claes Wim", None, None),
    ("Xyz Qrs", None, None),
    ("Mohamed", None, None),
    ("Peeters", None, None),
    ("Mohamed Ould Ahmed", None, None),
    ("Ali, Omar, Hassan", None, None),
)


@pytest.mark.parametrize(("name", "given_name", "family"), SPLIT)
def test_what_is_sure_is_split_and_nothing_else(
    name: str, given_name: str | None, family: str | None
) -> None:
    expected = Split(given_name, family) if given_name and family else None
    assert read_parts(name).split() == expected


def _one(name: str, text: str) -> NamePart:
    return next(part for part in read_parts(name).parts if part.text == text)


@pytest.mark.parametrize(
    ("name", "text", "role", "because"),
    [
        ("Youssef ben Ali Alaoui", "ben Ali", PartRole.PATRONYM, Because.SON_OF),
        ("محمد بن علي العلوي", "بن علي", PartRole.PATRONYM, Because.SON_OF),
        ("Fatimetou mint Ahmed Salek", "mint Ahmed", PartRole.PATRONYM, Because.SON_OF),
        ("Abou Hafs Mohamed Alaoui", "Abou Hafs", PartRole.KUNYA, Because.KUNYA),
        ("Oum Zakaria Fatima Alaoui", "Oum Zakaria", PartRole.KUNYA, Because.KUNYA),
        ("Dr. Karim Bennani", "Dr.", PartRole.TITLE, Because.TITLE),
        ("Moulay Hassan Alaoui", "Moulay", PartRole.TITLE, Because.TITLE),
        ("Oum Keltoum Alaoui", "Oum Keltoum", PartRole.GIVEN, Because.GIVEN_NAME),
        ("Lahcen Aït Baha", "Aït Baha", PartRole.FAMILY, Because.PARTICLE),
        ("Jan Peeters-Amghar", "Peeters-Amghar", PartRole.FAMILY, Because.DOUBLE_NAME),
        ("José García Fernández", "Fernández", PartRole.FAMILY, Because.TWO_SURNAMES),
        ("Rachid EL AMRANI", "EL AMRANI", PartRole.FAMILY, Because.CAPITALS),
        ("Claes, Wim", "Claes", PartRole.FAMILY, Because.COMMA),
        ("Nadia Alaoui", "Alaoui", PartRole.FAMILY, Because.ENDING),
        ("Nadia Sabrin", "Sabrin", PartRole.FAMILY, Because.BESIDE_GIVEN),
    ],
)
def test_a_part_says_what_made_it_so(name: str, text: str, role: PartRole, because: Because) -> None:
    found = _one(name, text)
    assert (found.roles, found.because, found.sureness) == ((role,), because, Sureness.SURE)


@pytest.mark.parametrize(
    ("name", "text", "roles"),
    [
        ("Youssef Ben Ali", "Ben Ali", (PartRole.FAMILY, PartRole.PATRONYM)),
        ("Mohamed Ould Ahmed", "Ould Ahmed", (PartRole.FAMILY, PartRole.PATRONYM)),
        ("Mohamed Hassan", "Hassan", (PartRole.FAMILY, PartRole.GIVEN)),
        ("Mohamed Abou Zid", "Abou Zid", (PartRole.FAMILY, PartRole.KUNYA)),
        ("Claes Wim", "Claes", (PartRole.FAMILY, PartRole.GIVEN)),
        ("Xyz Qrs", "Xyz", (PartRole.GIVEN, PartRole.FAMILY)),
    ],
)
def test_what_is_open_names_every_reading(name: str, text: str, roles: tuple[PartRole, ...]) -> None:
    found = _one(name, text)
    assert (found.roles, found.sureness) == (roles, Sureness.UNKNOWN)


def test_the_particle_of_a_part_is_told() -> None:
    assert _one("Jan van den Broeck", "van den Broeck").particle == "van den"
    assert _one("Youssef ben Ali Alaoui", "ben Ali").particle == "ben"


ANY = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from([word for row in SPLIT for word in row[0].split()]), max_size=7).map(" ".join),
)


@given(ANY)
def test_any_text_is_read_and_no_word_is_lost(name: str) -> None:
    found = read_parts(name).parts
    for part in found:
        assert part.text in name
        assert part.roles
        assert (part.sureness is Sureness.UNKNOWN) == (len(part.roles) > 1)
    if len(name.split()) < 8 and name.replace(" ", "").isalpha():
        assert "".join(part.text for part in found).replace(" ", "") == name.replace(" ", "")


@given(ANY)
def test_a_split_is_made_of_words_of_the_name(name: str) -> None:
    found = read_parts(name).split()
    if found is not None:
        assert found.given
        assert found.family
        assert set(found.given.split()) | set(found.family.split()) <= set(name.replace(",", " ").split()) | {
            part.text for part in read_parts(name).parts
        }


def test_a_sure_split_of_development_records_is_right() -> None:
    """Nothing was fitted on these records; the lists of names were written without them."""
    path = FOLDER / "records" / "bema20k" / "a.csv"
    if not path.exists():
        pytest.skip("development data are not at hand: records")
    with path.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))[:4000]
    for order, most_wrong, least_told in (
        (("given", "family"), 0.01, 0.4),
        (("family", "given"), 0.01, 0.25),
    ):
        found = [(read_parts(" ".join(row[side] for side in order)).split(), row) for row in rows]
        told = [(split, row) for split, row in found if split is not None]
        wrong = sum((split.given, split.family) != (row["given"], row["family"]) for split, row in told)
        assert wrong / len(told) < most_wrong
        assert len(told) / len(rows) > least_told
