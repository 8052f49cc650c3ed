"""Connects the private search to messages and calls, by importing what handles them."""

from __future__ import annotations

from comity.services.probe.answering.one import answer
from comity.services.probe.answering.together import answer_together
from comity.services.probe.layers.recalled import recall_hidden, tell_more
from comity.services.probe.replica import announced, serve
from comity.services.probe.standing.keep import end_again
from comity.services.probe.upkeep import erase_references_again, erase_searches_again

__all__ = [
    "announced",
    "answer",
    "answer_together",
    "end_again",
    "erase_references_again",
    "erase_searches_again",
    "recall_hidden",
    "serve",
    "tell_more",
]
