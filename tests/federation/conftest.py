"""The world of two nodes, and the kinds of message that the tests exchange."""

from __future__ import annotations

import pytest
from tests.federation import effects
from tests.federation.world import World, make_world

from comity.core.codes.exchange import Act
from comity.errors import PeerError
from comity.services.context import Node
from comity.services.exchange.handlers import Message, handler

ANY = frozenset(Act)
DATABASES = ["be", "ma", "third"]


@handler("test.note", ANY)
def note(node: Node, message: Message) -> None:
    effects.write(node, message)


@handler("test.timed", ANY)
def timed(node: Node, message: Message) -> None:
    effects.write(node, message)


@handler("test.poison", ANY)
def poison(node: Node, message: Message) -> None:
    effects.write(node, message)
    raise KeyError("a bug of ours")


@handler("test.breaking", ANY)
def breaking(node: Node, message: Message) -> None:
    effects.write(node, message)
    effects.write(node, message)


@handler("test.refusing", ANY)
def refusing(node: Node, message: Message) -> None:
    effects.write(node, message)
    raise PeerError("test.refused")


@pytest.fixture
def world(db: None) -> World:
    return make_world()
