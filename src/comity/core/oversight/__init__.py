"""Oversight: an exchange laid open, decided again by the agreement of its day, and its proofs, verified offline."""
