"""Queries on the register: subjects and their tokens, imports and their row errors."""
