"""Sessions whose content is sealed: they hold a second factor's secret while it is being set up."""

from __future__ import annotations

import json
import secrets
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import DEFAULT_DB_ALIAS

from comity.core.crypto.cell import NONCE_BYTES, open_cell, seal_cell
from comity.core.crypto.encoding import from_text, to_text
from comity.errors import ComityError
from comity.storage.fields import field_key

_CONTEXT = "django_session.session_data"


class SessionStore(DatabaseStore):
    """Django's database sessions, with AES-256-GCM under the node's field key."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Return the sealed form of a session."""
        plain = json.dumps(session_dict, separators=(",", ":")).encode()
        return to_text(
            seal_cell(field_key(DEFAULT_DB_ALIAS), _CONTEXT, plain, secrets.token_bytes(NONCE_BYTES))
        )

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Return the session; an altered one is empty, so that its bearer is signed out."""
        try:
            plain = open_cell(field_key(DEFAULT_DB_ALIAS), _CONTEXT, from_text(str(session_data)))
        except ComityError:
            return {}
        found: dict[str, Any] = json.loads(plain)
        return found
