"""What the press said about the parks, as a file."""

from changchun_innovation.shared.csv_export import Column, in_words, of
from changchun_innovation.shared.datasets import Dataset, Selection
from changchun_innovation.shared.quarters import Quarter
from parks import queries
from targets.exports import confidence_column, indicator_columns, qualifier_column, source_column

PUBLICATION_COLUMNS = (
    Column("park_code", of("park_code"), "园区代码", "Park code"),
    Column("park", in_words("park_name"), "园区", "Park"),
    *indicator_columns(),
    Column("label", in_words("label"), "内容", "Label"),
    Column("as_of", of("as_of"), "截至", "As of", "date"),
    Column("value", of("value"), "数值", "Value", "number"),
    qualifier_column(),
    confidence_column(),
    source_column(),
    Column("published_on", of("source.published_on"), "发布日期", "Published on", "date"),
    Column("remark", in_words("remark"), "说明", "Remark"),
)


def publication_rows(selection: Selection):
    """Press reports published by the day, by park and day. One query."""
    parks = {"park__code__in": selection.parks} if selection.parks else {}
    for publication in queries.publications(selection.known_on, **parks):
        code = publication.indicator.code if publication.indicator else None
        if selection.takes_indicator(code) and selection.takes_quarter(Quarter.containing(publication.as_of)):
            yield publication


PUBLICATIONS = Dataset(
    name="publications",
    title_zh="公开报道",
    title_en="Press reports",
    row_zh="一行是报刊对一个园区的一个数字的报道；从不与填报数混用",
    row_en="One row is a number that the press gave for a park; it is never mixed with reported figures",
    columns=PUBLICATION_COLUMNS,
    rows=publication_rows,
    key=("park_code", "label", "as_of", "source_code"),
    filters=frozenset({"park", "indicator", "quarter", "from", "to"}),
)
