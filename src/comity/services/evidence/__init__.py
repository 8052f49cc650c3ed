"""Evidence: record events, number them, exchange checkpoints with partners, verify, export."""
