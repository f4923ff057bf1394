"""The line of a CSV file as an expression of PostgreSQL: every cell reads as `csv_export` would write it.

Columns that read from the same part of a row (a park, a report) are joined within the subquery of that part, so that
what many rows share is worked out once. No cell is ever NULL, which would swallow its whole line.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from changchun_innovation.shared.bilingual import is_english
from changchun_innovation.shared.csv_export import FORMULA_SIGNS, QUOTED_SIGNS, Column


def literal(text: str) -> str:
    """A text of our own as PostgreSQL reads it."""
    return "'" + text.replace("'", "''") + "'"


# PostgreSQL keeps no NUL.
_FORMULA = literal(f"^'*[{FORMULA_SIGNS}]".replace("\x00", ""))
_QUOTED = literal(f"[{QUOTED_SIGNS}]")
_EITHER = literal(f"^'*[{FORMULA_SIGNS}]|[{QUOTED_SIGNS}]".replace("\x00", ""))


def text_cell(text: str) -> str:
    """A text, guarded against formulas, in quotation marks where it needs them; most need neither."""
    mark = f"CASE WHEN {text} ~ {_QUOTED} THEN '\"' ELSE '' END"
    guard = f"CASE WHEN {text} ~ {_FORMULA} THEN '''' ELSE '' END"
    dressed = f"{mark} || {guard} || replace({text}, '\"', '\"\"') || {mark}"
    return f"COALESCE(CASE WHEN {text} ~ {_EITHER} THEN {dressed} ELSE {text} END, '')"


def number_cell(number: str) -> str:
    """A number without trailing zeros."""
    return f"COALESCE(trim_scale({number})::text, '')"


def integer_cell(number: str) -> str:
    return f"COALESCE({number}::text, '')"


def truth_cell(truth: str) -> str:
    return f"CASE WHEN {truth} THEN 'true' WHEN NOT {truth} THEN 'false' ELSE '' END"


def day_cell(day: str) -> str:
    return f"COALESCE(to_char({day}, 'YYYY-MM-DD'), '')"


def moment_cell(moment: str) -> str:
    """A moment to the second as it is called in Changchun."""
    local = f"{moment} AT TIME ZONE 'Asia/Shanghai'"
    return f"COALESCE(to_char({local}, 'YYYY-MM-DD\"T\"HH24:MI:SS\"+08:00\"'), '')"


_CELLS = {
    "string": text_cell,
    "number": number_cell,
    "integer": integer_cell,
    "boolean": truth_cell,
    "date": day_cell,
    "datetime": moment_cell,
}


@dataclass(frozen=True)
class Line:
    """A line as an expression over the parts of a row, and what the subquery of each part adds for it."""

    expression: str
    parts: Mapping[str, str]


def line_of(
    columns: Iterable[Column], lang: str, *, facts: Mapping[str, str], cells: Mapping[str, str]
) -> Line:
    """The line that these columns make of a row, the names of things in `lang`.

    The column that reads `report.status` finds its value in `status`, a column of the part `report`. `facts` says where
    it stands under another name or has to be worked out; `cells` holds the finished cells that fit no rule.
    """
    joined: list[str] = []
    parts: dict[str, str] = {}
    for number, (owner, group) in enumerate(groupby(columns, key=lambda column: column.value.owner)):
        written = _with_commas(cells.get(column.value.path) or _cell(column, lang, facts) for column in group)
        # Each comma stands with its part, where many figures share it.
        comma = "',' || " if number else ""
        if owner:
            parts[owner] = f"{parts.get(owner, '')}, {comma}{written} AS cells_{number}"
            joined.append(f"{owner}.cells_{number}")
        else:
            joined.append(comma + written)
    return Line(" || ".join(joined), parts)


def _cell(column: Column, lang: str, facts: Mapping[str, str]) -> str:
    path = column.value.path
    fact = facts.get(path, path.removeprefix(f"{column.value.owner}."))
    if column.value.words:
        first, second = (f"{fact}_zh", f"{fact}_en")
        if is_english(lang):
            first, second = second, first
        fact = f"COALESCE(NULLIF({first}, ''), {second})"
    if column.values:
        # Words of a fixed list, which nobody types.
        return f"COALESCE({fact}, '')"
    return _CELLS[column.type](fact)


def _with_commas(cells: Iterable[str]) -> str:
    return " || ',' || ".join(f"({cell})" for cell in cells)
