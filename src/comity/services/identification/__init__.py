"""Identification for return: the request with its files, the answer, the purge after it, the bilateral overdue list."""
