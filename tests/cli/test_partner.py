"""`comity partner add`: a card that cannot be read is nothing that the node tries again."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from comity.cli import partner as command
from comity.cli.main import build
from comity.errors import DeliveryError
from comity.services.partners import add

WAYS = [
    ("delivery.unreachable", True, "partner.card-unreachable"),
    ("delivery.plain", False, "delivery.plain"),
]


@pytest.mark.parametrize(("code", "retryable", "told"), WAYS)
def test_an_address_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, code: str, retryable: bool, told: str
) -> None:
    def fails(*_: object) -> bytes:
        raise DeliveryError(code, retryable=retryable)

    monkeypatch.setattr(command, "opened", lambda _: SimpleNamespace(config=None))
    monkeypatch.setattr(add, "fetch_card", fails)
    words = ["partner", "add", "--home", ".", "https://partner.example:8443"]
    failed = CliRunner().invoke(build("partner"), words).exception
    assert isinstance(failed, DeliveryError)
    assert failed.code == told
    assert failed.facts == ({"reason": code} if told != code else {})
