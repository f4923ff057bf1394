"""The release: what a page owes to the code and the settings instead of to the record."""

import hashlib
from functools import cache
from pathlib import Path

from django import get_version
from django.conf import settings

# What pages are made of; two machines with the same files and settings have the same release.
SOURCES = ("*.py", "*.html", "*.mo", "*.css", "*.js", "*.svg")
ROOMS = ("changchun_innovation", "institutions", "parks", "targets", "templates", "static")
# Which packages stand beside it, each with its version.
PACKAGES = "requirements.txt"
# Settings that pages show or that decide what they show.
SHOWN = (
    "ALLOWED_HOSTS",
    "CONTENT_SECURITY_POLICY",
    "DEFAULT_QUARTER",
    "DEMO",
    "HTTPS",
    "LANGUAGE_CODE",
    "PUBLIC_DASHBOARD",
    "REPORT_DUE_DAYS",
    "SITE_URL",
    "STORAGES",
    "TIME_ZONE",
)


@cache
def _sources() -> bytes:
    digest = hashlib.sha256(get_version().encode())
    for room in ROOMS:
        folder = Path(settings.BASE_DIR) / room
        for path in sorted(path for pattern in SOURCES for path in folder.rglob(pattern)):
            digest.update(str(path.relative_to(settings.BASE_DIR)).encode())
            digest.update(path.read_bytes())
    digest.update((Path(settings.BASE_DIR) / PACKAGES).read_bytes())
    return digest.digest()


def _static_names() -> bytes:
    """The names that the collected files have, which pages lead to; empty while they have plain ones."""
    names = Path(settings.STATIC_ROOT) / "staticfiles.json"
    return names.read_bytes() if names.exists() else b""


def _record() -> list:
    """Which database it is: two that share one store of pages number their rows alike."""
    return [settings.DATABASES["default"].get(name) for name in ("ENGINE", "HOST", "PORT", "NAME")]


def release() -> str:
    """A short text that is another one after a change of the code, the templates, the words or the settings."""
    shown = repr([(name, getattr(settings, name, None)) for name in SHOWN] + _record())
    return hashlib.sha256(_sources() + _static_names() + shown.encode()).hexdigest()[:16]
