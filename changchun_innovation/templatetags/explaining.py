"""States that open to their reasoning on the page: the mark is a button, its panel stands once at the end of the page.

Panels are native popovers: opened by click, Enter or Space, closed by Escape, without a script.
"""

from dataclasses import dataclass
from itertools import count

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from changchun_innovation.shared import marks
from changchun_innovation.shared.remembered import once
from changchun_innovation.shared.why import Why
from changchun_innovation.shared.wording import as_decimal, percent_text, quarter_axis
from changchun_innovation.templatetags import drawn
from changchun_innovation.templatetags.addresses import here, report_error
from changchun_innovation.templatetags.drawn import (
    SHAPES,
    data_attributes,
    judgement_mark,
    shape,
    state_mark,
    words_beside,
)
from changchun_innovation.templatetags.writing import missing_word, plain_number, state_class, state_word

register = template.Library()


@dataclass(frozen=True)
class Tally:
    """The commitments of one park as a list of states, each of which opens in turn."""

    anchor: str
    subject: str
    whys: tuple[Why, ...]


def _opened(context) -> dict[str, Why | Tally]:
    """The panels that were asked for so far, by their ids."""
    # The bottom of the render context is one for the page and everything it includes.
    return context.render_context.dicts[0].setdefault("panels", {})


def opening(context, panel: Why | Tally) -> str:
    """The id of a panel; what is asked for several times on a page stands there once."""
    _opened(context).setdefault(panel.anchor, panel)
    return panel.anchor


def _carried_on(context) -> tuple:
    """What the links of a page carry on (`here`): besides the language all that a page adds to what it shows."""
    asked = context.get("asked")
    return tuple(asked.query.items()) if asked else ()


_blocks = count()


class DrawnOnce(template.Node):
    """Draws its content once for a thing that never changes, and remembers it with the panels that it opens."""

    def __init__(self, thing: FilterExpression, nodelist: NodeList) -> None:
        self.thing, self.nodelist = thing, nodelist
        # Several blocks of a page may draw one thing.
        self.number = next(_blocks)

    def render(self, context) -> SafeString:
        block = ("drawn", self.number, _carried_on(context))
        drawing, panels = once(self.thing.resolve(context), block, lambda: self._draw(context))
        for panel in panels:
            opening(context, panel)
        return drawing

    def _draw(self, context) -> tuple[SafeString, tuple[Why | Tally, ...]]:
        of_the_page = context.render_context.dicts[0]
        others = of_the_page.get("panels", {})
        of_the_page["panels"] = {}
        try:
            drawing = self.nodelist.render(context)
            return drawing, tuple(of_the_page["panels"].values())
        finally:
            of_the_page["panels"] = others


@register.tag
def drawn_once(parser: Parser, token: Token) -> DrawnOnce:
    """`{% drawn_once row %}…{% enddrawn_once %}`: what is drawn of `row` is kept as long as `row` itself.

    Between the tags only `row` may be read, and links only lead on with `here`: nothing else of the page.
    """
    _tag, thing = token.split_contents()
    nodelist = parser.parse(("enddrawn_once",))
    parser.delete_first_token()
    return DrawnOnce(parser.compile_filter(thing), nodelist)


@register.simple_tag(takes_context=True)
def why_mark(context, why: Why, compact: bool = False) -> SafeString:
    """The state of a promise as a button that opens its reasoning; beside it why there is no data, or if fresh."""
    judgement = why.judgement
    button = format_html(
        '<button type="button" class="state {}" popovertarget="{}">'
        '<span class="visually-hidden">{}</span>{}<span class="word">{}</span></button>',
        state_class(judgement.state),
        opening(context, why),
        _("%(subject)s：") % {"subject": why.subject},
        shape(SHAPES[str(judgement.state)]),
        state_word(judgement.state),
    )
    if compact:
        return button
    reason = missing_word(judgement.missing, why.published)
    return format_html(
        "{}{}{}", button, words_beside(judgement.state_if_fresh, reason), _answered_for(judgement)
    )


def _answered_for(judgement) -> SafeString | str:
    """Where the question was about a quarter after the due one: which quarter it was answered for."""
    if not judgement.capped:
        return ""
    words = _("按 %(quarter)s 回答") % {"quarter": quarter_axis(judgement.quarter)}
    return format_html('<br><span class="quiet small">{}</span>', words)


