"""Writes the held-back fifth of the development pairs and what the refitted matcher makes of them.

Run in the peers' environment, which has LightGBM: ``python -m bench.match.held NAMES_FOLDER WORK_FOLDER``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench import fit_names, names


def main() -> None:
    """Write SET.tsv (name, name, label) and SET.comity (a probability a line) for each set."""
    folder, work = Path(sys.argv[1]), Path(sys.argv[2])
    rows = names.read(folder)
    found = names.refitted(rows, folder)
    for name in fit_names.SETS:
        kept = [place for place, row in enumerate(rows) if row[3] == name and not names.kept(row[0])]
        pairs = "".join(
            "\t".join((rows[place][0], rows[place][1], str(rows[place][2]))) + "\n" for place in kept
        )
        (work / f"{name}.tsv").write_text(pairs, encoding="utf-8")
        (work / f"{name}.comity").write_text("".join(f"{found[place]:.6f}\n" for place in kept))


if __name__ == "__main__":
    main()
