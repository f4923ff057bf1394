"""What must be true before the application starts."""

from django.conf import settings
from django.core import checks
from django.db import connection


@checks.register(checks.Tags.database)
def psycopg2_is_the_driver(app_configs, **kwargs):
    """Django silently prefers psycopg 3 where it can be imported; COPY and the tests rely on psycopg2."""
    if settings.DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
        return []
    from django.db.backends.postgresql.psycopg_any import is_psycopg3

    if not is_psycopg3:
        return []
    return [
        checks.Error(
            "psycopg 3 is installed and would be used.", hint="pip uninstall psycopg", id="site.E001"
        )
    ]


def demonstration_reports_stand() -> bool:
    """Whether anything that was written in a demonstration is here; a real installation refuses to start with it."""
    from changchun_innovation.models import ErrorReport
    from parks.models import MilestoneProposal, QuarterlyReport, Reply

    tables = connection.introspection.table_names()
    written = (QuarterlyReport, MilestoneProposal, Reply, ErrorReport)
    return any(
        model.objects.filter(origin="demo").exists() for model in written if model._meta.db_table in tables
    )
