"""What was found, as JSON for the command line and for systems."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from comity.core.codes.assertions import ASSERTIONS
from comity.core.register.release import told_apart
from comity.services.register.finding.find import Cluster, Findings, Possible
from comity.services.register.read import Held


def findings_document(found: Findings) -> dict[str, Any]:
    """Return clusters with their members and reasons, the likeliest first."""
    return {
        "clusters": [_cluster(cluster) for cluster in found.clusters],
        "candidates": found.candidates,
        "too_many": found.too_many,
    }


def held_document(found: Held) -> dict[str, Any]:
    """Return a held subject with its content, told apart by category of data; an erased one has none."""
    content = found.subject.model_dump(mode="json", exclude_defaults=True) if found.subject else None
    return {
        "uid": found.uid,
        "version": found.version,
        "state": found.state.value,
        "source": found.source,
        "subject": content,
        ASSERTIONS: told_apart(found.subject) if found.subject else {},
    }


def percent(probability: float) -> str:
    """Return a probability as a percentage that never claims to be certain: ``99.9 %`` at most."""
    shown = min(Decimal("99.9"), Decimal(f"{100 * probability:.1f}"))
    return f"{shown} %" if shown >= 99 or shown < 1 else f"{shown:.0f} %"


def _cluster(cluster: Cluster) -> dict[str, Any]:
    return {
        "probability": round(cluster.probability, 4),
        "members": [_member(member) for member in cluster.members],
    }


def _member(member: Possible) -> dict[str, Any]:
    reasons = [
        {"feature": one.feature, "agreement": one.agreement, "weight": one.weight} for one in member.reasons
    ]
    return {**held_document(member.held), "probability": round(member.probability, 4), "reasons": reasons}
