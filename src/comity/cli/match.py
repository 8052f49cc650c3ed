"""`comity match`: how far names are one name, for anybody who wants to judge the matcher on data of their own."""

from __future__ import annotations

import csv
import gc
import json
import sys
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from comity.cli.home import JsonOption
from comity.cli.show import emit
from comity.core.match.names.compare import CEILING, VERSION, compare_names
from comity.core.match.names.pairs import scored_lines
from comity.core.match.records.linking import PersonRecord, link, link_within
from comity.core.match.records.tables import FIELDS, PLAIN, ColumnMapping, read_mapping, read_records
from comity.core.match.register.index import RegisterIndex
from comity.core.names.parts import PartRole, read_parts
from comity.core.names.sexes import sex_of_given
from comity.errors import InputError

MOST_LINE = 64 * 1024

app = typer.Typer(
    no_args_is_help=True, help="Names compared across scripts: a probability for each pair, and why."
)


@app.command()
def pairs(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="name_a TAB name_b [TAB anything]; - reads the input.")
    ],
) -> None:
    """Print every line with a probability in [0,1] after a tab, in the order of the file.

    A line that cannot be read is printed with nothing after the tab and named on standard error; the command then
    exits 1.
    """
    if str(file) == "-":
        _score(sys.stdin.buffer)
        return
    try:
        with file.open("rb") as lines:
            _score(lines)
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise InputError("match.file") from error


@app.command()
def records(
    first: Annotated[Path, typer.Argument(metavar="A.csv", help="The register that is searched.")],
    second: Annotated[Path, typer.Argument(metavar="B.csv", help="The records that are searched for.")],
    out: Annotated[Path, typer.Option(help="File of the links: id_a,id_b,probability.", dir_okay=False)],
    mapping: Annotated[
        Path | None, typer.Option(help="TOML: further = [...], then [columns] field = column.")
    ] = None,
    prior: Annotated[float, typer.Option(help="Share of B that has a counterpart in A.")] = 0.5,
) -> None:
    """Write every link above 0.01, at most one counterpart in A being true for each record of B.

    A file given as both A and B is searched for duplicates: each pair is written once, and several may be true.
    """
    if not 0 < prior < 1:
        raise InputError("match.prior")
    try:
        columns = read_mapping(mapping.read_text(encoding="utf-8")) if mapping else PLAIN
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("match.file") from error
    faults = 0
    sides = []
    for side, name in (("A", first), ("B", second)):
        found: list[tuple[int, str]] = []
        sides.append(_side(name, side, columns, found))
        for number, code in found:
            sys.stderr.write(_fault(code, f"{side} line {number}"))
        faults += len(found)
    same = first.samefile(second)
    links = link_within(sides[0], prior=prior) if same else link(*sides, prior=prior)
    try:
        with out.open("w", encoding="utf-8", newline="") as target:
            rows = csv.writer(target)
            rows.writerow(["id_a", "id_b", "probability"])
            count = 0
            for one in links:
                rows.writerow([one.id_a, one.id_b, f"{one.probability:.6f}"])
                count += 1
    except OSError as error:
        raise InputError("file.write") from error
    sys.stdout.write(f"records in A: {len(sides[0])}, in B: {len(sides[1])}; links written: {count}\n")
    if faults:
        raise InputError("match.lines", faults=faults, lines=faults + sum(map(len, sides)))


def _side(name: Path, side: str, columns: ColumnMapping, found: list[tuple[int, str]]) -> list[PersonRecord]:
    """Read one of the two files.

    Raises:
        InputError: as `read_records`, and ``match.file``; which of the two files stands in the facts.
    """
    try:
        with name.open("rb") as lines:
            return list(read_records(lines, columns, found))
    except OSError as error:
        raise InputError("match.file", file=side) from error
    except InputError as error:
        raise InputError(error.code, file=side, **error.facts) from error


def _fault(code: str, place: str) -> str:
    """Return a line for standard error: what is wrong, where, and what that means."""
    from comity.services.sentences import sentence

    return f"{code} {place}: {sentence(code, 'en', console=True)[0]}\n"


