"""The partner endpoint of the home that `COMITY_HOME` names: ``comity.node.wsgi:application``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from comity.errors import NodeError
from comity.services.journal import log_json


def open_endpoint() -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """Open the node of the home and return its application.

    Raises:
        NodeError: ``node.home`` when no home is named; whatever opening the node raises.
    """
    home = os.environ.get("COMITY_HOME")
    if not home:
        raise NodeError("node.home")
    log_json("partner")
    from comity.services import wiring
    from comity.services.custody import open_node

    node = open_node(Path(home))
    wiring.connect()
    from comity.node.app import make_app

    return make_app(node)


application = open_endpoint()
