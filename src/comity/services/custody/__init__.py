"""Who holds the keys: creating a node, unlocking it, opening it."""

from comity.services.custody.create import NewNode, create_node
from comity.services.custody.opening import open_node

__all__ = ["NewNode", "create_node", "open_node"]
