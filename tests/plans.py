"""What a database reads to answer a statement, from its own EXPLAIN: which tables whole, how many rows, what it sorts.

On PostgreSQL the statement is run and the rows that it touched are counted; SQLite tells only which tables it would
walk through from end to end.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from django.apps import apps
from django.db import connection

# Rows of these are added for every park.
OF_PARKS = frozenset(
    {
        "auditlog_logentry",
        "auth_user",
        "auth_user_groups",
        "parks_commitment",
        "parks_commitmentterms",
        "parks_deadlineextension",
        "parks_keptcopy",
        "parks_milestone",
        "parks_milestoneproposal",
        "parks_park",
        "parks_parkmanager",
        "parks_proposedmilestone",
        "parks_publication",
        "parks_reportsfrom",
    }
)
# Rules and links of the city, as many as it makes, and the one mark of its stored answers.
OF_THE_CITY = frozenset({"parks_duerule", "parks_jointlink", "parks_storedupto"})
# Rows of all others about parks are added for every quarter and revision as well.
OF_QUARTERS = (
    frozenset(
        model._meta.db_table for model in apps.get_app_config("parks").get_models(include_auto_created=True)
    )
    - OF_PARKS
    - OF_THE_CITY
)
# A page has a hundred rows, each with its park, promise and indicator; a quarter of 2,000 parks would be 2,000.
MOST_ROWS = 1000


@dataclass(frozen=True)
class Complaint:
    """What is wrong with how a statement is answered."""

    table: str
    what: str
    statement: str

    def __str__(self) -> str:
        return f"{self.table}: {self.what}\n    {self.statement}"


def complaints(statements: Iterable[str]) -> list[Complaint]:
    """Of statements that ask for little, each table that is read whole or in large part, and each large sort."""
    look = _in_postgres if connection.vendor == "postgresql" else _in_sqlite
    return [
        Complaint(table, what, statement)
        for statement in dict.fromkeys(statements)
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH"))
        for table, what in look(statement)
    ]


# --- PostgreSQL ----------------------------------------------------------------------------------------------
# Of tables as small as those of the parks the planner may read all pages rather than look a hundred rows up. Without
# these ways it shows whether an index is there that finds the few.
_WAYS_TO_READ_ALL = ("enable_seqscan", "enable_hashjoin", "enable_mergejoin")


def _in_postgres(statement: str) -> Iterator[tuple[str, str]]:
    plan = _plan(statement)
    enough = MOST_ROWS + 4 * _asked_for(plan)
    for node in _nodes(plan):
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in OF_QUARTERS and _rows(node) > enough:
            yield node["Relation Name"], f"all its {_rows(node)} rows are read"
        if node["Node Type"] == "Sort" and (rows := round(node["Plans"][0].get("Actual Rows", 0))) > enough:
            yield ", ".join(node["Sort Key"]), f"{rows} rows are sorted"
    touched: dict[str, int] = {}
    for node in _nodes(_plan_by_indexes(statement)):
        table = node.get("Relation Name")
        if table in _growing(statement):
            touched[table] = touched.get(table, 0) + _rows(node)
            if node["Node Type"] == "Seq Scan":
                yield table, "there is no index for it"
    for table, rows in touched.items():
        if rows > enough:
            yield table, f"even by its indexes {rows} rows are read"


def _rows(node: dict) -> int:
    """The rows that a step looked at, whether or not they were wanted; 0 where the statement was not run."""
    rows = node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)
    return round((rows + node.get("Rows Removed by Index Recheck", 0)) * node.get("Actual Loops", 1))


def _plan_by_indexes(statement: str) -> dict:
    with connection.cursor() as cursor:
        for way in _WAYS_TO_READ_ALL:
            cursor.execute(f"SET {way} = off")
        try:
            return _plan(statement)
        finally:
            for way in _WAYS_TO_READ_ALL:
                cursor.execute(f"RESET {way}")


def _plan(statement: str) -> dict:
    """The plan of a statement as it ran; one that writes is not run again."""
    options = "FORMAT JSON"
    if statement.startswith(("SELECT", "WITH")):
        options += ", ANALYZE, TIMING OFF, BUFFERS OFF"
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN ({options}) {statement}")
        (answer,) = cursor.fetchone()
    return (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]


def _nodes(plan: dict) -> Iterator[dict]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


def _asked_for(plan: dict) -> int:
    """The rows of the answer; of a count those that were counted."""
    inner = plan["Plans"][0] if plan["Node Type"] == "Aggregate" and "Plans" in plan else plan
    return round(inner.get("Actual Rows", 0))


# --- SQLite --------------------------------------------------------------------------------------------------
def _in_sqlite(statement: str) -> Iterator[tuple[str, str]]:
    """SQLite knows how many values a column has, and not which are rare: that it uses an index is all that is asked."""
    if _counts_a_whole_table(statement):
        return
    with connection.cursor() as cursor:
        # Python keeps prepared statements, and a kept EXPLAIN does not see that an index has gone.
        cursor.execute(f"EXPLAIN QUERY PLAN {statement} /* {next(_asked)} */")
        steps = [row[3] for row in cursor.fetchall()]
    names = {alias or table: table for table, alias in _TABLES.findall(statement)}
    sorts = "USE TEMP B-TREE FOR ORDER BY" in steps
    for step in steps:
        walked = re.match(r"SCAN (\w+)(.*)", step)
        table = names.get(walked[1], walked[1]) if walked else ""
        # In the order of its rows a page ends after its hundred.
        if (
            table in _growing(statement)
            and "USING" not in walked[2]
            and not ("LIMIT" in statement and not sorts)
        ):
            yield table, "all its rows are read"
    if sorts and "LIMIT" in statement and "WHERE" not in statement:
        yield ", ".join(names.values()), "all rows are sorted for one page"


_asked = count(1)
_TABLES = re.compile(r'(?:FROM|JOIN) "(\w+)"(?: ([A-Z]+\d+)\b)?')


# --- what a statement asks for -------------------------------------------------------------------------------
def _counts_a_whole_table(statement: str) -> bool:
    """How long a list is: every row is counted, and nothing is asked of any."""
    return statement.startswith('SELECT COUNT(*) AS "__count"') and "WHERE" not in statement


def _growing(statement: str) -> frozenset[str]:
    """The growing tables that a statement must not walk through."""
    if "LIKE" in statement:
        # A part of a name is looked for among all names, whatever the index.
        return OF_QUARTERS
    if "auth_permission" in statement:
        # Who holds a right is looked for among all accounts: the right may be their own or come from any role.
        return (OF_PARKS | OF_QUARTERS) - {"auth_user", "auth_user_groups"}
    return OF_PARKS | OF_QUARTERS
