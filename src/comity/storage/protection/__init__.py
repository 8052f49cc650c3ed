"""Queries on passages, on the notices that follow them, and on consents."""
