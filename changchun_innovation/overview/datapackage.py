"""/data/datapackage.json: what every file holds, for programs (Frictionless Data Package, version 1)."""

from django.conf import settings

from changchun_innovation.overview.exports import DATASETS
from changchun_innovation.shared.csv_export import Column
from changchun_innovation.shared.datasets import Dataset
from institutions.queries import SourceFacts, sources

QUARTER = r"^[0-9]{4}-Q[1-4]$"


def data_package() -> dict:
    """The description of every data set; titles are Chinese, and each has its English beside it."""
    return {
        "profile": "tabular-data-package",
        "name": "changchun-innovation",
        "title": "长春创新目标",
        "title_en": "Changchun innovation targets",
        "description": "城市目标、园区承诺、季度填报与公布数据。空单元格为未知，从不表示零。"
        "带 as_of 且早于今天的地址，其内容永远不变（名称与文字除外，取今天的）。",
        "description_en": "City targets, commitments of the parks, quarterly figures and published values. An empty "
        "cell is unknown and never zero. An address with an as_of before today always gives the same content, "
        "apart from names and texts, which are today's.",
        "demo": settings.DEMO,
        "sources": [_source(source) for source in sources()],
        "resources": [_resource(dataset) for dataset in DATASETS.values()],
    }


def _source(source: SourceFacts) -> dict:
    entry = {"name": source.code, "title": source.title_zh, "title_en": source.title_en}
    return entry | ({"path": source.url} if source.url else {})


def _resource(dataset: Dataset) -> dict:
    return {
        "profile": "tabular-data-resource",
        "name": dataset.name,
        "path": f"{dataset.name}.csv",
        "title": dataset.title_zh,
        "title_en": dataset.title_en,
        "description": dataset.row_zh,
        "description_en": dataset.row_en,
        "format": "csv",
        "mediatype": "text/csv",
        # The file begins with a byte order mark unless it is asked for with bom=0.
        "encoding": "utf-8",
        "dialect": {
            "delimiter": ",",
            "lineTerminator": "\n",
            "quoteChar": '"',
            "doubleQuote": True,
            "header": True,
        },
        "filters": sorted(dataset.filters | {"as_of"}),
        "restricted": dataset.restricted,
        "schema": {
            "fields": [_field(column) for column in dataset.columns],
            "missingValues": [""],
            "primaryKey": list(dataset.key),
        },
    }


def _field(column: Column) -> dict:
    field = {
        "name": column.name,
        "type": column.type,
        "title": column.label_zh,
        "title_en": column.label_en,
        "description": column.about_zh or column.label_zh,
        "description_en": column.about_en or column.label_en,
    }
    constraints = {}
    if column.type == "datetime":
        field["format"] = "any"  # ISO 8601 with +08:00
    if column.type == "boolean":
        field |= {"trueValues": ["true"], "falseValues": ["false"]}
    if column.type in ("number", "integer"):
        field |= {"decimalChar": ".", "bareNumber": True} if column.type == "number" else {"bareNumber": True}
    if column.values:
        constraints["enum"] = [str(value) for value in column.values]
    if column.name.endswith("quarter"):
        constraints["pattern"] = QUARTER
    return field | ({"constraints": constraints} if constraints else {})
