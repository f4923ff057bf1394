"""What the data page shows: the data sets, the filters of one of them, its first rows, and how to cite it."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from changchun_innovation.overview.exports import DATASETS
from changchun_innovation.overview.selection import (
    FORBIDDEN,
    REPEATABLE,
    Denied,
    Refused,
    read_selection,
)
from changchun_innovation.overview.wide import WIDE
from changchun_innovation.shared.bilingual import in_language, is_english
from changchun_innovation.shared.csv_export import cell
from changchun_innovation.shared.datasets import Dataset, Selection
from changchun_innovation.shared.params import asked_of
from changchun_innovation.shared.progress import State
from changchun_innovation.shared.wording import STATE_WORDS, day_text
from parks.ledger import parks_known_on
from parks.models import CommitmentTerms
from targets.models import Indicator, Reading, TargetTerms

SHOWN_ROWS = 10
# The frame of every page already says what it could not read of these.
SAID_BY_THE_FRAME = ("quarter", "as_of", "lang")
# These speak of one quarter; the address to cite names it, whatever an installation's default becomes.
ABOUT_ONE_QUARTER = ("targets", "coverage")


@dataclass(frozen=True)
class Heading:
    """One column of a data set, in words."""

    name: str
    label: str
    about: str
    type: str
    numeric: bool


@dataclass(frozen=True)
class Entry:
    """One data set in the list."""

    name: str
    title: str
    row: str
    chosen: bool
    restricted: bool
    csv: str
    xlsx: str


@dataclass(frozen=True)
class Choice:
    """One value of a filter."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Filter:
    """One field of the filter form: a list to choose from, or a text to type."""

    name: str
    label: str
    hint: str
    value: str = ""
    kind: str = "text"
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Removable:
    """A filter in force, as a word that can be taken away."""

    label: str
    name: str
    value: str


@dataclass(frozen=True)
class Preview:
    """The first rows of the file that the filters select."""

    rows: tuple[tuple[tuple[str, bool], ...], ...]
    more: bool
    emptied_by: str
    csv: str
    xlsx: str
    permalink: str
    citation: str


@dataclass(frozen=True)
class Catalogue:
    """Everything that the data page shows."""

    entries: tuple[Entry, ...]
    dataset: Entry
    columns: tuple[Heading, ...]
    filters: tuple[Filter, ...]
    in_force: tuple[Removable, ...]
    refusals: tuple[str, ...]
    denied: str
    preview: Preview | None
    wide: str
    package: str


def catalogue(request) -> Catalogue:
    """The data page for a request. Bad input is a sentence, and the page goes on without it."""
    today = asked_of(request).today
    given = {name: texts for name, texts in request.GET.lists() if any(text.strip() for text in texts)}
    refusals = []
    name = given.pop("dataset", ["progress"])[-1]
    if name not in DATASETS:
        refusals.append(_("没有数据集“%(name)s”。") % {"name": name[:40]})
        name = "progress"
    dataset = DATASETS[name]
    if is_english(get_language()):
        given.setdefault("lang", ["en"])
    given = _readable(given, dataset, today, request.user, refusals)
    denied, preview, known_on = "", None, asked_of(request).known_on
    try:
        selection = read_selection(given, dataset, today=today, user=request.user)
        preview = _preview(request, dataset, given, selection, today)
    except Denied:
        denied = str(FORBIDDEN)
    choices = _choices(given, known_on)
    kept = {key: value for key, value in given.items() if key in ("quarter", "as_of", "lang")}
    entries = tuple(_entry(entry, kept, chosen=entry is dataset) for entry in DATASETS.values())
    return Catalogue(
        entries=entries,
        dataset=next(entry for entry in entries if entry.chosen),
        columns=tuple(_heading(column) for column in dataset.columns),
        filters=tuple(_filters(dataset, given, choices)),
        in_force=tuple(_in_force(given, choices)),
        refusals=tuple(refusals),
        denied=denied,
        preview=preview,
        wide=_address("data:wide", None, {k: v for k, v in given.items() if _fits_the_wide_table(k)}),
        package=reverse("data:package"),
    )


def _readable(given: dict, dataset: Dataset, today, user, refusals: list) -> dict:
    """The parameters that can be answered; what cannot is said and left out."""
    given = dict(given)
    while True:
        try:
            read_selection(given, dataset, today=today, user=user)
        except Refused as refused:
            if refused.parameter not in SAID_BY_THE_FRAME:
                refusals.append(str(refused))
            del given[refused.parameter]
        except Denied:
            return given
        else:
            return given


def _fits_the_wide_table(name: str) -> bool:
    return name in WIDE.filters or name in ("as_of", "lang")


# --- the list and the form -----------------------------------------------------------------------------------
def _entry(dataset: Dataset, query: dict, chosen: bool) -> Entry:
    return Entry(
        dataset.name,
        dataset.title,
        dataset.row,
        chosen,
        dataset.restricted,
        _address("data:dataset", dataset.name, query),
        _address("data:workbook", dataset.name, query),
    )


def _heading(column) -> Heading:
    lang = get_language()
    return Heading(
        column.name,
        in_language(column, "label", lang),
        in_language(column, "about", lang),
        column.type,
        column.type in ("number", "integer"),
    )


