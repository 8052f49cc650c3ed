"""Serving the persons concerned: requests, the search of everything, answers, the ledger of disclosures, the logs."""
