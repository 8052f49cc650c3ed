"""The models, one module per area; import every area here so that Django finds it."""

from comity.storage.models import (
    agreements,
    cases,
    clocks,
    evidence,
    exchange,
    partners,
    people,
    probe,
    protection,
    register,
    rights,
    transfers,
)

__all__ = [
    "agreements",
    "cases",
    "clocks",
    "evidence",
    "exchange",
    "partners",
    "people",
    "probe",
    "protection",
    "register",
    "rights",
    "transfers",
]
