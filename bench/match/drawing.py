"""Pictures as SVG: a few lines in a square, without a library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

COLOURS = ("#0b3d91", "#b5460f", "#2a7f3f", "#7a3e9d", "#8a6d00", "#00707a", "#a3195b", "#555555")
SIDE, LEFT, TOP = 360, 56, 44


@dataclass(frozen=True, slots=True)
class Line:
    """A named line through points (x, y) between 0 and 1; the first of a picture is drawn thickest."""

    name: str
    points: Sequence[tuple[float, float]]
    marked: bool = False


def draw(
    path: Path, title: str, across: str, upwards: str, lines: Sequence[Line], diagonal: bool = False
) -> None:
    """Write a picture of lines in the unit square.

    Args:
        path: file to write.
        title: first line of the picture, also its text for those who cannot see it.
        across: what the horizontal axis tells.
        upwards: what the vertical axis tells.
        lines: what is drawn, the most important first.
        diagonal: draw the line on which what is told is what is true.
    """
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE + LEFT + 250} {SIDE + TOP + 50}" '
        f'font-family="sans-serif" font-size="12" role="img"><title>{escape(title)}</title>',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{LEFT}" y="24" font-size="15" font-weight="bold">{escape(title)}</text>',
    ]
    for step in range(6):
        value = step / 5
        x, y = _place(value, value)
        out.append(f'<path d="M{LEFT} {y:.1f}h{SIDE}M{x:.1f} {TOP}v{SIDE}" stroke="#ddd" fill="none"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:.1f}</text>')
        out.append(f'<text x="{x:.1f}" y="{TOP + SIDE + 17}" text-anchor="middle">{value:.1f}</text>')
    middle = TOP + SIDE / 2
    out.append(
        f'<text x="{LEFT + SIDE / 2}" y="{TOP + SIDE + 36}" text-anchor="middle">{escape(across)}</text>'
    )
    out.append(
        f'<text x="16" y="{middle}" text-anchor="middle" transform="rotate(-90 16 {middle})">{escape(upwards)}</text>'
    )
    if diagonal:
        out.append(
            f'<path d="M{LEFT} {TOP + SIDE}L{LEFT + SIDE} {TOP}" stroke="#999" stroke-dasharray="4 4"/>'
        )
    for number in reversed(range(len(lines))):
        out += _line(number, lines[number])
    path.write_text("\n".join([*out, "</svg>"]) + "\n", encoding="utf-8")


def _line(number: int, line: Line) -> list[str]:
    colour = COLOURS[number % len(COLOURS)]
    dashes = "" if number < len(COLOURS) // 2 else ' stroke-dasharray="6 3"'
    places = [_place(*point) for point in line.points]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    width = 3 if not number else 1.6
    out = (
        [f'<path d="M{path}" stroke="{colour}" stroke-width="{width}" fill="none"{dashes}/>']
        if places
        else []
    )
    if line.marked:
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
    x, y = LEFT + SIDE + 16, TOP + 12 + 20 * number
    out.append(f'<path d="M{x} {y - 4}h22" stroke="{colour}" stroke-width="{width}"{dashes}/>')
    out.append(f'<text x="{x + 28}" y="{y}">{escape(line.name)}</text>')
    return out


def _place(x: float, y: float) -> tuple[float, float]:
    return LEFT + SIDE * x, TOP + SIDE * (1 - y)
