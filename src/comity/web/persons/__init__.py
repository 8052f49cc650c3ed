"""Persons concerned at the desk: their requests, what was found, the decision, the ledger of disclosures."""
