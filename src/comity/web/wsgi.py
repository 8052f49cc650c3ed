"""The desk and the REST interface as one WSGI application: ``comity.web.wsgi:application``.

The home is named by `COMITY_HOME`; the unlock key comes the way the node's custody knows, never from here.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.core.handlers.wsgi import WSGIHandler

from comity.errors import NodeError


def open_desk() -> WSGIHandler:
    """Open the node of the home and return the application that serves it.

    Raises:
        NodeError: ``desk.home`` when no home is named; whatever opening the node raises.
    """
    home = os.environ.get("COMITY_HOME")
    if not home:
        raise NodeError("desk.home")
    from comity.services import wiring
    from comity.services.custody import open_node
    from comity.services.journal import log_json

    log_json("desk")
    node = open_node(Path(home))
    wiring.connect()
    from comity.services.partners.ways import http_channels
    from comity.services.serving import serve

    serve(node, http_channels(node))
    return WSGIHandler()


application = open_desk()