@register.simple_tag(takes_context=True)
def matrix_cell(context, cell=None, url: str = "") -> SafeString:
    """One `<td>` of parks × indicators: progress, elapsed time and state; nothing where nothing was pledged.

    With `why` in it the whole cell opens the reasoning; otherwise it leads to `url`, where there is one.
    """
    if not cell:
        return format_html(
            '<td class="cell unpledged"><span class="visually-hidden">{}</span></td>', _("未承诺")
        )
    judgement, why = drawn.part_of(cell, "judgement"), drawn.part_of(cell, "why")
    label, url = drawn.part_of(cell, "label"), url or drawn.part_of(cell, "url")
    inside = format_html(
        "{}{}{}",
        format_html('<span class="visually-hidden">{} </span>', label) if label else "",
        _progress_and_time(judgement),
        judgement_mark(judgement, compact=True),
    )
    if why:
        inside = format_html(
            '<button type="button" class="opens" popovertarget="{}">{}</button>',
            opening(context, why),
            inside,
        )
    elif url:
        inside = format_html('<a href="{}">{}</a>', url, inside)
    return format_html(
        '<td class="cell {}"{} data-sort="{}">{}</td>',
        state_class(judgement.state),
        data_attributes(judgement, commitment=drawn.part_of(cell, "commitment")),
        plain_number(judgement.progress),
        inside,
    )


def _progress_and_time(judgement) -> SafeString | str:
    """Progress as a number and a bar with the mark of time; beneath it elapsed time. '' where nothing is known."""
    if judgement.progress is None:
        return ""
    bar = marks.bullet(as_decimal(judgement.progress), as_decimal(judgement.elapsed))
    time = elapsed = ""
    if bar.elapsed:
        time = format_html('<line class="time" x1="{0}" x2="{0}" y1="0" y2="6"/>', bar.elapsed)
        elapsed = format_html(
            '<span class="elapsed">{} {}</span>', _("时间"), percent_text(judgement.elapsed)
        )
    return format_html(
        '<span class="ratio"><span class="visually-hidden">{} </span>{}</span>'
        '<svg class="bar" width="100%" height="6" aria-hidden="true"><rect class="track" y="1" width="{}" height="4"/>'
        '<rect class="fill" y="1" width="{}" height="4"/>{}</svg>{}',
        _("任务进度"),
        percent_text(judgement.progress),
        bar.target,
        bar.bar,
        time,
        elapsed,
    )


@register.simple_tag(takes_context=True)
def tally(context, card) -> SafeString:
    """How many of a park's commitments are in which state; each count opens the list of them."""
    if not card.lines:
        return format_html('<span class="quiet">{}</span>', _("没有已知的承诺"))
    order = list(card.counts)
    whys = tuple(line.why for line in sorted(card.lines, key=lambda line: order.index(line.judgement.state)))
    anchor = opening(context, Tally(f"why--{card.park.code}", card.park.name, whys))
    for why in whys:
        opening(context, why)
    items = format_html_join(
        " ",
        "<span>{} {}</span>",
        ((state_mark(state, compact=True), count) for state, count in card.counts.items()),
    )
    return format_html(
        '<button type="button" class="opens tally" popovertarget="{}"><span class="visually-hidden">{}</span>{}</button>',
        anchor,
        _("%(subject)s：") % {"subject": card.park.name},
        items,
    )


@register.simple_tag(takes_context=True)
def panels(context) -> SafeString:
    """Every panel that a mark of the page opens, once each."""
    # A list of states asks for the panels of its states, which were asked for with it.
    return mark_safe("".join(_panel(context, panel) for panel in list(_opened(context).values())))


def _panel(context, panel: Why | Tally) -> str:
    return once(panel, ("panel", _carried_on(context)), lambda: _drawn_panel(context, panel))


def _drawn_panel(context, panel: Why | Tally) -> str:
    if isinstance(panel, Tally):
        marks = [(why.subject.removeprefix(panel.subject), why_mark(context, why)) for why in panel.whys]
        return render_to_string("_components/tally.html", {"tally": panel, "marks": marks})
    facts = [
        (fact, [(here(context, link.view, link.code), link.words) for link in fact.links])
        for fact in panel.facts
    ]
    page = panel.page
    address = here(context, page.view, page.code) + (f"#{page.fragment}" if page.fragment else "")
    return render_to_string(
        "_components/why.html",
        {
            "why": panel,
            "j": panel.judgement,
            "facts": facts,
            "page": address,
            "report": report_error(context, panel.about),
        },
    )
