"""Tells whoever follows a subject that it was restricted, given free or erased by decision; in the same transaction.

Recipients of what was released of it are owed a notice (LED Art. 16(5)-(6)); the register knows nothing of cases.
"""

from __future__ import annotations

from collections.abc import Callable

from comity.core.register.subject import Subject, SubjectState
from comity.services.context import Actor, Node

Follower = Callable[[Node, Actor, str, SubjectState], None]
"""Given the node, who decided, the subject's identifier and its new state."""

Watcher = Callable[[Node, str, Subject | None], None]
"""Given the node, the subject's identifier and its new content, None when it was erased."""

_watchers: list[Watcher] = []
_followers: list[Follower] = []


def follow(function: Follower) -> Follower:
    """Register a function that is told; it runs in the deciding transaction and changes nothing but the database."""
    if function not in _followers:
        _followers.append(function)
    return function


def tell_followers(node: Node, actor: Actor, uid: str, state: SubjectState) -> None:
    """Tell every follower of a subject's new state, in the running transaction."""
    for function in _followers:
        function(node, actor, uid, state)


def watch(function: Watcher) -> Watcher:
    """Register a function that is told of every new version of a subject, whoever or whatever made it; see `follow`."""
    if function not in _watchers:
        _watchers.append(function)
    return function


def tell_watchers(node: Node, uid: str, subject: Subject | None) -> None:
    """Tell every watcher of a subject's new content, in the running transaction."""
    for function in _watchers:
        function(node, uid, subject)
