"""The analysts' page and its files."""

from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.http import FileResponse, Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from changchun_innovation.overview import files
from changchun_innovation.overview.catalogue import catalogue
from changchun_innovation.overview.datapackage import data_package
from changchun_innovation.overview.exports import DATASETS
from changchun_innovation.overview.selection import Denied, Refused, read_selection
from changchun_innovation.overview.wide import WIDE, wide_file
from changchun_innovation.shared.datasets import Dataset, Selection
from changchun_innovation.shared.params import asked_of

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
def index(request):
    """The data sets, their filters, and the first rows of one of them."""
    response = render(request, "data/index.html", {"catalogue": catalogue(request)})
    # What an account may read beyond the others stands in its preview.
    return _kept_fresh(response, private=True) if request.user.is_authenticated else response


@require_safe
def package(request):
    """What every file holds, for programs."""
    response = JsonResponse(data_package(), json_dumps_params={"ensure_ascii": False, "indent": 1})
    return _kept_fresh(response)


@require_safe
def dataset_csv(request, dataset: str):
    """A data set as CSV, row by row."""
    chosen = _dataset(dataset)

    def answer(selection: Selection):
        # A server would read a stream to its end only to drop it, where nothing but the headers was asked for.
        blocks = () if request.method == "HEAD" else files.csv_file(chosen, selection)
        return StreamingHttpResponse(blocks, content_type=CSV)

    return _download(request, chosen, "csv", answer)


@require_safe
def dataset_xlsx(request, dataset: str):
    """A data set as a workbook with the same cells."""
    chosen = _dataset(dataset)

    def answer(selection: Selection):
        return FileResponse(files.xlsx_file(chosen, selection), content_type=XLSX)

    return _download(request, chosen, "xlsx", answer)


@require_safe
def wide(request):
    """Parks × indicators with a column for every quarter."""

    def answer(selection: Selection):
        return FileResponse(wide_file(selection), content_type=XLSX)

    return _download(request, WIDE, "xlsx", answer)


def _dataset(name: str) -> Dataset:
    if name not in DATASETS:
        raise Http404(name)
    return DATASETS[name]


def _download(
    request, dataset: Dataset, extension: str, answer: Callable[[Selection], HttpResponse]
) -> HttpResponse:
    """The file that the address asks for; one line in words, and never another file, where it cannot be given."""
    given = dict(request.GET.lists())
    try:
        selection = read_selection(given, dataset, today=asked_of(request).today, user=request.user)
    except Refused as refused:
        return _sentence(refused, 400)
    except Denied as denied:
        # A person at a browser may log in and go on; a program would take the log-in page for the file.
        if not request.user.is_authenticated and "text/html" in request.headers.get("Accept", ""):
            return redirect_to_login(request.get_full_path())
        return _sentence(denied, 403)
    response = answer(selection)
    name = files.file_name(dataset.name, selection, extension)
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Content-Language"] = selection.lang
    response["X-Content-Type-Options"] = "nosniff"
    return _kept_fresh(response, private=dataset.depends_on_reader or selection.every_status)


def _sentence(text, status: int) -> HttpResponse:
    return _kept_fresh(HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8"))


def _kept_fresh(response: HttpResponse, private: bool = False) -> HttpResponse:
    """Names and texts are today's even of a past day, so a copy is asked after; what is private leaves none."""
    response["Cache-Control"] = "private, no-store" if private else "private, no-cache"
    response["Vary"] = "Cookie"
    return response
