"""Enrol officers, give and take roles, disable, reset the second factor; each with its internal evidence.

The evidence names an account by its number; the user names of the account and of whoever acted stand only in the
committed bytes, whose salt can be destroyed. What is withdrawn or changed also has a line in the journal, so that a
restore does not bring it back.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError

from comity.core import canonical
from comity.core.codes.exchange import Regime
from comity.core.codes.marks import Role
from comity.core.evidence.event import Event, Internal
from comity.core.faults import named
from comity.core.instant import Instant
from comity.errors import InputError, Refused
from comity.services.context import Actor, ActorKind, Node
from comity.services.custody import withdrawn
from comity.services.erasures import journal_opened
from comity.services.evidence.record import record
from comity.services.people import actors
from comity.storage import people
from comity.storage.models.people import LANGUAGES, Officer
from comity.storage.transaction import atomic

FIRST_PASSWORD_BYTES = 15
PASSWORD_MIN_LENGTH = 12
"""NIST SP 800-63B-4 asks for 15 without and 8 with a second factor; the second factor is enforced here."""

_NAME = re.compile(r"^[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]$")
_VALIDATORS: list[password_validation.PasswordValidator] = [
    password_validation.MinimumLengthValidator(PASSWORD_MIN_LENGTH),
    password_validation.CommonPasswordValidator(),
    password_validation.UserAttributeSimilarityValidator(("username",)),
]


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A new account: user name, first password, roles, language (en, fr, nl, ar)."""

    name: str
    password: str
    roles: frozenset[tuple[Regime, Role]]
    language: str = "en"
    demo: bool = False


@dataclass(frozen=True, slots=True)
class AccountView:
    """What administration shows of an account.

    Args:
        second_factor: an authenticator or a security key is set up.
        security_keys: how many.
        last_sign_in: None when the officer never signed in.
        password_given: the officer still has to replace the password that an administrator gave.
    """

    name: str
    active: bool
    language: str
    roles: tuple[str, ...]
    second_factor: bool
    demo: bool
    security_keys: int
    last_sign_in: Instant | None
    password_given: bool


def first_password(node: Node) -> str:
    """Return a password for a new account: 120 random bits, in groups that can be read aloud."""
    text = base64.b32encode(node.random(FIRST_PASSWORD_BYTES)).decode().lower()
    return "-".join(text[place : place + 4] for place in range(0, len(text), 4))


def parse_roles(node: Node, texts: Iterable[str]) -> frozenset[tuple[Regime, Role]]:
    """Read roles written ``regime:role``; the regime may be left out where the node has only one.

    Raises:
        InputError: ``officer.role``.
    """
    known = {(regime.value, role.value): (regime, role) for regime in node.config.regimes for role in Role}
    found = set()
    for text in texts:
        regime, _, role = text.rpartition(":")
        if not regime and len(node.config.regimes) == 1:
            regime = node.config.regimes[0].value
        pair = known.get((regime, role))
        if pair is None:
            raise InputError("officer.role", allowed=named(":".join(each) for each in known))
        found.add(pair)
    return frozenset(found)


def enrol(node: Node, actor: Actor, enrolment: Enrolment) -> Officer:
    """Create an account; it must enrol a second factor at its first sign-in.

    A password that an administrator gave at the desk is replaced first, so that nobody else knows it; whoever has the
    console needs no password (docs/threat-model.md).

    Raises:
        Refused: ``actor.role``, ``officer.demo`` (a demo account outside a demonstration).
        InputError: ``officer.name``, ``officer.exists``, ``officer.language``, ``officer.password``.
    """
    actors.require_administrator(actor)
    if enrolment.demo and not node.config.demo:
        raise Refused("officer.demo")
    if not _NAME.fullmatch(enrolment.name):
        raise InputError("officer.name")
    if enrolment.language not in dict(LANGUAGES):
        raise InputError("officer.language", allowed=named(dict(LANGUAGES)))
    account = Officer(username=enrolment.name, language=enrolment.language, demo=enrolment.demo)
    account.created_at = node.clock()
    account.password_given = actor.kind is ActorKind.OFFICER
    _set_password(account, enrolment.password)
    with atomic(node.alias):
        if people.officer_named(node.alias, enrolment.name) is not None:
            raise InputError("officer.exists")
        people.save_officer(node.alias, account)
        people.replace_roles(node.alias, account, enrolment.roles)
        note(node, "officer.enrolled", account, actor, roles=actors.shown_roles(enrolment.roles))
    return account


def give_roles(node: Node, actor: Actor, name: str, roles: frozenset[tuple[Regime, Role]]) -> None:
    """Give an officer exactly these roles; effective at the next request.

    Raises:
        Refused: ``actor.role``, ``officer.self`` (nobody changes their own roles), ``officer.last-administrator``.
        InputError: ``officer.unknown``.
    """
    actors.require_administrator(actor)
    if actor.name == name:
        raise Refused("officer.self")
    with atomic(node.alias):
        people.lock_administrators(node.alias)
        account = actors.officer(node, name)
        if not any(role is Role.ADMINISTRATOR for _, role in roles):
            _require_administrator_besides(node, actor, name)
        withdrawn.journal_account(node, withdrawn.CHANGED, name)
        people.replace_roles(node.alias, account, roles)
        note(node, "officer.roles", account, actor, roles=actors.shown_roles(roles))


