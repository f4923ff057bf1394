"""Which series go into the figure of a commitment, and the sentence and table that say the same."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from changchun_innovation.shared.charts import Chart, Course, Level, Mark, course
from changchun_innovation.shared.courses import Run, courses
from changchun_innovation.shared.explain import expected_text, joined, quantity, target_text
from changchun_innovation.shared.progress import (
    Basis,
    Judgement,
    Kind,
    State,
    elapsed_on,
    expected_on,
    judged_values,
    line_points,
)
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import (
    MISSING_WORDS,
    UNKNOWN,
    day_text,
    number_text,
    percent_text,
    quarter_text,
)
from parks.explained import revision_words
from parks.ledger import Ledger, Pledge, PublishedFigure
from parks.queries import CommitmentLine, PublicationFacts
from parks.ranking import Panel, Row, Show, drawn_value


def span_of(pledges: Sequence[Pledge], quarter: Quarter) -> tuple[date, date]:
    """The days that all charts of a page share: from the first start to the last due day, or the quarter's end."""
    first = min((pledge.terms.start_on for pledge in pledges), default=quarter.starts_on)
    dues = [pledge.terms.due_on for pledge in pledges if pledge.terms.due_on]
    return first, max([quarter.ends_on, *dues])


def commitment_chart(
    ledger: Ledger, line: CommitmentLine, press: Sequence[PublicationFacts], span: tuple[date, date]
) -> Chart:
    """One pledge over its term: what was reported, what the line expects, what was promised, what the press said."""
    pledge, judgement = line.pledge, line.judgement
    figures = {
        quarter: figure
        for quarter, figure in sorted(ledger.published(pledge).items())
        if quarter <= judgement.quarter
    }
    judged = judged_values(judgement.kind, ledger.judged_figures(pledge, judgement.quarter))
    quarters = Quarter.range(Quarter.containing(pledge.terms.start_on), judgement.quarter)
    unit = pledge.indicator.unit
    return Chart(
        name=f"{pledge.park.code}-{pledge.indicator.code}",
        title=title(line),
        sentence=sentence(line, figures, press),
        figure=course(
            Course(
                first=span[0],
                last=span[1],
                reported=[_judged_mark(pledge, quarter, judged.get(quarter)) for quarter in quarters],
                last_label=quantity(judgement.value, unit, judgement.decimals)
                if judgement.value is not None
                else "",
                expected=_expected_marks(judgement, unit),
                expected_label=_expected_name(judgement),
                levels=[
                    Level(judgement.target, _("承诺 %(target)s") % {"target": target_text(judgement, unit)})
                ],
                year_to_date=_year_to_date(pledge, figures) if judgement.kind is Kind.ANNUAL else (),
                press=[_press_mark(each) for each in press],
                revised=_revised(pledge, figures, judged),
            )
        ),
        table=_table(pledge, judgement, quarters, figures, judged),
    )


# --- words --------------------------------------------------------------------------------------------------------
def title(line: CommitmentLine) -> str:
    """The answer of the chart in one line: 入园企业：38 家，较序时进度多 3 家."""
    judgement, indicator = line.judgement, line.pledge.indicator
    facts = {"name": indicator.name, "value": quantity(judgement.value, indicator.unit, judgement.decimals)}
    if judgement.value is None:
        return _("%(name)s：%(reason)s") % {
            "name": indicator.name,
            "reason": MISSING_WORDS.get(str(judgement.missing), UNKNOWN),
        }
    return _("%(name)s：%(value)s，%(relation)s") % {**facts, "relation": _relation(line)}


def _relation(line: CommitmentLine) -> str:
    judgement, unit = line.judgement, line.pledge.indicator.unit
    if State.ACHIEVED in (judgement.state, judgement.state_if_fresh):
        return _("已达承诺")
    if State.MISSED in (judgement.state, judgement.state_if_fresh):
        return _("到期未达承诺")
    if judgement.due_on is None:
        return _("无期限")
    if line.ahead is None:
        return _("低于承诺")
    if line.ahead == 0:
        return _("与序时进度持平")
    difference = quantity(abs(line.ahead), unit)
    if line.ahead > 0:
        return _("较序时进度多 %(difference)s") % {"difference": difference}
    return _("较序时进度少 %(difference)s") % {"difference": difference}


