"""Queries on evidence: logs and entries, checkpoints and alarms."""
