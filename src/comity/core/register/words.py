"""The words by which a subject of one's own register is found: folded, so that case, accents and vowel signs differ not.

Plain look-up only. Spellings and scripts are bridged by `comity.core.names` and the probe.
"""

from __future__ import annotations

import unicodedata

from comity.core.register.subject import Subject

MAX_WORDS = 600
"""Words of one subject; the longest public list needs about 300."""

_ARABIC = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ـ": None}
)


def fold(text: str) -> str:
    """Return the text without case, accents, vowel signs, spaces and punctuation."""
    plain = unicodedata.normalize("NFKD", text.translate(_ARABIC).casefold())
    return "".join(letter for letter in plain if letter.isalnum())


def query_words(text: str) -> tuple[str, ...]:
    """Return the folded words of what an officer typed, each once."""
    return tuple(dict.fromkeys(word for part in text.split() if (word := fold(part))))


def subject_words(subject: Subject) -> tuple[str, ...]:
    """Return the folded words of a subject: of its own names, birth dates, papers, phones, vehicles and accounts."""
    words: dict[str, None] = {}
    for name in subject.own_names:
        words.update(dict.fromkeys(query_words(name.text)))
    for birth in subject.births:
        words.update({fold(birth.text()): None, f"{birth.year:04d}": None})
    numbers = [
        *(paper.number for paper in subject.documents),
        *subject.phones,
        *subject.emails,
        *(vehicle.number for vehicle in subject.vehicles),
        *(account.number for account in subject.accounts),
    ]
    for number in numbers:
        words.update(dict.fromkeys((fold(number), *query_words(number))))
    words.pop("", None)
    return tuple(words)[:MAX_WORDS]