def sentence(
    line: CommitmentLine, figures: dict[Quarter, PublishedFigure], press: Sequence[PublicationFacts]
) -> str:
    """What the chart shows, in one sentence, and what its further marks mean where it has any."""
    judgement, unit = line.judgement, line.pledge.indicator.unit
    facts = {
        "day": day_text(judgement.read_on),
        "value": quantity(judgement.value, unit, judgement.decimals),
        "target": target_text(judgement, unit),
        "due": day_text(judgement.due_on),
        "expected": expected_text(judgement, unit),
    }
    if judgement.value is None:
        known = _("到 %(day)s没有可评判的填报数") % facts
    elif judgement.kind is Kind.ANNUAL:
        known = _("到 %(day)s的四个季度合计 %(value)s") % facts
    else:
        known = _("%(day)s为 %(value)s") % facts
    if judgement.due_on is None:
        promise = _("承诺 %(target)s，没有期限") % facts
    else:
        promise = _("承诺到 %(due)s达到 %(target)s") % facts
    parts = [known, facts["expected"], promise]
    answer = [_("；").join(part for part in parts if part) + _("。")]
    if judgement.kind is Kind.ANNUAL:
        answer.append(_("灰柱为当年累计的填报数。"))
    revised = [figure for figure in figures.values() if figure.was_revised]
    if revised:
        answer.append(_("加圈的数修订过。"))
    if press:
        answer.append(_("空心菱形为公开报道，不计入填报数。"))
    return joined(answer)


def _expected_name(judgement: Judgement) -> str:
    return _("节点目标") if judgement.basis is Basis.MILESTONES else _("按直线估计")


# --- marks --------------------------------------------------------------------------------------------------------
def _judged_mark(pledge: Pledge, quarter: Quarter, value: Decimal | None) -> Mark:
    words = f"{quarter_text(quarter)}  {quantity(value, pledge.indicator.unit, pledge.terms.decimals)}"
    if pledge.terms.kind is Kind.ANNUAL:
        words = _("%(value)s（近四个季度合计）") % {"value": words}
    return Mark(quarter.ends_on, value, words)


def _expected_marks(judgement: Judgement, unit: str) -> list[Mark]:
    return [
        Mark(day, value, f"{day_text(day)}  {_expected_name(judgement)} {quantity(value, unit)}")
        for day, value in line_points(judgement.terms)
    ]


def _year_to_date(pledge: Pledge, figures: dict[Quarter, PublishedFigure]) -> list[Mark]:
    unit, decimals = pledge.indicator.unit, pledge.terms.decimals
    return [
        Mark(
            quarter.ends_on,
            figure.value,
            _("%(quarter)s今年以来 %(value)s")
            % {"quarter": quarter_text(quarter), "value": quantity(figure.value, unit, decimals)},
        )
        for quarter, figure in figures.items()
        if figure.value is not None
    ]


def _press_mark(report: PublicationFacts) -> Mark:
    unit = report.indicator.unit if report.indicator else ""
    words = _("公开报道：%(label)s %(value)s（%(day)s）") % {
        "label": report.label,
        "value": quantity(report.value, unit),
        "day": day_text(report.as_of),
    }
    return Mark(report.as_of, report.value, words)


def _revised(pledge: Pledge, figures: dict[Quarter, PublishedFigure], judged: dict) -> list[Mark]:
    return [
        Mark(quarter.ends_on, judged.get(quarter, figure.value), revision_words(pledge, figure))
        for quarter, figure in figures.items()
        if figure.was_revised
    ]


# --- the same as a table ------------------------------------------------------------------------------------------
def _table(
    pledge: Pledge, judgement: Judgement, quarters: list[Quarter], figures: dict, judged: dict
) -> dict:
    annual = judgement.kind is Kind.ANNUAL
    decimals, unit = judgement.decimals, pledge.indicator.unit
    figure_name = _("今年以来（%(unit)s）") if annual else _("填报数（%(unit)s）")
    columns = [_("季度"), (figure_name % {"unit": unit}, "n")]
    if annual:
        columns.append((_("近四个季度合计"), "n"))
    columns += [(_expected_name(judgement), "n"), _("说明")]
    rows = []
    for quarter in reversed(quarters):
        figure = figures.get(quarter)
        row = [quarter.axis, _figure_text(figure, decimals)]
        if annual:
            row.append(number_text(judged.get(quarter), decimals))
        rows.append([*row, number_text(expected_on(pledge.terms, quarter.ends_on)), _remark(pledge, figure)])
    return {"columns": columns, "rows": rows}


def _figure_text(figure: PublishedFigure | None, decimals: int) -> str:
    if figure is None:
        return UNKNOWN
    return _("不适用") if figure.not_applicable else number_text(figure.value, decimals)


def _remark(pledge: Pledge, figure: PublishedFigure | None) -> str:
    if figure is None:
        return _("没有审定过的填报数")
    remarks = [figure.not_applicable_reason, figure.note]
    if figure.was_revised:
        remarks.append(revision_words(pledge, figure))
    return _("；").join(remark for remark in remarks if remark)


