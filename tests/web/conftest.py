"""The cast of the desk: one Belgian node, fictitious officers with their roles, and browsers signed in as each."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from comity.config import Config, Listener
from comity.core.codes.exchange import Regime, ServiceId
from comity.core.codes.marks import Role
from comity.core.crypto.local import LocalKeys
from comity.errors import DeliveryError
from comity.services import serving as desk_node
from comity.services.context import Actor, ActorKind, Node
from comity.services.people import accounts, factor
from comity.services.people.actors import Officer
from comity.storage import people
from comity.transport.channel import Channel

PASSWORD = "correct horse battery staple"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OPERATOR = Actor("os:test", ActorKind.OPERATOR)
BE = ServiceId("BE.federal-police")
MA = ServiceId("MA.national-security")


def config(home: Path, service: ServiceId, *, demo: bool = True) -> Config:
    """Return the configuration of a demonstration node."""
    return Config(
        home=home,
        service=service,
        name="Fictitious service",
        country=service[:2],
        regimes=(Regime.POLICE, Regime.RETURN_IDENTIFICATION),
        desk=Listener(port=8001),
        partner=Listener(port=9001),
        partner_url="https://127.0.0.1:9001",
        demo=demo,
    )


def no_way(partner: ServiceId) -> Channel:
    """Stand for partners that cannot be reached."""
    raise DeliveryError("delivery.unreachable", retryable=True)


@pytest.fixture
def node(db: None, tmp_path: Path) -> Iterator[Node]:
    """Serve one node from the desk of this process."""
    keys = LocalKeys.generate((Regime.POLICE, Regime.RETURN_IDENTIFICATION), secrets.token_bytes)
    found = Node(service=BE, alias="default", config=config(tmp_path, BE), keys=keys)
    desk_node.serve(found, no_way)
    cache.clear()
    yield found
    cache.clear()


@pytest.fixture
def officer(node: Node) -> Callable[..., Officer]:
    """Enrol an officer with roles in the police regime and, unless told otherwise, a second factor."""

    def enrol(name: str, *roles: Role, regime: Regime = Regime.POLICE, second_factor: bool = True) -> Officer:
        held = frozenset((regime, role) for role in roles)
        account = accounts.enrol(node, OPERATOR, accounts.Enrolment(name, PASSWORD, held))
        if second_factor:
            people.add_totp(node.alias, account, factor.seal_secret(node, SECRET))
        return account

    return enrol


@pytest.fixture
def signed_in(officer: Callable[..., Officer]) -> Callable[..., Client]:
    """Return a browser in which a new officer with these roles is signed in."""

    def open_browser(*roles: Role, name: str = "an.officer", language: str = "en") -> Client:
        account = officer(name, *roles)
        if language != "en":
            accounts.choose_language(desk_node.current_node(), name, language)
            account.language = language
        browser = Client()
        browser.force_login(account)
        return browser

    return open_browser


def code_now() -> str:
    """Return the present code of the cast's authenticator."""
    return factor.totp(SECRET, int(datetime.now(UTC).timestamp()))
