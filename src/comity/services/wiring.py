"""Connects message kinds, calls and receipts to the services that handle them, by importing those services."""

from __future__ import annotations

import importlib

HANDLER_MODULES = (
    "comity.services.partners.handlers",
    "comity.services.agreements.handlers",
    "comity.services.cases.handlers",
    "comity.services.clocks.compare",
    "comity.services.clocks.delay",
    "comity.services.clocks.statistics",
    "comity.services.cases.thread.acknowledge",
    "comity.services.cases.thread.clarify",
    "comity.services.cases.thread.inform",
    "comity.services.cases.thread.report_hit",
    "comity.services.cases.thread.taken_up",
    "comity.services.evidence.handlers",
    "comity.services.exchange.back.callback",
    "comity.services.exchange.back.own",
    "comity.services.exchange.kept",
    "comity.services.exchange.missing",
    "comity.services.identification.attach",
    "comity.services.identification.handlers",
    "comity.services.identification.overdue",
    "comity.services.overlap.answer",
    "comity.services.overlap.edge",
    "comity.services.people.statements",
    "comity.services.plans.follow",
    "comity.services.plans.sign",
    "comity.services.probe.handlers",
    "comity.services.protection.again",
    "comity.services.protection.consent",
    "comity.services.protection.received",
    "comity.services.protection.subject",
    "comity.services.register.erase",
    "comity.services.register.links.join",
    "comity.services.register.state",
    "comity.services.breaches.notices",
    "comity.services.breaches.owed",
    "comity.services.rights.keeping",
    "comity.services.rights.partners",
    "comity.services.transfers.emergency",
    "comity.services.transfers.status",
)
"""Every module that registers handlers; the edges import none of them."""


def connect() -> None:
    """Import every module that registers handlers; calling it again changes nothing."""
    for name in HANDLER_MODULES:
        importlib.import_module(name)
