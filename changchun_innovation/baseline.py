"""The reference data of `fixtures/` in the database: missing rows are added, differences applied on request.

Rows are matched by their natural keys, never by numbers, so that two installations can be compared. What exists is
left alone. With `update`, texts are changed in place, with an entry in the audit trail; a changed number of a
promise or a published value becomes a new row that is known from today, beside the old one.
"""

import json
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from auditlog.context import disable_auditlog
from auditlog.models import LogEntry
from django.apps import apps
from django.conf import settings
from django.core import serializers
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist, ValidationError
from django.db import DatabaseError, models
from django.utils import translation

from changchun_innovation.edition import edition
from changchun_innovation.shared.append_only import AppendOnly, Origin
from changchun_innovation.shared.publishing import publishing_lock
from parks.models import DueRule, Figure
from targets.models import Indicator, InitiativeStatus, Terms

# The first day on which anything of the programme was known; the first rule about due days holds from then on.
FIRST_KNOWN = date(2023, 8, 31)
# Fixed as soon as a reported figure uses the indicator.
MEANING_OF_A_FIGURE = {"kind", "unit_zh", "unit_en", "decimals"}


class BaselineRefused(ValueError):
    """The reference data cannot be loaded; the message is one line that names the file and the row."""


@dataclass(frozen=True)
class Difference:
    """One field of one row that reads otherwise in the files than in the database."""

    row: str
    field: str
    old: object
    new: object

    def __str__(self) -> str:
        return f"{self.row}: {self.field}: {_shown(self.old)} → {_shown(self.new)}"


@dataclass
class LoadedTable:
    """What happened to one table."""

    model: type[models.Model]
    in_files: int = 0
    added: int = 0
    last_added: models.Model | None = None
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True)
class _FileRow:
    place: str  # file name and row number, for messages
    content: dict


def load(*, update: bool = False, today: date, folder: Path | None = None) -> list[LoadedTable]:
    """Add the missing rows; with `update`, apply every difference too. All or nothing.

    Raises BaselineRefused for a file that cannot be read, a row that breaks a rule of its model, and an update that
    would give reported figures another meaning.
    """
    tables, directory = [], _Directory()
    with publishing_lock(), translation.override("en"):
        before = edition()
        for model, rows in _by_model(_rows(folder or settings.BASE_DIR / "fixtures")):
            tables.append(_load_table(model, rows, directory, update=update, today=today))
        tables.append(_keep_due_rule(today))
        added = [table.last_added for table in tables if table.last_added]
        if added and edition() == before:
            # Texts alone, of tables that were empty: readers see them, and so somebody has to tell.
            _record_addition(added[-1])
    return tables


