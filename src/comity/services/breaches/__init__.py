"""Breaches of personal data: written down, told to the authority and to the partners within 72 hours."""
