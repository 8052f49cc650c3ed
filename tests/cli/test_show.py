"""Lists at the console: headings, columns as wide as what they hold, right for Arabic text too."""

from __future__ import annotations

from rich.cells import cell_len

from comity.cli.show import table


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
