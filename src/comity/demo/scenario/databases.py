"""Fresh encrypted databases for the nodes of a scenario; opened before anything that has models is imported."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from comity.config import Config, Listener
from comity.core.codes.exchange import Regime, ServiceId

BE, MA, TN = ServiceId("BE.federal-police"), ServiceId("MA.dgsn"), ServiceId("TN.interior")
ALIASES = {BE: "be", MA: "ma", TN: "third"}
REGIMES = (Regime.POLICE, Regime.RETURN_IDENTIFICATION)
URL = "https://node.example:8443"


def prepare() -> None:
    """Load Django's settings without the configuration of a node: no home on the disk is touched."""
    import django
    from django.apps import apps

    if not apps.ready:
        os.environ.pop("COMITY_HOME", None)
        os.environ["DJANGO_SETTINGS_MODULE"] = "comity.settings"
        django.setup()


def open_databases(folder: Path, services: tuple[ServiceId, ...]) -> None:
    """Make an encrypted database with tables for each service, its keys known to this process only."""
    from comity.storage.opening import build_schema, open_database

    for service in services:
        config = config_of(service, folder / service)
        config.home.mkdir(mode=0o700)
        open_database(config, ALIASES[service], secrets.token_bytes(32), secrets.token_bytes(32))
        build_schema(ALIASES[service])


def config_of(service: ServiceId, home: Path) -> Config:
    """Return the configuration of a node that no file holds; nothing listens."""
    return Config(
        home=home,
        service=service,
        name=service,
        country=service[:2],
        regimes=REGIMES,
        desk=Listener(port=1),
        partner=Listener(port=2),
        partner_url=URL,
    )
