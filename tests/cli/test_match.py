"""`comity match pairs | explain`: every line answered in its place, every fault named."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from comity.cli.main import build
from comity.errors import InputError

GOOD = "محمد العلوي\tMohamed Alaoui\n"


def run(*words: str, given: bytes | None = None) -> tuple[str, str, BaseException | None]:
    found = CliRunner().invoke(build("match"), ["match", *words], input=given)
    return found.stdout, found.stderr, found.exception


def test_order_and_further_columns_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "pairs.tsv"
    file.write_text(f"Jan Peeters\tPiet Peeters\tx\ty\n{GOOD}", encoding="utf-8")
    out, err, failed = run("pairs", str(file))
    rows = [line.split("\t") for line in out.splitlines()]
    assert [row[:-1] for row in rows] == [
        ["Jan Peeters", "Piet Peeters", "x", "y"],
        ["محمد العلوي", "Mohamed Alaoui"],
    ]
    assert float(rows[0][-1]) < 0.4 < 0.6 < float(rows[1][-1]) <= 1
    assert (err, failed) == ("", None)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (b"\xff\xfe\tAli\n", "match.encoding"),
        (b"A\0li\tAli\n", "match.binary"),
        (b"Ali\n", "match.columns"),
        (b"Ali\t  \n", "match.columns"),
        (b"\n", "match.columns"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_scored(bad: bytes, code: str) -> None:
    out, err, failed = run("pairs", "-", given=GOOD.encode() + bad + GOOD.encode())
    lines = out.splitlines()
    assert len(lines) == 3
    assert lines[0] == lines[2] != ""
    assert lines[1].endswith("\t")
    assert f"{code} line 2" in err
    assert isinstance(failed, InputError)
    assert (failed.code, failed.facts) == ("match.lines", {"faults": 1, "lines": 3})


def test_empty_input_and_missing_file(tmp_path: Path) -> None:
    assert getattr(run("pairs", "-", given=b"")[2], "code", "") == "match.empty"
    assert getattr(run("pairs", str(tmp_path / "none"))[2], "code", "") == "match.file"


def test_the_order_mark_of_a_file_is_not_a_letter() -> None:
    marked = run("pairs", "-", given=b"\xef\xbb\xbf" + GOOD.encode())[0]
    assert marked == run("pairs", "-", given=GOOD.encode())[0]


def test_explain() -> None:
    out, _, failed = run("explain", "Rachid El Amrani", "رشيد العمراني", "--json")
    assert failed is None, sys.exc_info()
    found = json.loads(out)
    assert found["matcher"] == "matcher_v1"
    assert 0.6 < found["probability"] <= found["ceiling"]
    assert found["figures"]["parts_matched"] == 2
    given, family = found["parts"][0]
    assert (given["text"], given["roles"], given["sureness"], given["sex"]) == (
        "Rachid",
        ["given"],
        "sure",
        "M",
    )
    assert (family["roles"], family["because"], family["particle"]) == (["family"], "particle", "el")
    assert [part["text"] for part in found["parts"][1]] == ["رشيد", "العمراني"]
    told = run("explain", "Mohamed Hassan", "Ali Hassan")[0]
    assert "Hassan\u2069: family or given, unknown (order)" in told
    assert getattr(run("explain", "123", "Ali")[2], "code", "") == "match.insufficient"


def test_two_records_are_explained_feature_by_feature() -> None:
    first = {"given": "Rachid", "family": "El Amrani", "dob": "1981-04-12", "pob": "Nador", "sex": "M"}
    second = {"given": "رشيد", "family": "العمراني", "dob": "1981-12-04", "pob": "الناظور", "sex": "M"}
    lines = f"{json.dumps(first)}\n{json.dumps(second)}\n".encode()
    found = json.loads(run("explain", "-", "--json", given=lines)[0])
    agreements = {one["feature"]: one["agreement"] for one in found["reasons"]}
    assert (agreements["birth"], agreements["place"], agreements["sex"]) == ("swapped", "same", "same")
    assert found["probability"] > 0.9
    stranger = (
        f"{json.dumps(first)}\n{json.dumps({'given': 'Wim', 'family': 'Claes', 'dob': '1950'})}\n".encode()
    )
    assert json.loads(run("explain", "-", "--json", given=stranger)[0])["probability"] < 0.01
    for bad in (b"{}\n", b'{"x": 1}\n{}\n', b"{\n{\n", b'{"given": "A"}\n[]\n'):
        failed = run("explain", "-", given=bad)[2]
        assert isinstance(failed, InputError)
        assert failed.code in ("match.record", "match.insufficient")


@pytest.mark.parametrize("given", [b"Rach\xefd\tRachid\n", b"\xff\xfeR\x00\t\x00A\x00\n"])
def test_explain_refuses_what_is_no_text(given: bytes) -> None:
    _, _, failed = run("explain", "-", given=given)
    assert isinstance(failed, InputError)
    assert failed.code == "match.encoding"


def test_a_first_line_that_is_too_long_is_no_empty_file(tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    file.write_text("A" * 200_000 + "\n1\n", encoding="utf-8")
    _, _, failed = run("records", str(file), str(file), "--out", str(tmp_path / "links.csv"))
    assert isinstance(failed, InputError)
    assert failed.code == "match.header"


PERSONS = "id,given,family,dob,pob,sex,nat\n1,Rachid,El Amrani,1984-05-17,,M,MA\n"


def _two(tmp_path: Path, second: bytes) -> tuple[str, str, str]:
    (tmp_path / "a.csv").write_text(PERSONS, encoding="utf-8")
    (tmp_path / "b.csv").write_bytes(second)
    return str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), str(tmp_path / "links.csv")


def test_records_say_how_many_were_read_and_linked(tmp_path: Path) -> None:
    first, second, links = _two(tmp_path, PERSONS.encode())
    out, err, failed = run("records", first, second, "--out", links)
    assert (out, err, failed) == ("records in A: 1, in B: 1; links written: 1\n", "", None)


@pytest.mark.parametrize(("second", "code"), [(b"", "match.empty"), (b"name\nx\n", "match.header")])
def test_a_file_that_is_no_table_is_named(tmp_path: Path, second: bytes, code: str) -> None:
    *files, links = _two(tmp_path, second)
    failed = run("records", *files, "--out", links)[2]
    assert isinstance(failed, InputError)
    assert (failed.code, failed.facts) == (code, {"file": "B", "line": 1})


def test_a_row_that_cannot_be_read_is_explained(tmp_path: Path) -> None:
    *files, links = _two(tmp_path, PERSONS.encode() + b"2,Ren\xe9,Dupont,,,,\n")
    _, err, _ = run("records", *files, "--out", links)
    assert err == "match.encoding B line 3: The line is not written in UTF-8.\n"


def test_links_that_cannot_be_written_are_no_file_that_cannot_be_read(tmp_path: Path) -> None:
    first, second, _ = _two(tmp_path, PERSONS.encode())
    failed = run("records", first, second, "--out", str(tmp_path / "no" / "links.csv"))[2]
    assert getattr(failed, "code", "") == "file.write"