# --- reading the files ---------------------------------------------------------------------------------------
def _rows(folder: Path) -> list[_FileRow]:
    rows = []
    for path in sorted(folder.glob("*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise BaselineRefused(f"{path.name} cannot be read: {error}") from error
        if not isinstance(content, list):
            raise BaselineRefused(f"{path.name} is not a list of rows.")
        for number, row in enumerate(content, start=1):
            place = f"{path.name}, row {number}"
            if not (isinstance(row, dict) and isinstance(row.get("fields"), dict) and "model" in row):
                raise BaselineRefused(f"{place}: a row has a “model” and its “fields”.")
            if "pk" in row:
                raise BaselineRefused(f"{place}: rows are named by their codes, not by “pk”.")
            rows.append(_FileRow(place, row))
    if not rows:
        raise BaselineRefused(f"no reference data in {folder}.")
    return rows


def _by_model(rows: list[_FileRow]) -> list[tuple[type[models.Model], list[_FileRow]]]:
    """The rows of each table, tables that others point at first."""
    grouped: dict[type[models.Model], list[_FileRow]] = {}
    for row in rows:
        try:
            model = apps.get_model(row.content["model"])
        except (LookupError, ValueError, TypeError, AttributeError):
            raise BaselineRefused(f"{row.place}: there is no table “{row.content['model']}”.") from None
        if not hasattr(model, "natural_key"):
            raise BaselineRefused(f"{row.place}: {model._meta.label_lower} is no reference data.")
        grouped.setdefault(model, []).append(row)
    ordered = serializers.sort_dependencies([(None, list(grouped))], allow_cycles=False)
    return [(model, grouped[model]) for model in ordered]


class _Directory:
    """The stored rows by their natural keys, read once for each table and kept up to date while loading."""

    def __init__(self) -> None:
        self._tables: dict[type[models.Model], dict[tuple, list]] = {}

    def of(self, model: type[models.Model]) -> dict[tuple, list]:
        """{natural key: rows, the oldest first}; only append-only tables have several for one key."""
        if model not in self._tables:
            table: dict[tuple, list] = {}
            for stored in model._default_manager.select_related(*_links(model)).order_by("pk"):
                table.setdefault(stored.natural_key(), []).append(stored)
            self._tables[model] = table
        return self._tables[model]

    def find(self, model: type[models.Model], key) -> models.Model:
        found = self.of(model).get(tuple(key)) if isinstance(key, list) else None
        if not found:
            raise ValidationError(f"there is no {model._meta.label_lower} “{_named(key)}”.")
        return found[0]


def _links(model: type[models.Model]) -> list[str]:
    """What a natural key may reach: the rows that a row points at, and those that they point at."""
    links = []
    for one in model._meta.fields:
        if one.many_to_one and hasattr(one.related_model, "natural_key"):
            links += [one.name, *(f"{one.name}__{further}" for further in _links(one.related_model))]
    return links


@dataclass(frozen=True)
class _Wanted:
    """A row as the files want it, not saved; `many` holds its many-to-many relations."""

    row: models.Model
    many: dict[str, list[models.Model]]


def _wanted(model: type[models.Model], row: _FileRow, directory: _Directory) -> _Wanted:
    values, many = {}, {}
    for name, value in row.content["fields"].items():
        try:
            column = model._meta.get_field(name)
            if not (column.many_to_many or column.concrete) or column.auto_created:
                raise FieldDoesNotExist(f"{model._meta.label_lower} has no field “{name}”")
            if column.many_to_many:
                many[name] = [directory.find(column.related_model, key) for key in value]
            elif column.many_to_one:
                values[name] = None if value is None else directory.find(column.related_model, value)
            else:
                values[name] = column.to_python(value)
        except (FieldDoesNotExist, ValidationError, TypeError) as error:
            raise BaselineRefused(f"{row.place}: {name}: {_one_line(error)}") from error
    try:
        wanted = model(**values)
        wanted.natural_key()
    except (AttributeError, ObjectDoesNotExist) as error:
        raise BaselineRefused(f"{row.place}: a part of its key is missing ({_one_line(error)}).") from error
    return _Wanted(wanted, many)


# --- one table -----------------------------------------------------------------------------------------------
def _load_table(
    model: type[models.Model], rows: list[_FileRow], directory: _Directory, *, update: bool, today: date
) -> LoadedTable:
    table = LoadedTable(model, in_files=len(rows))
    existing = directory.of(model)
    first_load = not existing
    seen: set[tuple] = set()
    for row in rows:
        wanted = _wanted(model, row, directory)
        key = wanted.row.natural_key()
        if key in seen:
            raise BaselineRefused(f"{row.place}: {_named(key)} stands there twice.")
        seen.add(key)
        try:
            if key not in existing:
                _add(wanted, known_from=None if first_load else today)
                existing[key], table.last_added = [wanted.row], wanted.row
                table.added += 1
                if not (first_load or isinstance(wanted.row, AppendOnly)):
                    _record_addition(wanted.row)
            else:
                _compare(table, row, wanted, existing[key], update=update, today=today)
        except (ValidationError, DatabaseError) as error:
            raise BaselineRefused(f"{row.place}: {_one_line(error)}") from error
    return table


def _record_addition(row: models.Model) -> None:
    """What readers see is told to be new by a fact or by the trail (edition.py)."""
    changes = {"code": ["None", str(_named(row.natural_key()))]}
    LogEntry.objects.log_create(row, action=LogEntry.Action.CREATE, changes=changes)


def _add(wanted: _Wanted, known_from: date | None) -> None:
    """Add a row; one that joins rows which stand already is known from the day it was entered."""
    if known_from and isinstance(wanted.row, AppendOnly):
        wanted.row.known_from = known_from
    wanted.row.clean_fields()
    # A fact with a source, not an edit by a person.
    with disable_auditlog():
        wanted.row.save()
        for name, rows in wanted.many.items():
            getattr(wanted.row, name).set(rows)


def _compare(
    table: LoadedTable, row: _FileRow, wanted: _Wanted, stored: list, *, update: bool, today: date
) -> None:
    """Note the differences between a row of the files and the database, and apply them if asked to."""
    append_only = issubclass(table.model, AppendOnly)
    if append_only:
        # What a person entered later under the same source is later knowledge, not a difference.
        stored = [one for one in stored if one.entered_by_id is None] or stored
    changes = _changes(row, wanted, stored[-1])
    name = f"{table.model._meta.label_lower} {_named(wanted.row.natural_key())}"
    table.differences += [Difference(name, field, old, new) for field, (old, new) in changes.items()]
    if not changes or not update:
        return
    texts = {field for field in changes if field.endswith(("_zh", "_en"))}
    if not append_only:
        _change_in_place(row, wanted, stored[-1], set(changes))
        return
    if texts:
        for one in stored:
            _reword(one, {field: getattr(wanted.row, field) for field in texts})
    if set(changes) - texts:
        _add_changed(wanted.row, set(changes) - texts, today)


def _changes(row: _FileRow, wanted: _Wanted, stored) -> dict[str, tuple]:
    """{field: (in the database, in the files)} where they differ."""
    changes = {}
    for name in row.content["fields"]:
        column = wanted.row._meta.get_field(name)
        if column.many_to_many:
            old = sorted(str(one) for one in getattr(stored, name).all())
            new = sorted(str(one) for one in wanted.many[name])
        else:
            old, new = column.value_from_object(stored), column.value_from_object(wanted.row)
            if column.many_to_one and old != new:
                old, new = getattr(stored, name), getattr(wanted.row, name)
        # The day from which a row was known belongs to the database that learned it, and an approved report may
        # have added the baseline that the source does not give.
        if name == "known_from" or (name.startswith("baseline") and new is None):
            continue
        if old != new:
            changes[name] = (old, new)
    return changes


def _change_in_place(row: _FileRow, wanted: _Wanted, stored, names: set[str]) -> None:
    meaning = isinstance(stored, Indicator) and names & MEANING_OF_A_FIGURE
    if meaning and Figure.objects.filter(commitment__indicator=stored).exists():
        raise BaselineRefused(
            f"{row.place}: reported figures use {stored.code}; its kind, unit and decimals cannot change."
        )
    columns = [name for name in names if name not in wanted.many]
    for name in columns:
        setattr(stored, name, getattr(wanted.row, name))
    stored.clean_fields()
    if columns:
        stored.save(update_fields=columns)
    for name in names & set(wanted.many):
        getattr(stored, name).set(wanted.many[name])


def _reword(stored: AppendOnly, texts: dict[str, str]) -> None:
    """Mend the words of a fact, never its numbers; the audit trail keeps the old ones."""
    changes = {name: [getattr(stored, name), text] for name, text in texts.items()}
    for name, text in texts.items():
        setattr(stored, name, text)
    stored.clean_fields()
    type(stored).objects.filter(pk=stored.pk).reword(**texts)
    LogEntry.objects.log_create(stored, action=LogEntry.Action.UPDATE, changes=changes)


def _add_changed(wanted: AppendOnly, names: set[str], today: date) -> None:
    """Add the row that counts from today: the one that counted until now, with the changed fields.

    In a demonstration an invented row may count (a baseline that a park gave). Then both are renewed, so that taking
    the demonstration away leaves the real one.
    """
    rivals = [row for row in type(wanted).objects.all() if _subject(row) == _subject(wanted)]
    real = [row for row in rivals if getattr(row, "origin", Origin.REPORTED) == Origin.REPORTED]
    counting = {row.pk: row for row in (_counts_last(real), _counts_last(rivals)) if row}
    for row in counting.values():
        for name in (*names, "source"):
            setattr(row, name, getattr(wanted, name))
        row.pk, row._state.adding = None, True
        row.known_from, row.reason = today, "参考数据更新"
        row.entered_by = row.entered_at = None
        row.clean_fields()
        row.save()


def _counts_last(rows: list[AppendOnly]) -> AppendOnly | None:
    return max(rows, key=lambda row: (row.known_from, row.pk), default=None)


def _subject(row: AppendOnly) -> tuple:
    """What a row is about: of several sources for one promise only the last counts."""
    key = row.natural_key()
    return key[:-1] if isinstance(row, (Terms, InitiativeStatus)) else key


# --- due days ------------------------------------------------------------------------------------------------
def _keep_due_rule(today: date) -> LoadedTable:
    """Keep the rule about due days in step with REPORT_DUE_DAYS; quarters that closed keep theirs."""
    table = LoadedTable(DueRule)
    latest = DueRule.objects.order_by("known_from", "pk").last()
    if latest is None or latest.days != settings.REPORT_DUE_DAYS:
        DueRule.objects.create(
            days=settings.REPORT_DUE_DAYS,
            known_from=today if latest else FIRST_KNOWN,
            reason=f"REPORT_DUE_DAYS={settings.REPORT_DUE_DAYS}",
        )
        table.added = 1
    return table


# --- words ---------------------------------------------------------------------------------------------------
def _named(key) -> str:
    if not isinstance(key, (list, tuple)):
        return str(key)
    return "/".join(str(part) for part in key if part != "")


def _shown(value) -> str:
    if value is None or value == "":
        return "(empty)"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return ", ".join(value) if isinstance(value, list) else str(value)


def _one_line(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        if hasattr(error, "message_dict"):
            return "; ".join(f"{name}: {' '.join(said)}" for name, said in error.message_dict.items())
        return " ".join(error.messages)
    return " ".join(str(error).split())[:300]
