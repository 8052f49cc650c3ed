"""Connects the private search to messages and calls, by importing what handles them."""

from __future__ import annotations

from comity.services.probe.answer import answer
from comity.services.probe.replica import announced, serve

__all__ = ["announced", "answer", "serve"]
