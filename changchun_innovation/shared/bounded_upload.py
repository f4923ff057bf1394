"""A bound on files that arrive, kept while they arrive."""

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler


class BoundedUpload(FileUploadHandler):
    """Lets no file grow beyond the largest that any page takes, and the block that crosses the bound.

    The rest is read from the line and dropped, so that nobody fills the disk of the server; the page then finds the
    file larger than it takes and says so.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= settings.EVIDENCE_FILE_BYTES else None

    def file_complete(self, file_size: int) -> None:
        """The file itself is made by the handlers behind this one."""
