"""Static files that live in installed packages."""

from importlib.resources import files
from pathlib import Path

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

PLOTLY = "plotly/plotly.min.js"


class PlotlyFinder(BaseFinder):
    """Offers the script file of the installed plotly package, and only that one of its folder."""

    def __init__(self, app_names=None, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # files() imports nothing of plotly's Python side beyond its package marker.
        self.folder = Path(str(files("plotly"))) / "package_data"
        self.storage = FileSystemStorage(location=str(self.folder))
        self.storage.prefix = "plotly"

    def check(self, **kwargs):
        return []

    def find(self, path, find_all=False, **kwargs):
        if path.replace("\\", "/") != PLOTLY:
            return []
        found = str(self.folder / "plotly.min.js")
        return [found] if find_all else found

    def list(self, ignore_patterns):
        yield "plotly.min.js", self.storage
