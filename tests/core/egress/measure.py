"""Counts: what of pasted values is recognised, and how many ordinary texts are blocked, on a fictitious register.

Persons come from the demonstration's name lists, texts from templates in four languages; both from a seed, so that the
counts are always the same. A block counts as false when the text names neither the protected person nor a namesake.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from random import Random

from tests.core.register.reading import DEFAULTS

from comity.core.codes.marks import Taint
from comity.core.egress.finding import Texts, found_in
from comity.core.egress.reading import read
from comity.core.egress.values import Known
from comity.core.register.formats.csv_ import read_csv
from comity.core.register.formats.reading import Record
from comity.core.register.subject import Subject
from comity.demo.name_tables import FAMILIES, MEN, WOMEN
from comity.demo.population import population

TOUCHED = 20
"""Protected persons that a case touches: many; one or two are usual."""

TEMPLATES = (
    "Le nommé {given} a été vu le {date} à {place} avec un certain {other}, qui travaille chez {third}. "
    "Il conduit la voiture de {family} depuis le {date2}. Référence du dossier {ref}, téléphone {phone}.",
    "Op {date} heeft {given} {family2} in {place} de sleutels van {third} gekregen; {other} was er ook bij. "
    "Zie proces-verbaal {ref} van {date2}. Zijn nummer is {phone}, bankrekening {account}.",
    "On {date} the witness saw {given} and {other} near the station of {place}. The Alaoui family shop was closed. "
    "Mr {family} left with {third}. Our file {ref}; call {phone} before {date2}.",
    "شوهد {given_ar} يوم {date} قرب الميناء رفقة {other_ar} ثم غادر مع عائلة {family_ar} نحو {place}. "
    "المرجع {ref} بتاريخ {date2} والهاتف {phone}.",
    "Demande urgente : merci de confirmer si {given} {family2} (dossier {ref}) est titulaire du compte {account}. "
    "Faits du {date}, plainte de {third} du {date2}, témoin {other}.",
)
MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]


def people(country: str, number: int, seed: int = 7) -> list[Subject]:
    """Return fictitious subjects."""
    rows = list(population(seed, number, country))
    lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
    found = read_csv(["\n".join(lines).encode()], DEFAULTS)
    return [reading.subject for reading in found if isinstance(reading, Record)]


def protected(number: int) -> list[Known]:
    """Return fictitious protected persons that a case touches."""
    marks = {"taints": (Taint.ASYLUM,)}
    return [
        Known(
            f"{place:032x}",
            one.model_copy(update={"marks": one.marks.model_copy(update=marks)}),
            touched=True,
        )
        for place, one in enumerate(people("MA", number))
        if one.births and one.births[0].day
    ]


def ordinary(number: int, seed: int = 3) -> Iterator[str]:
    """Yield realistic texts on other persons."""
    luck = Random(seed)
    others = people("BE", 600, seed=11)
    here = people("MA", 600, seed=13)
    for place in range(number):
        one, two, three, moroccan, second = luck.sample(others, 3) + luck.sample(here, 2)
        yield TEMPLATES[place % len(TEMPLATES)].format(
            given=_part(one, 0),
            family=_part(two, 1),
            family2=_part(one, 1),
            other=_part(three, 0),
            third=_part(three, 1),
            given_ar=_arabic(moroccan, 0),
            other_ar=_arabic(second, 0),
            family_ar=_arabic(second, 1),
            place=luck.choice(("Anvers", "Antwerpen", "Tanger", "طنجة", "Liège", "Casablanca")),
            date=f"{luck.randint(1, 28)}/{luck.randint(1, 12)}/{luck.randint(1950, 2026)}",
            date2=f"{luck.randint(1, 28)} {luck.choice(MONTHS)} {luck.randint(1950, 2026)}",
            ref=f"BE-{luck.randint(2019, 2026)}-{luck.randint(100, 99999)}",
            phone=f"+32 4{luck.randint(60, 99)} {luck.randint(10, 99)} {luck.randint(10, 99)} {luck.randint(10, 99)}",
            account=f"BE{luck.randint(10, 99)} {luck.randint(1000, 9999)} {luck.randint(1000, 9999)} {luck.randint(1000, 9999)}",
        )


def false_blocks(texts: int) -> Counter[str]:
    """Return how many ordinary texts are blocked, each compared with `TOUCHED` protected persons of its own draw."""
    luck, pool = Random(5), protected(2000)
    counts: Counter[str] = Counter()
    for text in ordinary(texts):
        counts["texts"] += 1
        hits = found_in(Texts(read([text])), luck.sample(pool, TOUCHED))
        counts["blocked"] += bool(hits)
        for hit in hits:
            counts.update(f"by {value}" for value in hit.values)
    return counts


def detected(persons: int) -> dict[str, Counter[str]]:
    """Return, per way to paste a value, how often it was pasted and recognised."""
    found: dict[str, Counter[str]] = {}
    for one in protected(persons):
        for way, text in (*_pasted(one.subject), *_across(one)):
            counts = found.setdefault(way, Counter())
            counts["pasted"] += 1
            held = _arabic_only(one) if way.startswith("name, Latin") else one
            counts["found"] += bool(found_in(Texts(read([text])), [held]))
            elsewhere = replace(held, touched=False)
            counts["found in no case"] += bool(found_in(Texts(read([text])), [elsewhere]))
    return found


def _pasted(one: Subject) -> Iterator[tuple[str, str]]:
    birth = one.births[0]
    digits = f"{birth.day:02d}/{birth.month:02d}/{birth.year}"
    eastern = digits.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    arabic = f"{_arabic(one, 0)} {_arabic(one, 1)}"
    yield "name, same letters", f"on parle de {arabic} depuis hier"
    yield "date, digits", f"né le {digits}."
    yield "date, eastern digits", f"المزداد في {eastern}"
    yield "date, in words", f"né le {birth.day} {MONTHS[(birth.month or 1) - 1].upper()} {birth.year}"
    yield "name and date, same letters", f"{arabic} {digits}"
    for paper in one.documents:
        spaced = " ".join(paper.number)
        yield (
            "number, spaced out in threes",
            f"pièce {paper.number[:2]}-{paper.number[2:5]} {paper.number[5:]}",
        )
        yield "number, every sign apart", f"pièce {spaced}"


def _across(one: Known) -> Iterator[tuple[str, str]]:
    """Yield the name as others write it; the register holds it in Arabic only."""
    tables = {each.arabic: each.latin for each in (*MEN, *WOMEN, *FAMILIES)}
    given, family = (tables.get(_arabic(one.subject, place), ()) for place in (0, 1))
    for first in given:
        for last in family:
            yield "name, Latin spellings of an Arabic entry", f"le nommé {last.upper()} {first} est parti"


def _arabic_only(one: Known) -> Known:
    names = tuple(name for name in one.subject.names if name.script.value == "Arab")
    return replace(one, subject=one.subject.model_copy(update={"names": names}))


def _part(one: Subject, place: int) -> str:
    names = [name.text for name in one.own_names if name.role.value == ("given", "family")[place]]
    return names[0] if names else "X"


def _arabic(one: Subject, place: int) -> str:
    role = ("given", "family")[place]
    names = [name.text for name in one.own_names if name.role.value == role and name.script.value == "Arab"]
    return names[0] if names else "فلان"


if __name__ == "__main__":
    import sys

    sys.stdout.write(f"{dict(false_blocks(2000))}\n")
    for way, counts in detected(500).items():
        sys.stdout.write(f"{way}: {dict(counts)}\n")
