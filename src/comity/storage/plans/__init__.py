"""Queries on action plans and on what their counters count."""
