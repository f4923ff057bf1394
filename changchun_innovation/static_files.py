"""Collected static files: hashed names only, compressed so quickly that a first start does not wait for it."""

import hashlib
from pathlib import Path

import brotli
from django import get_version
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.management.commands.collectstatic import Command as Collect
from django.core.management import call_command
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Brotli's highest quality needs 14 s for plotly.min.js and saves a tenth of what quality 9 needs 1 s for.
BROTLI_QUALITY = 9
# The page of a broken server looks nothing up, and leads to these by their plain names.
PLAIN = {"css/tokens.css", "css/base.css"}


class QuickCompressor(Compressor):
    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        return brotli.compress(data, quality=BROTLI_QUALITY)


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Every file once, under a name that changes with its content, with its .br and .gz beside it."""

    keep_only_hashed_files = True

    def delete_files(self, files_to_delete):
        super().delete_files(set(files_to_delete) - PLAIN)

    def create_compressor(self, **options) -> Compressor:
        return QuickCompressor(**options)


def collect() -> int | None:
    """Collect the static files unless nothing changed since the last time. Answers how many, None if unchanged.

    Raises ValueError for a style sheet that names a file which does not exist, OSError where DATA_DIR is full or
    cannot be written.
    """
    mark = Path(settings.DATA_DIR) / "static.fingerprint"
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    fingerprint, count = _fingerprint()
    if manifest.exists() and mark.exists() and mark.read_text() == fingerprint:
        return None
    mark.unlink(missing_ok=True)
    command = Collect()
    # Settings choose plain names while nothing has been collected; what is collected has hashed ones.
    command.storage = HashedStaticFiles()
    call_command(command, interactive=False, verbosity=0, skip_checks=True)
    mark.write_text(fingerprint)
    return count


def _fingerprint() -> tuple[str, int]:
    """A digest of names, sizes and times of all files that would be collected, and their number."""
    lines = []
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            lines.append(f"{getattr(storage, 'prefix', '')}/{path} {stat.st_size} {stat.st_mtime_ns}")
    text = "\n".join([get_version(), str(BROTLI_QUALITY), *sorted(lines)])
    return hashlib.sha256(text.encode()).hexdigest(), len(lines)
