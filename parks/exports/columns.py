"""Columns that several of the parks' files share."""

from changchun_innovation.shared.append_only import Origin
from changchun_innovation.shared.csv_export import Column, in_words, of


def park_columns(path: str = "park") -> tuple[Column, ...]:
    return (
        Column("park_code", of(f"{path}.code"), "园区代码", "Park code"),
        Column("park", in_words(f"{path}.name"), "园区", "Park"),
    )


def quarter_column(path: str = "quarter") -> Column:
    return Column(
        "quarter",
        of(path),
        "季度",
        "Quarter",
        about_zh="公历季度，写作 2025-Q3",
        about_en="Calendar quarter, written 2025-Q3",
    )


def comparator_column(path: str) -> Column:
    return Column(
        "comparator",
        of(path),
        "比较",
        "Comparator",
        about_zh="ge 不低于、gt 超过、le 不高于、lt 低于",
        about_en="At least, more than, at most, less than",
        values=("ge", "gt", "le", "lt"),
    )


def submitted_at_column(path: str = "submitted_at") -> Column:
    return Column("submitted_at", of(path), "提交时间", "Submitted at", "datetime")


def approved_at_column(path: str = "approved_at") -> Column:
    return Column("approved_at", of(path), "审定时间", "Approved at", "datetime")


def revision_column(path: str = "revision") -> Column:
    return Column(
        "revision",
        of(path),
        "版次",
        "Revision",
        "integer",
        about_zh="季报的版次；重开后的更正为下一版",
        about_en="Revision of the report; a correction is the next one",
    )


def origin_column(path: str = "origin") -> Column:
    return Column(
        "origin",
        of(path),
        "数据性质",
        "Origin",
        about_zh="reported 真实、demo 演示（虚构）",
        about_en="reported, or demo: invented for a demonstration",
        values=tuple(Origin.values),
    )
