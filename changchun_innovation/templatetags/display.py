"""The one library that templates load: `{% load display %}`.

It joins the filters of `writing`, the links and the page frame of `addresses`, the marks of `drawn` and the
panels of `explaining` with the blocks of a page below. Tags take finished values; none of them asks the
database. The page /components/ shows every one of them in every state.
"""

from django import template
from django.template.loader import render_to_string
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

from changchun_innovation.templatetags import addresses, drawn, explaining, writing

register = template.Library()
for _library in (writing.register, addresses.register, drawn.register, explaining.register):
    register.filters.update(_library.filters)
    register.tags.update(_library.tags)


@register.inclusion_tag("_components/section_heading.html")
def section_heading(title, count=None, csv="", id="", level: int = 2, note="") -> dict:
    """A heading with its count and the address of its CSV file."""
    return {"title": title, "count": count, "csv": csv, "id": id, "level": level, "note": note}


@register.simple_block_tag(takes_context=True, end_name="endtable")
def table(
    context,
    content,
    caption,
    csv="",
    id="",
    note="",
    sortable: bool = False,
    sticky: bool = False,
    dense: bool = False,
    matrix: bool = False,
    hidden: bool = False,
):
    """A table in a box of its own that scrolls, with a caption that names it and links to its CSV file.

    `hidden`: the caption is for screen readers, where the heading right above says the same.
    """
    kinds = [name for name, on in (("sticky", sticky), ("dense", dense), ("matrix", matrix)) if on]
    # The bottom of the render context is one for the page and everything it includes.
    of_the_page = context.render_context.dicts[0]
    number = of_the_page["tables"] = of_the_page.get("tables", 0) + 1
    return render_to_string(
        "_components/table.html",
        {
            "content": content,
            "caption": caption,
            "csv": csv,
            "id": id or f"table-{number}",
            "note": note,
            "sortable": sortable,
            "hidden": hidden,
            "kinds": " ".join(kinds),
        },
    )


@register.inclusion_tag("_components/empty.html")
def empty(what, why="", who="", url="", link="") -> dict:
    """What would stand here, why it does not, and who can change that."""
    return {"what": what, "why": why, "who": who, "url": url, "link": link}


@register.inclusion_tag("_components/chart.html")
def chart(name, title, sentence, figure, table, csv="", height="m", heading: int = 3) -> dict:
    """A drawing that is never alone: beside it one sentence and the same numbers as a table."""
    columns = [
        (column, "") if isinstance(column, str) or not isinstance(column, tuple) else column
        for column in drawn.part_of(table, "columns")
    ]
    kinds = [kind for _text, kind in columns]
    return {
        "name": name,
        "data_id": "chart-data-" + (slugify(name.replace("/", "-")) or "figure"),
        "title": title,
        "sentence": sentence,
        "figure": figure,
        "columns": columns,
        "rows": [_cells(row, kinds) for row in drawn.part_of(table, "rows")],
        "csv": csv,
        "height": height,
        "heading": heading,
    }


def _cells(row, kinds: list[str]) -> SafeString:
    """The cells of a row, the first as its heading; `kinds` are their classes, '' for none."""
    tags = ['th scope="row"', *["td"] * (len(kinds) - 1)]
    return format_html_join(
        "",
        "<{}{}>{}</{}>",
        (
            (mark_safe(tag), _class(kind), localize(cell), tag[:2])
            for tag, kind, cell in zip(tags, kinds, row, strict=True)
        ),
    )


def _class(kind: str) -> SafeString | str:
    return format_html(' class="{}"', kind) if kind else ""
