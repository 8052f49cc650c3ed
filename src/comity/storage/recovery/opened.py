"""Everything that a database holds, sealed fields opened: what a search of the disk with the node's keys would find."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import models

STEP = 500


def every_value(alias: str) -> Iterator[bytes]:
    """Yield ``Model.field=`` and each value of every row of every table; reads the whole database.

    Texts are UTF-8; what is kept as JSON is opened to text with its letters readable.
    """
    for model in apps.get_models():
        yield from _rows(alias, model)


def _rows(alias: str, model: type[models.Model]) -> Iterator[bytes]:
    fields = model._meta.concrete_fields
    for row in model._default_manager.using(alias).iterator(STEP):
        for field in fields:
            value = getattr(row, field.attname)
            octets = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
            yield f"{model.__name__}.{field.name}=".encode() + octets + b"\n"
