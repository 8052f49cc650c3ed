"""Attachments: what a message declares of a file, and how the file is cut into parts that fit the envelope.

Implements docs/protocol/identification.md §2. Rules:
    - the request declares each file by category, type, length and SHA-256; only what was declared is taken;
    - a file travels in parts, each a signed and sealed message of the thread like any other, in their order;
    - the whole is compared with what was declared when the last part has come: length, digest, type by content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import Annotated

from pydantic import Field, model_validator

from comity.core.cases.messages import Body
from comity.core.cases.thread import Digest, MessageId
from comity.core.codes.marks import DataCategory
from comity.core.crypto.encoding import from_text, to_text
from comity.core.identification.filetypes import CATEGORIES, ONLY_PRINTS, FileType, file_type
from comity.errors import InputError, PeerError

ATTACHMENT_PART = "attachment-part"

MIB = 1024 * 1024
FILE_BYTES = 4 * MIB
"""Greatest length of one file. A card of ten rolled prints, compressed (WSQ), is 0.3 to 1 MiB."""

FILES = 4
"""Greatest number of files that one message declares."""

THREAD_FILES = 8
THREAD_BYTES = 8 * MIB
"""Greatest number and sum of the lengths of all files of one side of a thread."""

PART_BYTES = 180 * 1024
"""Length of each part but the last: base64, signature and seal make it fit one message (envelope.md §8)."""

PARTS = -(-FILE_BYTES // PART_BYTES)
_TEXT_LENGTH = -(-PART_BYTES * 4 // 3)


class Declared(Body):
    """What a message says of one file.

    Args:
        category: of data; fingerprints or documents. type: by content. size: bytes. sha256: of the whole file.
    """

    category: DataCategory
    type: FileType
    size: Annotated[int, Field(ge=1, le=FILE_BYTES)]
    sha256: Digest

    @model_validator(mode="after")
    def _check(self) -> Declared:
        if self.category not in CATEGORIES:
            raise ValueError("no category of files")
        if self.type in ONLY_PRINTS and self.category is not DataCategory.FINGERPRINTS:
            raise ValueError("a fingerprint file is of the category of fingerprints")
        return self

    @property
    def parts(self) -> int:
        """Number of its parts."""
        return -(-self.size // PART_BYTES)

    def length_of(self, part: int) -> int:
        """Return the length of one part in bytes, counted from 0."""
        return min(PART_BYTES, self.size - part * PART_BYTES)


class PartBody(Body):
    """One part of a file.

    Args:
        declared: message that declares the file. file: its place there. part: its number; both from 0.
        octets: base64url without padding.
    """

    declared: MessageId
    file: Annotated[int, Field(ge=0, lt=FILES)]
    part: Annotated[int, Field(ge=0, lt=PARTS)]
    octets: Annotated[str, Field(min_length=1, max_length=_TEXT_LENGTH)]

    def content(self) -> bytes:
        """Return the bytes.

        Raises:
            PeerError: ``encoding.*``.
        """
        return from_text(self.octets)


def declare(octets: bytes, category: DataCategory) -> Declared:
    """Return the declaration of a file, having looked at its first and last bytes.

    Raises:
        InputError: ``attachment.empty``, ``attachment.too-large``, ``attachment.archive``, ``attachment.type``,
            ``attachment.category``.
    """
    if not octets:
        raise InputError("attachment.empty")
    if len(octets) > FILE_BYTES:
        raise InputError("attachment.too-large", limit=FILE_BYTES)
    found = file_type(octets)
    if category not in CATEGORIES or (found in ONLY_PRINTS and category is not DataCategory.FINGERPRINTS):
        raise InputError("attachment.category")
    digest = hashlib.sha256(octets).hexdigest()
    return Declared(category=category, type=found, size=len(octets), sha256=digest)


def check_room(declared: Sequence[Declared], before: Collection[int] = ()) -> None:
    """Check that files fit what one message and one thread may carry.

    Args:
        before: lengths of the files that this side has declared in the thread already.

    Raises:
        InputError: ``attachment.too-many``.
    """
    total = sum(before) + sum(each.size for each in declared)
    if len(declared) > FILES or len(before) + len(declared) > THREAD_FILES or total > THREAD_BYTES:
        raise InputError("attachment.too-many", files=FILES, limit=THREAD_BYTES)


def cut(octets: bytes) -> list[bytes]:
    """Return the parts of a file, in order."""
    return [octets[start : start + PART_BYTES] for start in range(0, len(octets), PART_BYTES)]


def part_body(declared: str, file: int, part: int, octets: bytes) -> PartBody:
    """Return the body of one part."""
    return PartBody(declared=declared, file=file, part=part, octets=to_text(octets))


def verify_whole(declared: Declared, octets: bytes) -> None:
    """Verify a file that has come whole against its declaration.

    Raises:
        PeerError: ``attachment.digest``, ``attachment.mismatch`` (another type, or an archive).
    """
    if len(octets) != declared.size or hashlib.sha256(octets).hexdigest() != declared.sha256:
        raise PeerError("attachment.digest")
    try:
        found = file_type(octets)
    except InputError:
        raise PeerError("attachment.mismatch") from None
    if found is not declared.type:
        raise PeerError("attachment.mismatch")
