"""The subject of a search comes by prompt, standard input or file; never as an argument."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from comity.cli.probe import app, parse_subject
from comity.core.probe.query import read_query
from comity.errors import InputError


def test_json_and_lines_say_the_same() -> None:
    subject = {"given": "Zoulikha", "family": "Bourgheda", "dob": "1981-05-17"}
    lines = "given=Zoulikha\n\nfamily=Bourgheda\ndob = 1981-05-17\n"
    assert read_query(parse_subject(json.dumps(subject))) == read_query(parse_subject(lines))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "probe.subject-malformed"),
        ("{}[]", "probe.subject-malformed"),
        ("given", "probe.subject-unknown-column"),
        ("given=A\ngiven=B", "probe.subject-unknown-column"),
        ("shoe_size=44", "probe.subject-unknown-column"),
        ('{"given": ["A"]}', "probe.subject-malformed"),
        ('{"shoe_size": "44"}', "probe.subject-unknown-column"),
        ("sex=F", "probe.subject-empty"),
        ("family=A\ndob=17/05/1981", "probe.subject-date"),
        ("family=A\ndob=1981-13-01", "probe.subject-date"),
    ],
)
def test_what_cannot_be_read_is_refused_and_not_repeated(text: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        read_query(parse_subject(text))
    assert refused.value.code == code
    assert "44" not in str(refused.value)
    assert "1981" not in str(refused.value)


def test_no_option_takes_the_subject() -> None:
    shown = CliRunner().invoke(app, ["probe", "--help"], env={"COLUMNS": "200"}).output
    assert "--file" in shown
    for word in ("--given", "--family", "--dob", "--document", "--name"):
        assert word not in shown
