"""Static files that are made from others: joined from small ones, or taken from an installed package."""

import os
from importlib.resources import files
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

# What every public page needs comes in one style sheet and one script, since every file costs a request before the
# first paint; the sources stay small and are joined in this order.
JOINED = {
    "css/site.css": (
        "css/tokens.css",
        "css/base.css",
        "css/components.css",
        "css/pages.css",
        "css/print.css",
    ),
    "js/site.js": ("js/charts.js", "js/tables.js"),
}
PLOTLY = "plotly/plotly.min.js"
# How plotly's script begins and ends: all of it is one function.
OPENING, CLOSING = b"this, () => {", b"}));"


class MadeFinder(BaseFinder):
    """Offers the joined files and plotly's script, made anew in DATA_DIR whenever what they are made of changes."""

    def __init__(self, app_names=None, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.storage = FileSystemStorage(location=str(settings.DATA_DIR / "made"))

    def check(self, **kwargs):
        return []

    def find(self, path, find_all=False, **kwargs):
        name = path.replace("\\", "/")
        if name not in (*JOINED, PLOTLY):
            return []
        found = str(self._made(name))
        return [found] if find_all else found

    def list(self, ignore_patterns):
        for name in (*JOINED, PLOTLY):
            self._made(name)
            yield name, self.storage

    def _made(self, name: str) -> Path:
        """The file with this name as it has to be now. Raises OSError where DATA_DIR cannot be written."""
        content = plotly_script() if name == PLOTLY else joined(name)
        target = Path(self.storage.path(name))
        # An unchanged file keeps its time, by which `collect` sees that there is nothing to do.
        if not target.exists() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            # Several processes may find it missing at once: none may read what another has half written.
            with NamedTemporaryFile(dir=target.parent, delete=False) as file:
                file.write(content)
            os.replace(file.name, target)
        return target


def joined(name: str) -> bytes:
    """The sources of a joined file, one after the other."""
    folder = settings.BASE_DIR / "static"
    return b"".join((folder / source).read_bytes() for source in JOINED[name])


def plotly_script() -> bytes:
    """The script file of the installed plotly package, and only that one of its folder."""
    # files() imports nothing of plotly's Python side beyond its package marker.
    return in_parentheses((files("plotly") / "package_data" / "plotly.min.js").read_bytes())


def in_parentheses(script: bytes) -> bytes:
    """Plotly's script with its one function in parentheses; a script of another shape as it is.

    By them a browser knows that the function is called at once, and compiles it while the file arrives. Without them
    it only looks for the function's end, and compiles all of it again when it is called.
    """
    before, opening, inside = script.rstrip().partition(OPENING)
    if not opening or not inside.endswith(CLOSING):
        return script
    return before + b"this, (() => {" + inside.removesuffix(CLOSING) + b"})));\n"
