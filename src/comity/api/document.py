"""Writes the OpenAPI document: ``python -m comity.api.document > docs/openapi.json``."""

from __future__ import annotations

import json
import os
import sys


def document() -> str:
    """Return the OpenAPI document as JSON text with sorted keys."""
    from comity.api import urls
    from comity.api.interface import interface

    schema = interface.get_openapi_schema(path_prefix="/api/1/")
    return (
        json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False, default=str) + "\n" if urls else ""
    )


def main() -> None:
    """Write the document to standard output."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "comity.settings")
    import django

    django.setup()
    sys.stdout.write(document())


if __name__ == "__main__":
    main()
