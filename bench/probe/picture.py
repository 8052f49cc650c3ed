"""The picture of the private search: how long searches take, and what building costs by size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

WIDE, HIGH, LEFT, TOP = 320, 220, 60, 50
BARS = 40


def draw(path: Path, taken_ms: Sequence[float], builds: Mapping[str, Mapping[str, Any]]) -> None:
    """Write both pictures side by side as one SVG.

    Args:
        path: file to write.
        taken_ms: of each search, milliseconds.
        builds: of each size, persons as text, what `bench.probe` wrote.
    """
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * (WIDE + LEFT) + 60} {HIGH + TOP + 60}" '
        'font-family="sans-serif" font-size="12" role="img"><title>Private search: latency and build</title>',
        '<rect width="100%" height="100%" fill="white"/>',
        *_latency(taken_ms),
        *_builds(builds),
        "</svg>",
    ]
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")


def _latency(taken_ms: Sequence[float]) -> list[str]:
    most = 1.05 * max(taken_ms)
    counts = [0] * BARS
    for each in taken_ms:
        counts[min(BARS - 1, int(each / most * BARS))] += 1
    title = f"Milliseconds of a search, {len(taken_ms)} searches, one asker"
    out, top = _frame(0, title), max(counts)
    for place, count in enumerate(counts):
        high = HIGH * count / top
        x, y = LEFT + WIDE * place / BARS, TOP + HIGH - high
        out.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{WIDE / BARS - 1:.1f}" height="{high:.1f}" fill="#0b3d91"/>'
        )
    for step in range(5):
        x = LEFT + WIDE * step / 4
        out.append(
            f'<text x="{x:.1f}" y="{TOP + HIGH + 18}" text-anchor="middle">{most * step / 4:.0f}</text>'
        )
    return out


def _builds(builds: Mapping[str, Mapping[str, Any]]) -> list[str]:
    offset = LEFT + WIDE + 40
    out = _frame(offset, "Seconds to build an index, by persons")
    sizes = [(int(size), float(each["build_s"])) for size, each in builds.items()]
    low, high = math.floor(math.log10(min(s for s, _ in sizes))), 7
    most = max(1, math.ceil(math.log10(max(2, *(seconds for _, seconds in sizes)))))
    places = [
        (
            offset + LEFT + WIDE * (math.log10(size) - low) / (high - low),
            TOP + HIGH - HIGH * max(0.0, math.log10(max(1, seconds))) / most,
        )
        for size, seconds in sizes
    ]
    if len(places) > 1:
        line = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        out.append(f'<path d="M{line}" stroke="#0b3d91" stroke-width="2" fill="none"/>')
    out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#0b3d91"/>' for x, y in places]
    out += [
        f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="middle">{seconds:g} s</text>'
        for (x, y), (_, seconds) in zip(places, sizes, strict=True)
    ]
    for power in range(low, high + 1):
        x = offset + LEFT + WIDE * (power - low) / (high - low)
        out.append(f'<text x="{x:.1f}" y="{TOP + HIGH + 18}" text-anchor="middle">{10**power:,}</text>')
    return out


def _frame(offset: int, title: str) -> list[str]:
    x = offset + LEFT
    return [
        f'<text x="{x}" y="28" font-size="13" font-weight="bold">{escape(title)}</text>',
        f'<path d="M{x} {TOP}v{HIGH}h{WIDE}" stroke="#555" fill="none"/>',
    ]
