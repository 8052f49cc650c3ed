"""The exchange of messages: submit, deliver, receive, receipts, status. Implements docs/protocol/envelope.md."""
