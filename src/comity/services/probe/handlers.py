"""Connects the private search to messages and calls, by importing what handles them."""

from __future__ import annotations

from comity.services.probe.answer import answer
from comity.services.probe.layers.recalled import recall_hidden, tell_more
from comity.services.probe.replica import announced, serve
from comity.services.probe.upkeep import erase_references_again, erase_searches_again

__all__ = [
    "announced",
    "answer",
    "erase_references_again",
    "erase_searches_again",
    "recall_hidden",
    "serve",
    "tell_more",
]
