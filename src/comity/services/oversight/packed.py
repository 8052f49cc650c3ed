"""A bundle as one zip file, and back. Needs no node; what it reads is hostile."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping

from comity.core.oversight.bundle import MEMBERS, MOST_BYTES, SEAL
from comity.errors import InputError

MOST_PACKED = 32 * 1024 * 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)
_FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return the files as a zip file; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), files[name], zipfile.ZIP_DEFLATED)
    return out.getvalue()


def unpack(octets: bytes) -> dict[str, bytes]:
    """Return the files of a bundle; reads no more than a bundle may hold.

    Raises:
        InputError: ``bundle.malformed``.
    """
    if len(octets) > MOST_PACKED:
        raise InputError("bundle.malformed", field="size")
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            listed = archive.infolist()
            names = [each.filename for each in listed]
            if len(names) != len(set(names)) or set(names) != {*MEMBERS, SEAL}:
                raise InputError("bundle.malformed", field="files")
            return {each.filename: _read(archive, each) for each in listed}
    except _FAULTS:
        raise InputError("bundle.malformed", field="zip") from None


def _read(archive: zipfile.ZipFile, listed: zipfile.ZipInfo) -> bytes:
    """Read one file, whatever size it claims."""
    with archive.open(listed) as file:
        octets = file.read(MOST_BYTES + 1)
    if len(octets) > MOST_BYTES:
        raise InputError("bundle.malformed", field="size")
    return octets