# --- several commitments side by side -----------------------------------------------------------------------------
def comparison_chart(ledger: Ledger, panel: Panel, panels: Sequence[Panel], quarter: Quarter) -> Chart:
    """How the rows of a panel came to where they stand, quarter by quarter; shares keep one axis over all panels."""
    in_shares = panel.by_park or panel.show is Show.PROGRESS
    first = min(row.line.pledge.start_on for each in panels for row in each.drawn)
    quarters = Quarter.range(Quarter.containing(first), quarter)
    values = {row.line.code: _over_time(ledger, panel, row, quarters) for row in panel.drawn}
    beside = (
        [_over_time(ledger, each, row, quarters) for each in panels for row in each.drawn]
        if in_shares
        else []
    )
    elapsed = _shared_elapsed(panel, quarters)
    return Chart(
        name=f"compare-{panel.code}",
        title=panel.title,
        sentence=_comparison_sentence(panel, bool(elapsed)),
        figure=courses(
            first,
            quarter.ends_on,
            [_run(panel, row, quarters, values[row.line.code], in_shares) for row in panel.drawn],
            line=[Mark(day, part, f"{day_text(day)}  {percent_text(part)}") for day, part in elapsed],
            line_label=_("时间进度"),
            levels=_pledge_level(panel),
            in_shares=in_shares,
            beside=[value for each in beside for value in each],
        ),
        table={
            "columns": [
                _("指标") if panel.by_park else _("所属园区"),
                *((each.axis, "n") for each in quarters),
            ],
            "rows": [
                [row.label, *(_drawn_text(row, value, in_shares) for value in values[row.line.code])]
                for row in panel.drawn
            ],
        },
    )


def _over_time(ledger: Ledger, panel: Panel, row: Row, quarters: Sequence[Quarter]) -> list[Decimal | None]:
    last = row.line.judgement.quarter
    return [drawn_value(ledger, row.line.pledge, each, panel) if each <= last else None for each in quarters]


def _run(panel: Panel, row: Row, quarters: Sequence[Quarter], values: list, in_shares: bool) -> Run:
    """The leader is drawn strong; it and the last one carry their names."""
    marks = [
        Mark(each.ends_on, value, f"{row.label}  {quarter_text(each)}  {_drawn_text(row, value, in_shares)}")
        for each, value in zip(quarters, values, strict=True)
    ]
    leads, last = row is panel.drawn[0], row is panel.drawn[-1]
    return Run(marks, label=row.label if leads or last else "", strong=leads)


def _drawn_text(row: Row, value: Decimal | None, in_shares: bool) -> str:
    indicator = row.line.pledge.indicator
    return percent_text(value) if in_shares else quantity(value, indicator.unit, indicator.decimals)


def _shared_elapsed(panel: Panel, quarters: Sequence[Quarter]) -> list[tuple[date, Decimal]]:
    """The elapsed time at each quarter's end, where all the rows run over the same days."""
    terms = [row.line.pledge.terms for row in panel.drawn]
    if panel.show is not Show.PROGRESS or len({(each.start_on, each.due_on) for each in terms}) != 1:
        return []
    parts = [(each.ends_on, elapsed_on(terms[0], each.ends_on)) for each in quarters]
    return [(day, part) for day, part in parts if part is not None]


def _pledge_level(panel: Panel) -> list[Level]:
    """What the lines are held against: the pledge, a whole one of them all or that of the leader alone."""
    if panel.show is Show.YEAR:
        return [Level(Decimal(1), _("上年同期"))] if panel.by_park else []
    if panel.by_park or panel.show is Show.PROGRESS:
        return [Level(Decimal(1), _("承诺"))]
    line = panel.drawn[0].line
    words = _("承诺 %(target)s") % {"target": target_text(line.judgement, line.pledge.indicator.unit)}
    return [Level(line.judgement.target, words)]


def _comparison_sentence(panel: Panel, with_elapsed: bool) -> str:
    """What the lines are and in which unit, and what the strong one is."""
    what = {
        Show.PROGRESS: _("逐季的任务进度"),
        Show.ACTUAL: _("逐季的现值，以承诺为 100%%") if panel.by_park else _("逐季的现值（%(unit)s）"),
        Show.YEAR: _("逐季的填报数，以上年同期为 100%%") if panel.by_park else _("逐季的填报数（%(unit)s）"),
    }[panel.show]
    indicator = panel.drawn[0].line.pledge.indicator
    if panel.show is Show.YEAR and indicator.kind is Kind.ANNUAL and not panel.by_park:
        what = _("逐季的填报数（今年以来累计，%(unit)s）")
    facts = {"what": what % {"unit": indicator.unit}, "first": panel.drawn[0].label}
    parts = [_("%(what)s；深色为%(first)s。") % facts]
    if panel.show is Show.ACTUAL and not panel.by_park:
        parts = [_("%(what)s；深色为%(first)s，横线为其承诺。") % facts]
    if with_elapsed:
        parts.append(_("虚线为时间进度。"))
    parts.append(_("没有审定数的季度断开。"))
    return joined(parts)
