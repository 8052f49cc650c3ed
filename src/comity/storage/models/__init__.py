"""The models, one module per area; import every area here so that Django finds it."""

from comity.storage.models import (
    agreements,
    cases,
    clocks,
    egress,
    evidence,
    exchange,
    overlaps,
    partners,
    people,
    plans,
    probe,
    protection,
    register,
    rights,
    watch,
)

__all__ = [
    "agreements",
    "cases",
    "clocks",
    "egress",
    "evidence",
    "exchange",
    "overlaps",
    "partners",
    "people",
    "plans",
    "probe",
    "protection",
    "register",
    "rights",
    "watch",
]
