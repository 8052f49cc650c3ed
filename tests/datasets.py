"""Public lists and development data that tests read when they are at hand; none of it is part of the project.

The folder is that of `COMITY_TEST_DATA`, or `shared/data` beside the project. Tests that need it are skipped, and say
so, where it is missing.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(os.environ.get("COMITY_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