@app.command()
def explain(
    first: Annotated[
        str, typer.Argument(metavar="NAME", help="A full name, or - to read both from the input.")
    ],
    second: Annotated[str, typer.Argument(metavar="NAME")] = "",
    as_json: JsonOption = False,
) -> None:
    """Print the probability that two names are one name, the figures behind it, and how each name is read.

    With - two records may be given instead of two names: two lines, each one JSON object with the columns given,
    family, dob, pob, sex, nat; what every feature weighs is printed.
    """
    if first == "-":
        line = _typed()
        if line.lstrip().startswith("{"):
            _explain_records(_record(line), _record(_typed()), as_json=as_json)
            return
        first, _, second = line.partition("	")
    found = compare_names(first, second)
    if found.probability is None:
        raise InputError("match.insufficient")
    value = {
        "matcher": VERSION,
        "probability": round(found.probability, 4),
        "ceiling": CEILING,
        "figures": found.figures,
        "parts": [_parts(first), _parts(second)],
    }
    lines = [f"{VERSION}: {found.probability:.4f} (names alone never exceed {CEILING})"]
    lines += [f"  {name.replace('_', ' ')}: {figure}" for name, figure in found.figures.items()]
    for number, name in enumerate((first, second), start=1):
        lines.append(f"name {number} read as:")
        lines += [
            f"  \u2068{part['text']}\u2069: {' or '.join(part['roles'])}, {part['sureness']} ({part['because']})"
            + (f", a name of sex {part['sex']}" if part["sex"] else "")
            for part in _parts(name)
        ]
    emit(value, lines, as_json=as_json)


def _parts(name: str) -> list[dict[str, Any]]:
    """Return the parts of a name with what made them so, and the sex that a given name tells."""
    found = []
    for part in read_parts(name).parts:
        told = sex_of_given(part.text) if PartRole.GIVEN in part.roles else None
        found.append(
            {
                "text": part.text,
                "roles": [role.value for role in part.roles],
                "sureness": part.sureness.value,
                "because": part.because.value,
                "particle": part.particle,
                "sex": told.sex.value if told and told.sure else None,
            }
        )
    return found


def _typed() -> str:
    """Return the next line of standard input.

    Raises:
        InputError: ``match.encoding``.
    """
    try:
        return sys.stdin.buffer.readline(MOST_LINE).decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError:
        raise InputError("match.encoding") from None


def _record(line: str) -> PersonRecord:
    """Read one record of a JSON object.

    Raises:
        InputError: ``match.record``.
    """
    try:
        read = json.loads(line)
        known = {name: str(read[name]) for name in FIELDS if name in read}
        if not isinstance(read, dict) or set(read) - set(FIELDS):
            raise InputError("match.record")
    except (ValueError, TypeError, RecursionError):
        raise InputError("match.record") from None
    given, family, dob, pob, sex, nat = (known.get(name, "") for name in FIELDS[1:])
    return PersonRecord("", given, family, dob, pob, sex, nat)


def _explain_records(first: PersonRecord, second: PersonRecord, *, as_json: bool) -> None:
    index = RegisterIndex()
    index.add(0, first.described())
    found = index.weigh(second.described(), 0)
    if found is None:
        raise InputError("match.insufficient")
    value = {
        "matcher": VERSION,
        "evidence": round(found.evidence, 2),
        "probability": round(found.probability, 4),
        "reasons": [
            {"feature": one.feature, "agreement": one.agreement, "weight": one.weight}
            for one in found.reasons
        ],
    }
    lines = [f"{VERSION}: {found.probability:.4f}, evidence {found.evidence:+.1f}"]
    lines += [f"  {one.feature}: {one.agreement} ({one.weight:+.2f})" for one in found.reasons]
    emit(value, lines, as_json=as_json)


def _score(lines: BinaryIO) -> None:
    count, faults = 0, 0
    out = sys.stdout
    gc.disable()  # millions of small objects, none in a cycle, would be looked through again and again
    for line in scored_lines(lines):
        count += 1
        if line.fault:
            faults += 1
            sys.stderr.write(_fault(line.fault, f"line {line.number}"))
        out.write(f"{line.text}\t{'' if line.probability is None else format(line.probability, '.6f')}\n")
    out.flush()
    if not count:
        raise InputError("match.empty", line=1)
    if faults:
        raise InputError("match.lines", faults=faults, lines=count)