def disable(node: Node, actor: Actor, name: str) -> None:
    """Close an account; open sessions end at their next request.

    Raises:
        Refused: ``actor.role``, ``officer.last-administrator`` (the last one does not close the own account).
        InputError: ``officer.unknown``.
    """
    _switch(node, actor, name, active=False)


def enable(node: Node, actor: Actor, name: str) -> None:
    """Open a closed account again.

    Raises:
        Refused: ``actor.role``, ``officer.self``.
        InputError: ``officer.unknown``.
    """
    _switch(node, actor, name, active=True)


def _switch(node: Node, actor: Actor, name: str, *, active: bool) -> None:
    actors.require_administrator(actor)
    if active and actor.name == name:
        raise Refused("officer.self")
    with atomic(node.alias):
        people.lock_administrators(node.alias)
        account = actors.locked_officer(node, name)
        if active:
            journal_opened(node, withdrawn.OPENED, withdrawn.account_id(node, name))
        else:
            _require_administrator_besides(node, actor, name)
            withdrawn.journal_account(node, withdrawn.CLOSED, name)
        account.is_active = active
        account.session_epoch += 1
        people.save_officer(node.alias, account)
        note(node, "officer.enabled" if active else "officer.disabled", account, actor)


def _require_administrator_besides(node: Node, actor: Actor, name: str) -> None:
    """Refuse what would leave the desk without an administrator; the console may.

    In the running transaction, and before the line in the journal, which stays whatever becomes of the transaction.
    """
    if actor.kind is ActorKind.OFFICER and not people.has_open_administrator(node.alias, besides=name):
        raise Refused("officer.last-administrator")


def reset_second_factor(node: Node, actor: Actor, name: str) -> None:
    """Delete an officer's second factor and recovery codes and end its sessions; the next sign-in enrols new ones.

    Raises:
        Refused: ``actor.role``, ``officer.self``.
        InputError: ``officer.unknown``.
    """
    actors.require_administrator(actor)
    if actor.name == name:
        raise Refused("officer.self")
    with atomic(node.alias):
        account = actors.officer(node, name)
        withdrawn.journal_account(node, withdrawn.RESET, name)
        account.session_epoch += 1
        people.save_officer(node.alias, account)
        people.drop_second_factor(node.alias, account)
        note(node, "officer.second-factor-reset", account, actor)


def second_factor_changed(node: Node, actor: Actor, account: Officer, change: Callable[[], object]) -> None:
    """Run a change of an officer's own second factor or recovery codes in one transaction with its evidence."""
    with atomic(node.alias):
        withdrawn.journal_account(node, withdrawn.CHANGED, account.username)
        change()
        note(node, "officer.second-factor", account, actor)


def signed_in(node: Node, account: Officer, opening: Callable[[], object]) -> None:
    """Open a session of an officer in one transaction with its evidence."""
    with atomic(node.alias):
        opening()
        note(node, "officer.signed-in", account, actors.actor_of(account))


def change_password(node: Node, actor: Actor, name: str, password: str) -> None:
    """Set a new password; every open session of the account ends.

    Raises:
        Refused: ``actor.role``.
        InputError: ``officer.unknown``, ``officer.password``.
    """
    if actor.name != name:
        actors.require_administrator(actor)
    with atomic(node.alias):
        account = actors.officer(node, name)
        _set_password(account, password)
        withdrawn.journal_account(node, withdrawn.CHANGED, name)
        account.password_given = actor.kind is ActorKind.OFFICER and actor.name != name
        people.save_officer(node.alias, account)
        note(node, "officer.password", account, actor)


def choose_language(node: Node, name: str, language: str) -> None:
    """Remember the language in which an officer reads the desk; a preference, not an act.

    Raises:
        InputError: ``officer.unknown``, ``officer.language``.
    """
    if language not in dict(LANGUAGES):
        raise InputError("officer.language", allowed=named(dict(LANGUAGES)))
    account = actors.officer(node, name)
    account.language = language
    people.save_officer(node.alias, account)


def has_second_factor(node: Node, account: Officer) -> bool:
    """Say whether the officer has set up a second factor."""
    return people.has_second_factor(node.alias, account)


def listed(node: Node) -> list[AccountView]:
    """Return every account as administration shows it."""
    return [_view(node, account) for account in people.all_officers(node.alias)]


def shown(node: Node, name: str) -> AccountView:
    """Return one account as administration shows it.

    Raises:
        InputError: ``officer.unknown``.
    """
    return _view(node, actors.officer(node, name))


def _view(node: Node, account: Officer) -> AccountView:
    return AccountView(
        name=account.username,
        active=account.is_active,
        language=account.language,
        roles=tuple(actors.shown_roles(people.roles_of(account))),
        second_factor=people.has_second_factor(node.alias, account),
        demo=account.demo,
        security_keys=len(people.security_keys(node.alias, account)),
        last_sign_in=account.last_login,
        password_given=account.password_given,
    )


def _set_password(account: Officer, password: str) -> None:
    try:
        password_validation.validate_password(password, account, _VALIDATORS)
    except ValidationError as error:
        raise InputError("officer.password", reason=str(error.error_list[0].code)) from None
    account.set_password(password)


def note(node: Node, kind: str, account: Officer, actor: Actor, **details: Any) -> None:
    """Record an internal entry on an account, inside the transaction that changed it."""
    committed = canonical.encode({"account": account.username, "by": actor.name, **details})
    record(
        node,
        Internal(),
        Event(kind=kind, at=node.clock(), facts={"account": int(account.pk)}, committed=committed),
    )
