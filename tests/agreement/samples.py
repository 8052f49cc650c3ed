"""Agreements for the tests: the shipped packs and one small agreement, between a Belgian and a Moroccan service."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

from comity.core.agreement.model import Agreement, agreement_hash, write_agreement
from comity.core.agreement.source import compile_source, read_source
from comity.core.agreement.standing import AgreementStanding
from comity.core.codes.exchange import ServiceId
from comity.core.codes.transfer import TransferGround

BE = ServiceId("BE.federal-police")
MA = ServiceId("MA.dgsn")
PARTIES = (BE, MA)
TODAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SIGNED = datetime(2025, 1, 1, tzinfo=UTC)
PLANS = ("plan_2018", "plan_2022", "plan_2025")


@cache
def source(name: str) -> dict[str, Any]:
    """Return the parsed source of a shipped pack file."""
    return read_source(
        resources.files("comity").joinpath("packs", "be_ma", f"{name}.toml").read_text("utf-8")
    )


@cache
def shipped(name: str) -> Agreement:
    """Return a shipped pack, bound to the two services."""
    place = PLANS.index(name) if name in PLANS else 0
    before = agreement_hash(write_agreement(shipped(PLANS[place - 1]))) if place else None
    return compile_source(source(name), parties=PARTIES, predecessor=before)


def between(agreement: Agreement, parties: tuple[ServiceId, ServiceId], **changes: Any) -> Agreement:
    """Return an agreement for two other services: the second takes over what is said of the Moroccan one.

    Its own law is another one: it transfers with safeguards under Convention 108+ Art. 14(3).
    """
    profiles = dict(agreement.transfers or {})
    theirs = profiles.pop("MA")
    ground = theirs.grounds[0].model_copy(
        update={"ground": TransferGround.CONVENTION_SAFEGUARDS, "filing": None}
    )
    profiles[parties[1][:2]] = theirs.model_copy(update={"grounds": (ground,)})
    whole = {"parties": tuple(sorted(parties)), "transfers": profiles, **changes}
    return agreement.model_copy(update=whole)


def in_force(agreement: Agreement, signed: datetime = SIGNED) -> AgreementStanding:
    """Return the standing of an agreement that both have signed."""
    name = agreement_hash(write_agreement(agreement))
    return AgreementStanding(agreement, name, dict.fromkeys(agreement.parties, signed))
