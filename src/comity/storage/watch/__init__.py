"""Queries of what watches searches."""
