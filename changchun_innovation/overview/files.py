"""The content of every download. The web and the command `export_data` call the same functions."""

from collections.abc import Iterator
from io import BytesIO

from django.conf import settings
from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from changchun_innovation.shared.bilingual import in_language
from changchun_innovation.shared.copy_out import copied
from changchun_innovation.shared.csv_export import heading_line, in_blocks, row_lines
from changchun_innovation.shared.datasets import Dataset, Selection


def csv_file(dataset: Dataset, selection: Selection) -> Iterator[bytes]:
    """The CSV file in blocks of bytes, each made when it is asked for; the headings leave before a row is looked for.

    PostgreSQL writes a long file itself where the data set says how, with the same bytes.
    """
    yield heading_line(dataset.columns, bom=selection.bom, labels=selection.labels).encode()
    if dataset.lines and connection.vendor == "postgresql":
        yield from copied(*dataset.lines(selection))
    else:
        yield from in_blocks(row_lines(dataset.columns, dataset.rows(selection), selection.lang))


def xlsx_file(dataset: Dataset, selection: Selection) -> BytesIO:
    """The workbook with the same cells, and a second sheet that says what they are."""
    # The library for workbooks takes 60 ms and some megabytes: a process that only shows pages stays without it.
    from changchun_innovation.shared.xlsx_export import new_book, settled, write_about, write_table

    book = new_book()
    write_table(
        book,
        dataset.name,
        dataset.columns,
        dataset.rows(selection),
        lang=selection.lang,
        labels=selection.labels,
    )
    with translation.override(selection.lang):
        lines = [(_("数据集"), in_language(dataset, "title", selection.lang))]
        lines += about_lines(selection)
        lines.append((_("一行"), in_language(dataset, "row", selection.lang)))
        lines += [
            (column.name, " · ".join(text for text in _column_texts(column, selection.lang) if text))
            for column in dataset.columns
        ]
        write_about(book, _("说明"), lines)
    return settled(book)


def about_lines(selection: Selection) -> list[tuple[str, str]]:
    """The question that a file answers, in the active language; first of all whether the answer is invented."""
    lines = []
    if settings.DEMO:
        lines.append((_("演示"), _("园区季报为虚构数据，仅供试用；城市目标、承诺与公布数据有出处。")))
    lines.append((_("数据截至"), selection.known_on.isoformat()))
    if selection.quarter:
        lines.append((_("季度"), str(selection.quarter)))
    for word, values in (
        (_("园区"), selection.parks),
        (_("指标"), selection.indicators),
        (_("状态"), selection.states),
        (_("自"), (selection.first,)),
        (_("至"), (selection.last,)),
    ):
        if any(values):
            lines.append((word, _("、").join(str(value) for value in values)))
    lines.append((_("空单元格"), _("未知，不是零")))
    return lines


def file_name(name: str, selection: Selection, extension: str) -> str:
    """What the file is called: a demonstration's begin with demo-, and every one says which day it is known on."""
    demo = "demo-" if settings.DEMO else ""
    return f"{demo}{name}-{selection.known_on.isoformat()}.{extension}"


def _column_texts(column, lang: str) -> tuple[str, str]:
    return in_language(column, "label", lang), in_language(column, "about", lang)
