"""Limits of the envelope, once. Implements docs/protocol/envelope.md §8.

All sizes are bytes, all spans are stated with their unit. What is larger is refused before it is parsed.
"""

from __future__ import annotations

from datetime import timedelta

KIB = 1024

FRAME_CLASSES = (1 * KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, 1024 * KIB, 4096 * KIB)
"""The only lengths a frame of messages may have: an observer of the line learns the class, not the length."""

CALL_CLASSES = (1 * KIB, 2 * KIB, 3 * KIB, *FRAME_CLASSES[1:])
"""Those of a call and of its return, whose size depends on what is called and never on whom it is about."""

FRAME_BYTES = FRAME_CLASSES[-1]
FRAME_PARTS = 64
"""Greatest number of parts in one frame."""

BATCH_MESSAGES = 50
"""Greatest number of messages in one batch."""

BATCH_BYTES = 3 * 1024 * KIB
"""Sum of the sealed parts at which a batch is closed, so that it always fits a frame."""

MANIFEST_BYTES = 128 * KIB
MANIFEST_DEPTH = 5

CONTENT_BYTES = 256 * KIB
"""Greatest canonical content of one message, before signing and sealing."""

CONTENT_DEPTH = 16

SEALED_BYTES = 384 * KIB
"""Greatest sealed part: content, its signature in base64, and the overhead of the seal."""

RECEIPT_BYTES = 64 * KIB
RECEIPT_DEPTH = 4

CALL_BYTES = 1024 * KIB
"""Greatest canonical payload of a call or of its return, without the attachment."""

CALL_DEPTH = 16
CALL_ATTACHMENT_BYTES = 2560 * KIB
"""Greatest attachment of a call or of a return: token and attachment fit one frame."""

RECEIPT_DISPUTE = timedelta(minutes=5)
"""How far a receipt's time may lie before the sending or after the return of the receipt."""

UNACKNOWLEDGED = timedelta(minutes=5)
"""After how long a message without a receipt is shown as unacknowledged."""
