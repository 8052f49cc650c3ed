"""Submits messages to the partner and notes each identifier it was given in a journal of its own.

``python -m tests.processes.writer --agreement HASH --journal FILE --count N --seed S`` on the home of `COMITY_HOME`. The
journal is forced to disk after each submission; it may be killed anywhere and started again. Among the messages it tells, corrects,
restricts and recalls information (`tests.processes.spoken`), noted beside the journal.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from pathlib import Path

from tests.processes.effect import KIND

from comity.services.custody import open_node

THREADS = 20
PAUSE_SECONDS = 0.25


def main() -> None:
    """Submit slowly until told to stop, then as fast as it goes until the journal holds enough."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--agreement", required=True)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--stop", type=Path, required=True)
    chosen = parser.parse_args()
    node = open_node(Path(os.environ["COMITY_HOME"]))
    from comity.core.codes.exchange import Act, Purpose, Regime
    from comity.services.context import SYSTEM
    from comity.services.exchange.submit import Outgoing, submit_many
    from comity.services.partners.directory import all_partners

    partner = all_partners(node)[0].service
    from tests.processes.spoken import Speaker

    noted = chosen.journal.read_text().count("\n") if chosen.journal.exists() else 0
    draw = random.Random(chosen.seed + noted)
    speaker = Speaker(node, chosen.agreement, chosen.journal.with_suffix(".spoken"), draw)
    with chosen.journal.open("a") as journal:
        while not (hurry := chosen.stop.exists()) or noted < chosen.count:
            size = draw.randint(1, 10)
            messages = [
                Outgoing(
                    partner,
                    Regime.POLICE,
                    KIND,
                    Act.INFORM,
                    {"text": "x" * draw.randint(0, 2000)},
                    agreement=chosen.agreement,
                    purpose=Purpose.DRUGS,
                    thread=f"thread-{draw.randrange(THREADS)}",
                )
                for _ in range(size)
            ]
            identifiers = submit_many(node, messages, SYSTEM)
            journal.writelines(f"{identifier}\n" for identifier in identifiers)
            journal.flush()
            os.fsync(journal.fileno())
            noted += size
            if not hurry:
                speaker.act()
                time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main()
