"""What one request told and cost: answer, headers, statements, bytes of statements, sealed values opened. No time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from comity.storage.fields import SealedField

PLACE = "THREAD"
_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')


@dataclass(frozen=True)
class Seen:
    """All that whoever asked can see or count of one request."""

    status: int
    headers: tuple[tuple[str, str], ...]
    cookies: tuple[str, ...]
    body: str
    statements: int
    statement_bytes: int
    opened: tuple[int, ...]


@contextmanager
def _opened() -> Iterator[list[int]]:
    """Count the bytes of the sealed values that are opened."""
    sizes: list[int] = []
    honest = SealedField.from_db_value

    def counting(field: Any, value: Any, expression: Any, connection: Any) -> Any:
        if value is not None:
            sizes.append(len(value))
        return honest(field, value, expression, connection)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SealedField, "from_db_value", counting)
        yield sizes


def seen(client: Client, method: str, address: str, thread: str, body: Any = None, **more: Any) -> Seen:
    """Make one request on a thread and return what it told and cost, the thread's name replaced by a word."""
    with _opened() as opened, CaptureQueriesContext(connections["default"]) as queries:
        answer = getattr(client, method)(address.format(thread=thread), body, **more)
        content = answer.getvalue().decode()
    text = content.replace(thread, PLACE).replace(f"{thread[-8:-4]}-{thread[-4:]}", PLACE)
    headers = {name: value.replace(thread, PLACE) for name, value in answer.headers.items()}
    # Statements are as long as the names in them; all names of threads have one length.
    statements = [each["sql"] for each in queries.captured_queries]
    return Seen(
        answer.status_code,
        tuple(sorted(headers.items())),
        tuple(sorted(answer.cookies)),
        _CSRF.sub("", text),
        len(statements),
        sum(map(len, statements)),
        tuple(opened),
    )
