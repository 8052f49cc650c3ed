"""Agreements: draft, propose, sign, read, stop; each act with its evidence in one transaction."""
