"""Lists at the console: headings, columns as wide as what they hold, right for Arabic text too."""

from __future__ import annotations

import json

import pytest
from rich.cells import cell_len

from comity.cli.main import tell
from comity.cli.show import emit, fields, plain, table
from comity.core.faults import Faults
from comity.errors import InputError
from comity.web.answers import released


def test_columns_are_as_wide_as_the_widest_value() -> None:
    lines = table(("name", "n"), [("Antwerpen", 1), ("Fes", None)], none="nothing")
    assert lines == ["name       n", "Antwerpen  1", "Fes        -"]


def test_a_list_without_rows_says_so() -> None:
    assert table(("name",), [], none="nothing waits") == ["nothing waits"]


def test_arabic_values_take_the_room_that_they_show_and_stand_isolated() -> None:
    lines = table(("name", "n"), [("يُوسُف", 1), ("Youssef", 2), ("漢字", 3)], none="")
    assert {cell_len(line) for line in lines} == {10}
    assert "\u2068يُوسُف\u2069" in lines[1]
    assert "\u2068" not in lines[2]


def test_what_is_foreign_cannot_reorder_or_break_the_lines() -> None:
    [_, line] = table(("name", "n"), [("a\u202eb\nc\x1b[31m", 1)], none="")
    assert line == "ab c[31m  1"


HOSTILE = (
    "Which one?\x1b[2J\x9b31m\rto do      comity case consent\nto do\u2028to do\u202egnol\u2069 \u2067open"
)
"""Words of a partner that clear the screen, forge lines of the node and turn the direction of what follows."""


def test_what_a_partner_wrote_cannot_command_the_terminal_nor_forge_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    emit(None, [f"said  {HOSTILE}", "end"], False)
    lines = capsys.readouterr().out.split("\n")
    assert lines[0] == "said  Which one?\ufffd[2J\ufffd31m"
    assert [line.startswith("    | to do") for line in lines[1:4]] == [True] * 3
    assert lines[3] == "    | to do\ufffdgnol \u2067open\u2069"
    assert lines[4:] == ["end", ""]


def test_isolates_of_our_own_and_arabic_letters_are_shown_as_they_stand() -> None:
    line = "name: \u2068سلمى\u2069\t(given); هُدى"
    assert plain(line) == line


def test_a_document_keeps_every_value_and_obeys_none(capsys: pytest.CaptureFixture[str]) -> None:
    emit({"words": HOSTILE, "name": "هُدى"}, [], True)
    text = capsys.readouterr().out
    assert json.loads(text) == {"words": HOSTILE, "name": "هُدى"}
    assert text.endswith("}\n")
    assert not {"\x1b", "\x9b", "\r", "\u202e", "\u2067", "\u2069"} & set(text)


def test_a_refusal_prints_no_fact_raw(capsys: pytest.CaptureFixture[str]) -> None:
    tell(InputError("case.text", field="a\x1b[2J\nb"), as_json=False)
    assert capsys.readouterr().err.startswith("case.text: ")
    tell(InputError("case.text", field="a\x1b[2J\nb\x9b"), as_json=False)
    assert not {"\x1b", "\x9b"} & set(capsys.readouterr().err)


def test_a_refusal_names_each_field_once(capsys: pytest.CaptureFixture[str]) -> None:
    tell(Faults(("case", "facts"), {"offence": "too long"}).error("case.request-field"), as_json=False)
    said = capsys.readouterr().err
    assert [said.count(name) for name in ("case,", "facts", "offence")] == [1, 1, 1]
    tell(InputError("case.request-field", field="by", reason="PT8H or P3D"), as_json=False)
    assert "by" in capsys.readouterr().err.partition("(")[2]


def test_values_stand_in_one_order_before_and_after_they_travelled() -> None:
    left = {"fields": {"names": [{"text": "Samir", "role": "given", "script": "Latn", "language": "fr"}]}}
    came = json.loads(json.dumps(left, sort_keys=True))
    assert list(came["fields"]["names"][0]) != list(left["fields"]["names"][0])
    assert fields(left) == fields(came) == ["  names              ~ Samir, fr, given, Latn [assessment]"]
    assert released.fields(left) == released.fields(came)
