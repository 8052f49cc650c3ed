"""Opens a node: configuration, keys, database."""

from __future__ import annotations

from pathlib import Path

from comity.config import Config, load_config
from comity.core.crypto.derive import Label
from comity.errors import NodeError
from comity.services.context import Node
from comity.services.custody.holder import ephemeral_keys, running_keys
from comity.services.custody.unlock import unlock_key
from comity.storage.opening import open_database, reachable
from comity.transport.keyagent import SocketKeys

RESTORING = "restoring"
"""Mark in a home whose restore is not complete."""


def open_node(home: Path, *, alias: str = "default") -> Node:
    """Open the node of a home.

    While the node runs, its keys process is used and nobody is asked for the unlock key; otherwise one is started
    for the life of this process.

    Args:
        home: its folder.
        alias: of the database connection in this process.

    Raises:
        InputError: ``config.*``, ``unlock.*``.
        NodeError: ``unlock.none``, ``vault.*``, ``database.*``, ``restore.unfinished``.
    """
    config = load_config(home)
    if (config.home / RESTORING).exists():
        raise NodeError("restore.unfinished")
    keys = running_keys(config) or ephemeral_keys(config, unlock_key(config))
    return open_with(config, keys, alias)


def open_with(config: Config, keys: SocketKeys, alias: str) -> Node:
    """Open the database of a node whose keys are at hand.

    Raises:
        InputError: ``config.dsn``, ``config.password``.
        NodeError: ``database.*``.
    """
    open_database(config, alias, keys.derived(Label.DATABASE), keys.derived(Label.FIELDS))
    reachable(alias)
    return Node(service=config.service, alias=alias, config=config, keys=keys)
