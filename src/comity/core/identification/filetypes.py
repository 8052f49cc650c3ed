"""What a file is, by its first and last bytes, against a short list; it is never opened further.

Implements docs/protocol/identification.md §2. Sources: ANSI/NIST-ITL 1-2011 (traditional encoding: fields of the Type-1
record, separators GS and FS); the WSQ specification IAFIS-IC-0110 (markers SOI, EOI); ISO/IEC 10918-1 (JPEG), ISO/IEC
15948 (PNG), ISO 32000 (PDF); the magic numbers of archives as their formats state them.

Attacks it stops: a program or an archive under the name of a fingerprint file; an archive hung on to a picture. What it
does not stop: whatever a reader of PDF or pictures can be made to do by a well-formed file; the node is no such reader.
"""

from __future__ import annotations

import re
from enum import StrEnum

from comity.core.codes.marks import DataCategory
from comity.errors import InputError


class FileType(StrEnum):
    """Types that may be attached."""

    ANSI_NIST = "ansi-nist"
    WSQ = "wsq"
    PDF = "pdf"
    JPEG = "jpeg"
    PNG = "png"


EXTENSIONS = {
    FileType.ANSI_NIST: "an2",
    FileType.WSQ: "wsq",
    FileType.PDF: "pdf",
    FileType.JPEG: "jpg",
    FileType.PNG: "png",
}
"""Ending of the name under which a file is handed out; names are never exchanged."""

ONLY_PRINTS = frozenset({FileType.ANSI_NIST, FileType.WSQ})
"""Types that hold fingerprints and nothing else."""

CATEGORIES = frozenset({DataCategory.FINGERPRINTS, DataCategory.DOCUMENTS})
"""Categories of data that a file may be."""

_NIST = re.compile(rb"1\.0*1:([0-9]{1,9})\x1d1\.0*2:[0-9]{4}\x1d")
_NIST_SEPARATOR = b"\x1c"
_NIST_HEAD = 64
_ARCHIVES = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"PK\x07\x08",
    b"\x1f\x8b",
    b"\x1f\x9d",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"MSCF",
    b"!<arch>\n",
    b"LZIP",
)
_TAR, _TAR_AT = b"ustar", 257
_ZIP_END, _ZIP_END_BYTES, _ZIP_COMMENT = b"PK\x05\x06", 22, 65_535
_PDF_TAIL = 1024


def file_type(octets: bytes) -> FileType:
    """Return the type of a whole file.

    Raises:
        InputError: ``attachment.archive``, ``attachment.type``.
    """
    if _is_archive(octets):
        raise InputError("attachment.archive")
    for found, known in _KNOWN.items():
        if known(octets):
            return found
    raise InputError("attachment.type")


def _is_archive(octets: bytes) -> bool:
    if octets.startswith(_ARCHIVES) or octets[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
        return True
    # An archive can hang on to any other file: its directory stands at the end, and says how long it is.
    tail = octets[-(_ZIP_END_BYTES + _ZIP_COMMENT) :]
    place = tail.find(_ZIP_END)
    while place >= 0:
        length = int.from_bytes(tail[place + 20 : place + 22], "little")
        if place + _ZIP_END_BYTES + length == len(tail):
            return True
        place = tail.find(_ZIP_END, place + 1)
    return False


def _is_nist(octets: bytes) -> bool:
    """Whether a Type-1 record stands at the beginning, as long as it says."""
    found = _NIST.match(octets[:_NIST_HEAD])
    if found is None:
        return False
    length = int(found[1])
    return found.end() < length <= len(octets) and octets[length - 1 : length] == _NIST_SEPARATOR


def _is_wsq(octets: bytes) -> bool:
    return octets.startswith(b"\xff\xa0\xff") and octets.endswith(b"\xff\xa1")


def _is_jpeg(octets: bytes) -> bool:
    return octets.startswith(b"\xff\xd8\xff") and octets.endswith(b"\xff\xd9")


def _is_png(octets: bytes) -> bool:
    head, end = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR", b"\x00\x00\x00\x00IEND\xae\x42\x60\x82"
    return octets.startswith(head) and octets.endswith(end)


def _is_pdf(octets: bytes) -> bool:
    return re.match(rb"%PDF-[12]\.[0-9]", octets) is not None and b"%%EOF" in octets[-_PDF_TAIL:]


_KNOWN = {
    FileType.ANSI_NIST: _is_nist,
    FileType.WSQ: _is_wsq,
    FileType.PDF: _is_pdf,
    FileType.JPEG: _is_jpeg,
    FileType.PNG: _is_png,
}
