"""The models of persons concerned: their requests, disclosures, breaches."""

from comity.storage.models.rights.breaches import Breach, BreachNotice
from comity.storage.models.rights.requests import Disclosure, RightsAsked, RightsRequest

__all__ = ["Breach", "BreachNotice", "Disclosure", "RightsAsked", "RightsRequest"]
