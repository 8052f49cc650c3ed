"""Names of Arabic and Berber origin in one sound notation, written out in Arabic and by French, Dutch, Spanish or English habit.

Notation, one sign a sound: ``b t T j H x d D r z s $ S Z W V E g f q k l m n h w y`` are the consonants
ب ت ث ج ح خ د ذ ر ز س ش ص ض ط ظ ع غ ف ق ك ل م ن ه و ي; ``'`` is hamza; ``a i u`` short vowels, ``A I U`` long ones;
``p`` the final ta marbuta, ``Y`` the final alif that is written ya. A consonant written twice is a double one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

HABITS = ("fr", "nl", "es", "en")
"""Whose spelling a clerk follows; French first, as in most papers of the Maghreb."""

_ARABIC = dict(zip("btTjHxdDrzs$SZWVEgfqklmnhwyAUIpY", "بتثجحخدذرزسشصضطظعغفقكلمنهويا" + "ويةى", strict=True))
_VOWELS = "aiuAIUY"
_SUN = "tTdDrzs$SZWVnl"
_PLAIN = dict(zip("btdrzsfklmnhHWZDTVSp'E", "btdrzsfklmnhhtddtds\0\0\0", strict=True))
_LETTERS: dict[str, dict[str, tuple[str, ...]]] = {
    "fr": {
        "$": ("ch",), "x": ("kh",), "g": ("gh", "gh", "rh"), "j": ("j", "j", "dj"), "q": ("k", "k", "q"),
        "U": ("ou",), "u": ("o", "ou", "u"), "a": ("a", "a", "a", "e"), "i": ("i", "i", "e"), "w": ("ou", "ou", "w"),
        "y": ("y", "i"), "E": ("",),
    },
    "nl": {
        "$": ("ch", "sj"), "x": ("ch", "kh"), "g": ("gh", "g"), "j": ("j", "dj"), "q": ("k",), "U": ("oe", "ou"),
        "u": ("o", "oe"), "a": ("a", "a", "a", "e"), "i": ("i", "e"), "w": ("w", "ou"), "y": ("j", "y"),
    },
    "es": {
        "$": ("ch",), "x": ("j", "kh"), "g": ("g", "gh"), "j": ("y", "dj", "j"), "q": ("k",), "U": ("u",),
        "u": ("o", "u"), "a": ("a",), "i": ("i", "e"), "w": ("u", "w"), "y": ("y", "i"),
    },
    "en": {
        "$": ("sh",), "x": ("kh",), "g": ("gh",), "j": ("j",), "q": ("q", "k"), "U": ("u", "oo", "ou"),
        "I": ("i", "i", "ee"), "u": ("u", "o"), "a": ("a", "a", "a", "e"), "i": ("i", "e"), "w": ("w",), "y": ("y",),
        "T": ("th",), "D": ("dh", "d"), "V": ("z", "dh"),
    },
}  # fmt: skip
SPELLINGS = 6
"""Spellings kept of one name by one habit."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name or place: Arabic spellings, the first the correct one, and Latin ones by habit."""

    arabic: tuple[str, ...]
    latin: Mapping[str, tuple[str, ...]]


def plain(word: str) -> Name:
    """Return a simple name; ``|`` parts sound variants, the first of which is the written one in Arabic."""
    sounds = word.split("|")
    return Name(_arabic_spellings(arabic(sounds[0])), {one: _spellings(sounds, one) for one in HABITS})


def servant(of: str) -> Name:
    """Return Abd + article + one of the names of God."""
    forms = {}
    for habit in HABITS:
        linking = of[0] if of[0] in _SUN else "l"
        linking = {"$": "ch", "S": "s", "W": "t", "Z": "d", "V": "d", "D": "d", "T": "t"}.get(
            linking, linking
        )
        found = []
        for place, name in enumerate(_spellings([of], habit)):
            close = ("Abdul" if place % 2 else "Abdel") if habit == "en" else f"Abde{linking}"
            found.append(f"Abd El {name}" if place == 3 else close + name.lower())
        forms[habit] = tuple(found)
    written = "عبد ال" + arabic(of)
    return Name((written, written.replace(" ", "", 1), *_arabic_spellings(written)[1:]), forms)


def of_faith(word: str) -> Name:
    """Return X ad-Din: Noureddine, Azzedine."""
    endings = {
        "fr": ("eddine", "eddine", " Eddine", "dine"),
        "nl": ("eddine", "din", "edin", " Eddine"),
        "es": ("eddin", "eddine", " Eddin", "din"),
        "en": (" al-Din", "uddin", " Eddin", "eddine"),
    }
    forms = {
        habit: tuple(
            _spellings([word], habit)[place % 2] + ending for place, ending in enumerate(endings[habit])
        )
        for habit in HABITS
    }
    written = arabic(word) + " الدين"
    return Name((written, *_arabic_spellings(written)[1:]), forms)


_PARTICLES = {
    "bin": ("بن", ("Ben", "Ben ", "Ben", "Bin "), ("Ben", "Ben ", "Ben", "Ben ")),
    "bU": ("بو", ("Bu", "Abu ", "Bou", "Bou"), ("Bou", "Bou", "Bou ", "Bou")),
    "Ayt": ("آيت ", ("Ait ", "Ait ", "Ayt ", "Ait"), ("Ait ", "Aït ", "Ait", "Ait ")),
    "wuld": ("ولد ", ("Ould ", "Ould ", "Wuld ", "Ould "), ("Ould ", "Ould ", "Ouled ", "Ould ")),
    "U": ("أو", ("U", "Ou", "O", "Ou"), ("Ou", "Ou", "O", "Ou")),
}  # fmt: skip


