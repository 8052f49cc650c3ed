"""Uploaded files stay in memory: the usual handler writes large ones to a temporary folder, in clear.

A file is cut one byte beyond what may be attached, so that the service refuses it as too large; nothing more is kept.
"""

from __future__ import annotations

from io import BytesIO

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from comity.core.identification.attachment import FILE_BYTES, THREAD_BYTES

MAX_BYTES = THREAD_BYTES + FILE_BYTES
"""Greatest sum of all files of one form; what comes after it is not read."""


class InMemory(FileUploadHandler):
    """Keeps each file of a form in memory, up to the limits."""

    _kept: BytesIO
    _all = 0

    def new_file(self, *args: object, **kwargs: object) -> None:
        """Begin the next file."""
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        self._kept = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep a piece of it, if there is room.

        Raises:
            StopUpload: the form is larger than any that could be sent.
        """
        self._all += len(raw_data)
        if self._all > MAX_BYTES:
            raise StopUpload(connection_reset=True)
        self._kept.write(raw_data[: FILE_BYTES + 1 - self._kept.tell()])

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        """Return the file; its name is dropped, since it may name a person."""
        length = self._kept.tell()
        self._kept.seek(0)
        kind = "application/octet-stream"
        return InMemoryUploadedFile(self._kept, self.field_name, "file", kind, length, None)
