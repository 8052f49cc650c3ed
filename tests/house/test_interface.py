"""The published description of the REST interface says what each operation does and who may use it."""

from __future__ import annotations

import json

from tests.house import sources

PUBLISHED = sources.ROOT / "docs" / "openapi.json"


def test_every_operation_is_described_and_guarded() -> None:
    paths = json.loads(PUBLISHED.read_text(encoding="utf-8"))["paths"]
    operations = {
        (path, verb): operation
        for path, verbs in paths.items()
        for verb, operation in verbs.items()
        if verb in ("get", "post", "put", "patch", "delete")
    }
    assert len(operations) > 5
    assert [where for where, operation in operations.items() if not operation.get("summary")] == []
    assert [where for where, operation in operations.items() if not operation.get("security")] == []
