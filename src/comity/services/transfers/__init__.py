"""Transfers to other States: their records, emergencies, use before a court, changes in the status of a party."""