def _choices(given: dict, known_on: date) -> dict[str, tuple[Choice, ...]]:
    """What can be chosen on the day, by parameter. Two queries."""

    def of(name: str, pairs) -> tuple[Choice, ...]:
        return tuple(Choice(value, str(label), value in given.get(name, ())) for value, label in pairs)

    return {
        "park": of("park", [(park.code, park.name) for park in parks_known_on(known_on)]),
        "indicator": of("indicator", [(row.code, row.name) for row in _indicators(known_on)]),
        "state": of("state", [(str(state), STATE_WORDS[state]) for state in State]),
        "status": of("status", [("approved", _("仅已审定")), ("all", _("全部（需要权限）"))]),
    }


def _indicators(known_on: date):
    """Indicators by which somebody promised or published something that was known on the day."""
    return Indicator.objects.filter(
        Q(pk__in=CommitmentTerms.objects.known_on(known_on).values("commitment__indicator"))
        | Q(pk__in=TargetTerms.objects.known_on(known_on).values("target__indicator"))
        | Q(pk__in=Reading.objects.known_on(known_on).values("indicator"))
    )


def _words() -> dict[str, str]:
    return {
        "park": _("园区"),
        "indicator": _("指标"),
        "state": _("状态"),
        "status": _("审定情况"),
        "from": _("自季度"),
        "to": _("至季度"),
        "quarter": _("季度"),
        "as_of": _("数据截至"),
        "labels": _("表头"),
        "lang": _("语言"),
        "bom": _("字节顺序标记"),
    }


def _filters(dataset: Dataset, given: dict, choices: dict) -> list[Filter]:
    words = _words()
    filters = []
    for name in ("park", "indicator", "state", "status", "from", "to", "quarter", "as_of"):
        if name != "as_of" and name not in dataset.filters:
            continue
        value = given.get(name, [""])[0]
        if name in REPEATABLE:
            filters.append(Filter(name, words[name], _("可多选"), kind="many", choices=choices[name]))
        elif name == "status":
            filters.append(Filter(name, words[name], "", kind="one", choices=choices[name]))
        elif name == "as_of":
            filters.append(Filter(name, words[name], _("留空即今天"), value, kind="date"))
        else:
            filters.append(Filter(name, words[name], _("如 2025-Q3"), value))
    return filters


def _in_force(given: dict, choices: dict) -> list[Removable]:
    words = _words()
    in_force = []
    for name, texts in given.items():
        labels = {choice.value: choice.label for choice in choices.get(name, ())}
        if name in words and name != "lang":
            in_force += [
                Removable(
                    _("%(filter)s：%(value)s")
                    % {"filter": words[name], "value": labels.get(text.strip(), text.strip())},
                    name,
                    text,
                )
                for text in texts
            ]
    return in_force


# --- the preview ---------------------------------------------------------------------------------------------
def _preview(request, dataset: Dataset, given: dict, selection: Selection, today) -> Preview:
    rows = [
        tuple(
            (cell(column.value(row, selection.lang)), column.type in ("number", "integer"))
            for column in dataset.columns
        )
        for row in islice(dataset.rows(selection), SHOWN_ROWS + 1)
    ]
    permalink = _permalink(request, dataset, given, selection, today)
    return Preview(
        rows=tuple(rows[:SHOWN_ROWS]),
        more=len(rows) > SHOWN_ROWS,
        emptied_by="" if rows else _("、").join(_emptied_by(dataset, given, today, request.user)),
        csv=_address("data:dataset", dataset.name, given),
        xlsx=_address("data:workbook", dataset.name, given),
        permalink=permalink,
        citation=_citation(dataset, permalink, selection, today),
    )


def _emptied_by(dataset: Dataset, given: dict, today, user):
    """The filters without which there would be rows, each taken away alone."""
    words = _words()
    for name in given:
        without = {key: texts for key, texts in given.items() if key != name}
        try:
            selection = read_selection(without, dataset, today=today, user=user)
        except (Refused, Denied):
            continue
        if next(iter(dataset.rows(selection)), None) is not None:
            yield words[name]


def _permalink(request, dataset: Dataset, given: dict, selection: Selection, today) -> str:
    """The address of this file as known on a day that is over: it gives the same content for ever."""
    fixed = dict(given) | {"as_of": [min(selection.known_on, today - timedelta(days=1)).isoformat()]}
    if dataset.name in ABOUT_ONE_QUARTER:
        fixed["quarter"] = [str(selection.about)]
    try:
        read_selection(fixed, dataset, today=today, user=request.user)
    except (Refused, Denied):
        # What is not approved has no past, and a quarter that closed yesterday none that is over.
        return ""
    return request.build_absolute_uri(_address("data:dataset", dataset.name, fixed))


def _citation(dataset: Dataset, permalink: str, selection: Selection, today) -> str:
    if not permalink:
        return ""
    facts = {
        "title": dataset.title,
        "name": dataset.name,
        "day": day_text(min(selection.known_on, today - timedelta(days=1))),
        "today": day_text(today),
        "address": permalink,
    }
    if selection.known_on < today:
        # What was known on a day that is over does not depend on the day on which it is read.
        sentence = _("长春创新目标：%(title)s（%(name)s）。数据截至 %(day)s。%(address)s") % facts
    else:
        sentence = (
            _("长春创新目标：%(title)s（%(name)s）。数据截至 %(day)s。%(today)s 查阅，%(address)s") % facts
        )
    return _("［演示数据］") + sentence if settings.DEMO else sentence


def _address(view_name: str, dataset: str | None, query: dict) -> str:
    path = reverse(view_name, args=[dataset] if dataset else None)
    query = {name: [text.strip() for text in texts if text.strip()] for name, texts in query.items()}
    return f"{path}?{urlencode(query, doseq=True)}" if query else path
