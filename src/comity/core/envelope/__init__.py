"""Messages and calls on the wire: seal, verify, open, receipt. Implements docs/protocol/envelope.md."""
