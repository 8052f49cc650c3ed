"""A node's partner endpoint that also takes test messages."""

from __future__ import annotations

from tests.processes import effect

from comity.node import wsgi

effect.register()
application = wsgi.application
