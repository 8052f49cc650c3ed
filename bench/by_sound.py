"""Fictitious registers of any size, for measuring: ``python -m bench.by_sound FOLDER --persons 1000000 --queries 20000``.

Writes a.csv (the register), b.csv (the questions) and truth.csv (which question is which person), in the columns of
`comity match records`. Everything follows from the seed. Names are written down here by sound and spelled by rule:
Arabic letters, or Latin ones after French, Dutch, Spanish or English habits. Half of the questions concern somebody
registered, described in another script or spelling, with the damage that registers have.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import tomllib
from pathlib import Path
from random import Random

with (Path(__file__).parent / "by_sound.toml").open("rb") as _file:
    _WORDS = tomllib.load(_file)
MEN, WOMEN, STEMS = (_WORDS[name].split() for name in ("men", "women", "stems"))
BELGIAN_GIVEN = {"M": _WORDS["belgian_men"].split(), "F": _WORDS["belgian_women"].split()}
BELGIAN_FAMILIES = _WORDS["belgian_families"].split()
PLACES = (
    ("Nador", "الناظور"), ("Tanger", "طنجة"), ("Tétouan", "تطوان"), ("Al Hoceima", "الحسيمة"), ("Oujda", "وجدة"),
    ("Fès", "فاس"), ("Meknès", "مكناس"), ("Rabat", "الرباط"), ("Casablanca", "الدار البيضاء"), ("Marrakech", "مراكش"),
    ("Agadir", "أكادير"), ("Taza", "تازة"), ("Khouribga", "خريبكة"), ("Béni Mellal", "بني ملال"), ("Safi", "آسفي"),
    ("Bruxelles", "بروكسيل"), ("Anvers", "أنتويرب"), ("Gand", "غنت"), ("Liège", "لييج"), ("Molenbeek", "مولنبيك"),
)  # fmt: skip
OTHER_NAMES = {
    "Tanger": "Tangier", "Fès": "Fez", "Bruxelles": "Brussel", "Anvers": "Antwerpen", "Gand": "Gent",
    "Liège": "Luik", "Marrakech": "Marrakesh", "Tétouan": "Tetuán", "Meknès": "Meknes", "Al Hoceima": "Alhucemas",
}  # fmt: skip

ARABIC = {
    "kh": "خ", "gh": "غ", "sh": "ش", "th": "ث", "dh": "ذ", "b": "ب", "t": "ت", "T": "ط", "j": "ج", "H": "ح", "d": "د",
    "D": "ض", "r": "ر", "z": "ز", "s": "س", "S": "ص", "3": "ع", "f": "ف", "q": "ق", "k": "ك", "l": "ل", "m": "م",
    "n": "ن", "h": "ه", "w": "و", "y": "ي", "A": "ا", "I": "ي", "U": "و", "a": "", "i": "", "u": "", "o": "و", "'": "ء",
}  # fmt: skip
HABITS = {
    "fr": {
        "sh": "ch",
        "U": "ou",
        "u": "ou",
        "w": "ou",
        "j": "j",
        "q": "k",
        "gh": "gh",
        "kh": "kh",
        "I": "i",
        "w_": "ou",
    },
    "nl": {
        "w_": "oe",
        "sh": "sj",
        "U": "oe",
        "u": "oe",
        "w": "w",
        "j": "dj",
        "q": "k",
        "gh": "gh",
        "kh": "ch",
        "I": "ie",
    },
    "es": {
        "sh": "ch",
        "U": "u",
        "u": "u",
        "w": "u",
        "j": "y",
        "q": "k",
        "gh": "g",
        "kh": "j",
        "I": "i",
        "w_": "u",
    },
    "en": {
        "sh": "sh",
        "U": "u",
        "u": "u",
        "w": "w",
        "j": "j",
        "q": "q",
        "gh": "gh",
        "kh": "kh",
        "I": "ee",
        "w_": "w",
    },
}
PLAIN = {"T": "t", "H": "h", "D": "d", "S": "s", "3": "", "A": "a", "'": "", "th": "t", "dh": "d"}


def sounds(written: str) -> list[str]:
    """Return the sounds of a name written by sound."""
    found, place = [], 0
    while place < len(written):
        two = written[place : place + 2]
        sound = two if two in ARABIC else written[place]
        found.append(sound)
        place += len(sound)
    return found


def arabic(written: str) -> str:
    """Return a name in Arabic letters."""
    parts = written.split("-")
    found = []
    for number, part in enumerate(parts):
        row = [ARABIC.get(sound, "") for sound in sounds(part)]
        text = "".join(
            letter for spot, letter in enumerate(row) if spot == 0 or letter != row[spot - 1] or not letter
        )
        if part[0] in "aiu" and part != "al":
            text = "ا" + text
        if part.endswith("a") and len(part) > 2:
            text += "ة"
        article = number and parts[number - 1] == "al"
        found.append("ال" + text if article else "" if part == "al" else text)
    return " ".join(filter(None, found)).strip()


def latin(written: str, habit: str, dice: Random) -> str:
    """Return a name in Latin letters, after the habits of a language and of the clerk."""
    rules = PLAIN | HABITS[habit]
    parts = written.split("-")
    found: list[str] = []
    for part in parts:
        if part == "al":
            found.append(dice.choice(("el", "al", "el ", "El ")))
            continue
        row = sounds(part)
        text = "".join(_vowel(sound, spot, row, rules, dice) for spot, sound in enumerate(row))
        if habit == "fr" and dice.random() < 0.5 and part.endswith("sh"):
            text = text[:-2] + "che"
        if dice.random() < 0.3:
            text = "".join(
                letter for spot, letter in enumerate(text) if spot == 0 or letter != text[spot - 1]
            )
        if found and not found[-1].endswith(" ") and parts[0] not in ("al",) and dice.random() < 0.4:
            text = " " + text
        found.append(text)
    return " ".join(word.capitalize() for word in "".join(found).split())


def _vowel(sound: str, spot: int, row: list[str], rules: dict[str, str], dice: Random) -> str:
    if sound == "a" and 0 < spot < len(row) - 1 and dice.random() < 0.25:
        return "e"
    if sound == "u" and dice.random() < 0.15:
        return "o"
    if sound == "i" and dice.random() < 0.2:
        return "e"
    if sound == "w" and spot and dice.random() < 0.5:
        return rules["w_"]
    if sound == "w" and spot == 0:
        return "ou" if rules["w"] == "ou" else "w"
    return rules.get(sound, sound)


def families(dice: Random) -> list[str]:
    """Return some thousand family names written by sound, the commonest first."""
    made = [f"al-{stem}I" for stem in STEMS] + [f"{stem}I" for stem in STEMS] + list(STEMS)
    made += [f"bin-{man}" for man in MEN if "-" not in man] + [f"bU-{stem}" for stem in STEMS]
    made += [f"ayt-{man}" for man in MEN if "-" not in man] + [f"al-{stem}" for stem in STEMS]
    onsets = ["b", "z", "k", "m", "gh", "sh", "H", "q", "r", "l", "d", "T", "n", "kh", "3", "f", "h", "j"]
    middles = ["a", "u", "ay", "A", "U", "I", "aw"]
    ends = [
        "mar",
        "lal",
        "shan",
        "qil",
        "khUsh",
        "dAr",
        "rash",
        "zUz",
        "Has",
        "nIs",
        "ghar",
        "bur",
        "lUf",
        "sUn",
        "tAb",
    ]
    made += ["".join(three) for three in itertools.product(onsets, middles, ends)]
    common, rest = made[: 2 * len(STEMS)], made[2 * len(STEMS) :]
    dice.shuffle(common)
    dice.shuffle(rest)
    return common + rest


class People:
    """Draws persons and describes them again otherwise."""

    def __init__(self, seed: int, share: float) -> None:
        self.dice = Random(seed)
        self.share = share
        self.families = families(self.dice)
        self.weights = list(
            itertools.accumulate(1 / (rank + 25) ** 0.9 for rank in range(len(self.families)))
        )
        self.given = {"M": MEN, "F": WOMEN}
        self.popular = {
            sex: list(itertools.accumulate(1 / (rank + 4) ** 0.9 for rank in range(len(names))))
            for sex, names in self.given.items()
        }

    def person(self) -> dict[str, str]:
        """Return one person, names by sound."""
        dice = self.dice
        sex = "M" if dice.random() < 0.6 else "F"
        year = min(2008, max(1930, round(dice.gauss(1980, 14))))
        month, day = (1, 1) if dice.random() < 0.06 else (dice.randint(1, 12), dice.randint(1, 28))
        maghreb = dice.random() < self.share
        place = dice.choice(PLACES)
        return {
            "given": dice.choices(self.given[sex], cum_weights=self.popular[sex])[0] if maghreb else dice.choice(BELGIAN_GIVEN[sex]),
            "family": dice.choices(self.families, cum_weights=self.weights)[0] if maghreb else dice.choice(BELGIAN_FAMILIES),
            "date": f"{year:04d}-{month:02d}-{day:02d}", "place": place[0], "place_ar": place[1], "sex": sex,
            "origin": "maghreb" if maghreb else "belgian",
        }  # fmt: skip

    def registered(self, one: dict[str, str]) -> list[str]:
        """Return the row of the register: given, family, dob, pob, sex, nat."""
        if one["origin"] == "belgian":
            return [one["given"], one["family"], one["date"], one["place"], one["sex"], "BE"]
        if self.dice.random() < 0.4:
            return [
                arabic(one["given"]),
                arabic(one["family"]),
                one["date"],
                one["place_ar"],
                one["sex"],
                "MA",
            ]
        habit = self.dice.choices(("fr", "nl", "es", "en"), (70, 15, 5, 10))[0]
        names = [latin(one[part], habit, self.dice) for part in ("given", "family")]
        return [*names, one["date"], one["place"], one["sex"], "MA"]

    def asked(self, one: dict[str, str]) -> list[str]:
        """Return the same person as somebody else would describe them."""
        dice = self.dice
        row = self.registered(one)
        if one["origin"] == "belgian" or dice.random() < 0.2:
            spot = dice.randint(0, 1)
            row[spot] = typo(row[spot], dice)
        if dice.random() < 0.05:
            row[0], row[1] = row[1], row[0]
        row[2] = damaged(row[2], dice)
        chance = dice.random()
        row[3] = "" if chance < 0.25 else OTHER_NAMES.get(row[3], row[3]) if chance < 0.6 else row[3]
        if dice.random() < 0.1:
            row[5] = ""
        return row


def full_name(one: dict[str, str], habit: str, dice: Random) -> str:
    """Return the full name of a person in Arabic letters or after the habits of a language; a Belgian one as it is."""
    if one["origin"] == "belgian":
        return f"{one['given']} {one['family']}"
    spelled = (
        arabic(one[part]) if habit == "arabic" else latin(one[part], habit, dice)
        for part in ("given", "family")
    )
    return " ".join(spelled)


def spellings(seed: int, count: int) -> list[tuple[str, str, str]]:
    """Return full names in Arabic and twice in Latin letters, each time after other habits."""
    people = People(seed, 1.0)
    found = []
    for _ in range(count):
        one = people.person()
        habits = people.dice.sample(sorted(HABITS), 2)
        latin_forms = [full_name(one, habit, people.dice) for habit in habits]
        found.append((full_name(one, "arabic", people.dice), *latin_forms))
    return found


class Attested(People):
    """Draws given and family names out of a file of name pairs (Arabic, Latin, label): spellings that people bear."""

    def __init__(self, seed: int, names: Path) -> None:
        super().__init__(seed, 1.0)
        rows = [line.split("\t") for line in names.read_text(encoding="utf-8").splitlines()]
        pairs = [(row[0].split(), row[1].split()) for row in rows if row[2] == "1"]
        pairs = [pair for pair in pairs if len(pair[0]) == len(pair[1]) == 2]
        self.first = [(pair[0][0], pair[1][0]) for pair in pairs]
        self.last = [(pair[0][1], pair[1][1]) for pair in pairs]

    def person(self) -> dict[str, str]:
        """Return one person, names in both scripts."""
        one = super().person()
        given, family = self.dice.choice(self.first), self.dice.choice(self.last)
        return one | {"given": given[1], "family": family[1], "given_ar": given[0], "family_ar": family[0]}

    def registered(self, one: dict[str, str]) -> list[str]:
        """Return the row of the register, in Latin letters."""
        return [one["given"], one["family"], one["date"], one["place"], one["sex"], "MA"]

    def asked(self, one: dict[str, str]) -> list[str]:
        """Return the same person in Arabic letters in six of ten cases, otherwise in another Latin spelling."""
        dice = self.dice
        if dice.random() < 0.6:
            row = [one["given_ar"], one["family_ar"], one["date"], one["place_ar"], one["sex"], "MA"]
        else:
            row = [respelled(one[part], dice) for part in ("given", "family")]
            row += [one["date"], OTHER_NAMES.get(one["place"], one["place"]), one["sex"], "MA"]
        if dice.random() < 0.04:
            row[0], row[1] = row[1], row[0]
        chance = dice.random()
        year, month, day = row[2].split("-")
        if chance < 0.08:
            row[2] = year
        elif chance < 0.13:
            row[2] = f"{year}-{day}-{month}" if int(day) <= 12 else f"{year}-01-01"
        elif chance < 0.16:
            row[2] = f"{int(year) + dice.choice((-10, -1, 1, 10))}-{month}-{day}"
        elif chance < 0.19:
            row[2] = ""
        if dice.random() < 0.2:
            row[3] = ""
        return row


RESPELLED = (
    ("ou", "u"),
    ("ch", "sh"),
    ("i", "y"),
    ("a", "e"),
    ("e", ""),
    ("dd", "d"),
    ("k", "q"),
    ("ss", "s"),
    ("j", "dj"),
)


def respelled(text: str, dice: Random) -> str:
    """Return a Latin name with one habit exchanged for another."""
    plain = text.casefold()
    for old, new in dice.sample(RESPELLED, len(RESPELLED)):
        found, other = (old, new) if old in plain[1:] else (new, old)
        if found and found in plain[1:]:
            return (plain[0] + plain[1:].replace(found, other, 1)).title()
    return typo(text, dice)


def typo(text: str, dice: Random) -> str:
    """Return a name with one letter doubled, dropped or exchanged with the next."""
    if len(text) < 4:
        return text
    spot = dice.randint(1, len(text) - 2)
    kind = dice.randint(0, 2)
    if kind == 0:
        return text[:spot] + text[spot] + text[spot:]
    if kind == 1:
        return text[:spot] + text[spot + 1 :]
    return text[:spot] + text[spot + 1] + text[spot] + text[spot + 2 :]


def damaged(date: str, dice: Random) -> str:
    """Return a date as registers damage it: exact in six of ten cases."""
    year, month, day = date.split("-")
    chance = dice.random()
    if chance < 0.60:
        return date
    if chance < 0.70:
        return year
    if chance < 0.76:
        return f"{year}-01-01"
    if chance < 0.84:
        return f"{year}-{day}-{month}" if int(day) <= 12 else f"{year}-{month}-{dice.randint(1, 28):02d}"
    if chance < 0.89:
        return f"{int(year) + dice.choice((-10, -1, 1, 10))}-{month}-{day}"
    if chance < 0.94:
        return f"{year}-{month}-{dice.randint(1, 28):02d}"
    return ""


HEADER = ["id", "given", "family", "dob", "pob", "sex", "nat"]


def write(folder: Path, persons: int, questions: int, people: People) -> None:
    """Write the three files."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = set(people.dice.sample(range(persons), min(persons, questions // 2)))
    asked: list[tuple[str, list[str]]] = []
    with (folder / "a.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(HEADER)
        for number in range(persons):
            one = people.person()
            rows.writerow([f"a{number}", *people.registered(one)])
            if number in chosen:
                asked.append((f"a{number}", people.asked(one)))
    asked += [("", people.asked(people.person())) for _ in range(questions - len(asked))]
    people.dice.shuffle(asked)
    with (
        (folder / "b.csv").open("w", encoding="utf-8", newline="") as described,
        (folder / "truth.csv").open("w", encoding="utf-8", newline="") as told,
    ):
        rows, truth = csv.writer(described), csv.writer(told)
        rows.writerow(HEADER)
        truth.writerow(["id_a", "id_b"])
        for number, (known, row) in enumerate(asked):
            rows.writerow([f"b{number}", *row])
            if known:
                truth.writerow([known, f"b{number}"])


def main() -> None:
    """Write a register and questions."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--maghreb", type=float, default=1.0, help="Share of persons with Maghreb names.")
    parser.add_argument("--names", type=Path, help="Draw names from these pairs: Arabic TAB Latin TAB label.")
    given = parser.parse_args()
    people = Attested(given.seed, given.names) if given.names else People(given.seed, given.maghreb)
    write(given.folder, given.persons, given.queries, people)


if __name__ == "__main__":
    main()
