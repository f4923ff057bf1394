"""Every address of the application, found in its URL patterns, with a known row for every code in them.

A pattern that no sample knows stops the sweeps, so that a new page cannot escape them.
"""

from dataclasses import dataclass
from functools import cache

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver, reverse

DATASETS = [
    "progress",
    "figures",
    "commitments",
    "targets",
    "readings",
    "coverage",
    "verdicts",
    "reports",
    "initiatives",
    "institutions",
    "publications",
    "context",
]

# Where a pattern outside the admin holds a code: one that exists.
SAMPLES: dict[str, list[dict]] = {
    "targets:target": [{"code": "parks-high-tech-firms"}, {"code": "city-rd-growth"}],
    "parks:park": [{"code": "jixing"}, {"code": "lianhuashan"}],
    "institutions:institution": [{"code": "jlu"}],
    "sources:source": [{"code": "conference-2023"}],
    "data:dataset": [{"dataset": name} for name in DATASETS],
    "data:workbook": [{"dataset": name} for name in DATASETS[:4]],
    "bulletin": [{"quarter": "2025-Q3"}],
}


@dataclass(frozen=True)
class Pattern:
    """One URL pattern: its route from the root, its full name, the names of the codes in it."""

    route: str
    name: str
    codes: tuple[str, ...]

    @property
    def is_admin(self) -> bool:
        return self.route.startswith("admin/")

    def paths(self) -> list[str]:
        """Addresses of this pattern with codes that exist; not for the admin, whose codes are rows."""
        if not self.codes:
            return [reverse(self.name)]
        return [reverse(self.name, kwargs=codes) for codes in SAMPLES[self.name]]


@cache
def patterns() -> tuple[Pattern, ...]:
    return tuple(_walk(get_resolver(), "", ()))


def _walk(resolver: URLResolver, route: str, namespaces: tuple[str, ...]):
    for entry in resolver.url_patterns:
        here = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from _walk(entry, here, inner)
        elif isinstance(entry, URLPattern):
            codes = tuple(entry.pattern.converters) or tuple(entry.pattern.regex.groupindex)
            yield Pattern(here, ":".join((*namespaces, entry.name or "")), codes)


def dashboard() -> list[Pattern]:
    """What readers see: everything outside the admin, the log-in and the machinery."""
    machinery = ("admin/", "accounts/", "i18n/", "healthz")
    return [pattern for pattern in patterns() if not pattern.route.startswith(machinery)]


def files() -> list[Pattern]:
    """Addresses that answer with a file and no page."""
    return [pattern for pattern in dashboard() if pattern.route.endswith((".csv", ".xlsx", ".json"))]


def pages() -> list[Pattern]:
    return [pattern for pattern in dashboard() if pattern not in files()]


def admin_models() -> list[type]:
    return sorted(admin.site._registry, key=lambda model: model._meta.label)
