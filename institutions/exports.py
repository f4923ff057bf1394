"""Partners as a file."""

from changchun_innovation.shared.csv_export import Column, in_words, of
from changchun_innovation.shared.datasets import Dataset, Selection
from institutions import queries
from institutions.models import InstitutionKind

INSTITUTION_COLUMNS = (
    Column("code", of("code"), "代码", "Code"),
    Column("name", in_words("name"), "名称", "Name"),
    Column("kind", of("kind"), "类别", "Kind", values=tuple(InstitutionKind.values)),
    Column("role", in_words("role"), "承担的工作", "Role"),
)


def institution_rows(selection: Selection):
    """Every partner, in the order of the reference data; names and texts are today's."""
    yield from queries.institutions()


INSTITUTIONS = Dataset(
    name="institutions",
    title_zh="机构",
    title_en="Institutions",
    row_zh="一行是一个机构：高校、科研院所、企业、政府部门、基金、开发区或院士团队",
    row_en="One row is a partner: university, institute, firm, government body, fund, development zone or team",
    columns=INSTITUTION_COLUMNS,
    rows=institution_rows,
    key=("code",),
)
