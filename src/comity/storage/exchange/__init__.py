"""Queries on messages, lanes, outbox, dispatches, accepted batches and answered calls."""
