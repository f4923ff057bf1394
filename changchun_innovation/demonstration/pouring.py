"""Many rows into one table at once: COPY on PostgreSQL, one prepared statement on SQLite.

For rows that nobody needs as objects afterwards. Both write what saving the same objects would have written; nothing is
validated but by the database.
"""

import csv
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from io import StringIO

from django.db import connection, models

NULL = r"\N"


def pour(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence]) -> int:
    """Add rows to a model's table; `names` are its columns, and each row their values. Answers how many.

    Values are text, whole numbers, Decimal, bool, aware datetimes, dicts for JSON, and None.
    """
    columns = ", ".join(connection.ops.quote_name(name) for name in names)
    table = connection.ops.quote_name(model._meta.db_table)
    if connection.vendor == "postgresql":
        return _copy(f"COPY {table} ({columns}) FROM STDIN WITH (FORMAT csv, NULL '{NULL}')", rows)
    places = ", ".join(["%s"] * len(names))
    return _insert(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)


def _copy(statement: str, rows: Iterable[Sequence]) -> int:
    lines = StringIO()
    csv.writer(lines).writerows([_written(value) for value in row] for row in rows)
    lines.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(statement, lines)
        return cursor.rowcount


def _written(value):
    if value is None:
        return NULL
    return json.dumps(value) if isinstance(value, dict) else value


def _insert(statement: str, rows: Iterable[Sequence]) -> int:
    # SQLite keeps moments and numbers as Django hands them over: as texts.
    kept = {Decimal: str, dict: json.dumps, datetime: connection.ops.adapt_datetimefield_value}
    rows = [[kept[type(value)](value) if type(value) in kept else value for value in row] for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)
    return len(rows)
