"""Errors, by who is at fault; each has a stable code and carries no personal data.

A "no" of the policy and a miss of a probe are values, not exceptions. Bugs stay ValueError, TypeError,
RuntimeError. The sentences for each code, in four languages, stand in `comity/sentences/*.toml`.
"""

from __future__ import annotations

from typing import ClassVar

Fact = str | int


class ComityError(Exception):
    """Root of the tree; raise one of its children.

    Args:
        code: stable dotted code, e.g. ``envelope.signature``; has an entry in `comity/sentences`.
        facts: named values that help whoever must act (a limit, a line, a key id); never personal data.
    """

    fault: ClassVar[str] = "node"

    def __init__(self, code: str, **facts: Fact) -> None:
        self.code = code
        self.facts: dict[str, Fact] = facts
        shown = " ".join(f"{name}={value}" for name, value in facts.items())
        super().__init__(f"{code} {shown}".strip())


class PeerError(ComityError):
    """What the other node sent is wrong."""

    fault = "peer"


class InputError(ComityError):
    """What a user, an operator or an imported file gave us is wrong."""

    fault = "input"


class Refused(ComityError):
    """The agreement, the law or the roles say no."""

    fault = "rule"


class DeliveryError(ComityError):
    """The way to the partner is broken.

    Args:
        retryable: whether the same bytes may succeed later.
    """

    fault = "way"

    def __init__(self, code: str, *, retryable: bool, **facts: Fact) -> None:
        super().__init__(code, **facts)
        self.retryable = retryable


class NodeError(ComityError):
    """This node is broken or wrongly configured."""

    fault = "node"
