"""The partner endpoint of the node whose home ``COMITY_HOME`` names, for a WSGI server."""

from __future__ import annotations

import os
from pathlib import Path

from comity.services import wiring
from comity.services.custody import open_node
from comity.services.journal import log_json

log_json("partner")
node = open_node(Path(os.environ["COMITY_HOME"]))
wiring.connect()

from comity.node.app import make_app  # noqa: E402 - the models need the database set up

application = make_app(node)