def family_of(particle: str, word: str) -> Name:
    """Return a family name of a particle and a name: Benali, Ait Haddou, Bouazza."""
    written, english, others = _PARTICLES[particle]
    stem = word.split("|", maxsplit=1)[0]
    forms = {}
    for habit in HABITS:
        found = []
        for place, name in enumerate(_spellings([stem], habit)[:4]):
            before = (english if habit == "en" else others)[place % 4]
            if habit in {"nl", "es"}:
                before = before.replace("Bou", "Boe" if habit == "nl" else "Bu")
            found.append(before + (name if before.endswith(" ") else name.lower()))
        forms[habit] = tuple(found)
    together = written + arabic(stem)
    apart = written.strip() + " " + arabic(stem) if particle == "bin" else together
    return Name((together, apart, *_arabic_spellings(together)[1:]), forms)


def with_article(word: str) -> Name:
    """Return a family name that is written with the article in Arabic and with or without it in Latin letters."""
    stem = word.split("|", maxsplit=1)[0]
    forms = {}
    for habit in HABITS:
        bare = _spellings(word.split("|"), habit)
        article = "Al" if habit == "en" else "El"
        first = bare[0]
        close = (
            "E" + first[0].lower() + first.lower()
            if stem[0] in _SUN and habit != "en"
            else f"{article}{first.lower()}"
        )
        forms[habit] = (
            first,
            f"{article} {bare[-1]}",
            bare[1 % len(bare)],
            f"{article} {first}",
            close,
            bare[-1],
        )
    written = "ال" + arabic(stem)
    return Name((written, arabic(stem), *_arabic_spellings(written)[1:]), forms)


def arabic(word: str) -> str:
    """Write a word in Arabic letters, without vowel signs."""
    out: list[str] = []
    for place, sign in enumerate(word):
        before, after = word[place - 1] if place else "", word[place + 1 : place + 2]
        if sign in "aiu":
            out.append({"a": "أ", "i": "إ", "u": "أ"}[sign] if not place else "")
        elif sign == "A" and not place:
            out.append("آ")
        elif sign == "I" and not place:
            out.append("إي")
        elif sign == "U" and not place:
            out.append("أو")
        elif sign == "'":
            out.append(_hamza(before, after))
        elif sign == " ":
            out.append(" ")
        elif sign != before or sign in _VOWELS:
            out.append(_ARABIC[sign])
    return "".join(out)


def _hamza(before: str, after: str) -> str:
    if not after:
        return "ء"
    if before == "u":
        return "ؤ"
    return "ئ" if after in "iI" or before in "iI" else "ء" if after == "A" else "أ"


def _arabic_spellings(written: str) -> tuple[str, ...]:
    """Return the correct spelling and the careless ones: hamza left out, ta marbuta as ha, final ya without dots."""
    careless = written.translate(str.maketrans("أإآ", "ااا"))
    last = {"ة": "ه", "ي": "ى", "ى": "ي"}.get(written[-1])
    found = [written, careless]
    if last:
        found += [written[:-1] + last, careless[:-1] + last]
    return tuple(dict.fromkeys(found))


def _spellings(sounds: list[str], habit: str) -> tuple[str, ...]:
    """Return spellings of a name by one habit, the plainest first; the same every time."""
    luck = Random(f"{habit}/{sounds[0]}")
    found = [_latin(sounds[0], habit, None)]
    for turn in range(SPELLINGS - 1):
        found.append(_latin(sounds[(turn + 1) % len(sounds)], habit, luck))
    return tuple(found)


def _latin(word: str, habit: str, luck: Random | None) -> str:
    letters = _LETTERS[habit]
    out: list[str] = []
    place = 0
    while place < len(word):
        sign, before, after = word[place], word[place - 1] if place else "", word[place + 1 : place + 2]
        written = _one(sign, before, after, letters, luck)
        if (
            sign in "sS"
            and before
            and before in _VOWELS
            and after
            and after in _VOWELS
            and habit in {"fr", "nl"}
        ):
            written = "ss" if luck is None or luck.random() < 0.7 else "s"
        if after == sign and sign not in _VOWELS:
            written = written * 2 if len(written) == 1 and (luck is None or luck.random() < 0.6) else written
            place += 1
        out.append(written)
        place += 1
    text = "".join(out)
    if habit == "fr" and word[-2:] in {"In", "An"} and (luck is None or luck.random() < 0.6):
        text += "e"
    return " ".join(part[:1].upper() + part[1:] for part in text.split(" "))


def _one(sign: str, before: str, after: str, letters: dict[str, tuple[str, ...]], luck: Random | None) -> str:
    """Write one sound. A short a stays an a at the ends of a word and beside the sounds of the throat."""
    if sign == "a" and (not before or before in "EHSWZxqgr" or not after or after in "pEHSWZq"):
        return "a"
    if sign == "u" and after and after in "EA'":
        return letters["U"][0]
    if sign == "p":
        return "t" if before == "A" else ""
    if (sign == "y" and not before) or (sign == "I" and not after):
        return {"y": "y", "I": "i"}[sign]
    if sign in letters:
        choices = letters[sign]
        return choices[0] if luck is None else luck.choice(choices)
    return {"A": "a", "I": "i", "U": "u", "Y": "a", "w": "w", "y": "y", " ": " "}.get(sign) or _PLAIN[
        sign
    ].replace("\0", "")
