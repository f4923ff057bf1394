"""What a figure would mean once it is approved: its change, its progress and the state it leads to, by the one judge."""

from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from changchun_innovation.shared.explain import quantity
from changchun_innovation.shared.progress import Judgement, Standing, judge
from changchun_innovation.shared.why import brief
from changchun_innovation.shared.wording import percent_text, quarter_axis, signed_text
from parks.entry import Entry
from parks.facts import Pledge, PublishedFigure
from parks.ledger import Ledger
from parks.sheet import Line


@dataclass(frozen=True)
class Consequence:
    """The judgement of one line of a sheet, supposing that its figure were approved today.

    `before` is the judgement as it stands without it; both answer for the quarter of the sheet.
    """

    unit: str
    before: Judgement
    judgement: Judgement
    change: Decimal | None
    since: str

    @property
    def change_words(self) -> str:
        """The change since the last approved figure: 较 2025Q2 +4; empty where there is none to compare with."""
        if self.change is None:
            return ""
        return _("较 %(quarter)s %(change)s") % {"quarter": self.since, "change": signed_text(self.change)}

    @property
    def progress_words(self) -> str:
        """Progress beside elapsed time, as officials read it."""
        parts = []
        if self.judgement.progress is not None:
            parts.append(_("任务进度 %(ratio)s") % {"ratio": percent_text(self.judgement.progress)})
        if self.judgement.elapsed is not None:
            parts.append(_("时间进度 %(ratio)s") % {"ratio": percent_text(self.judgement.elapsed)})
        return " · ".join(parts)

    @property
    def brief(self) -> str:
        """The whole judgement in one sentence."""
        return brief(self.judgement, self.unit)

    @property
    def changes_state(self) -> bool:
        return self.before.state != self.judgement.state

    @property
    def value_words(self) -> str:
        """The judged value, where it is not the figure itself (a total over four quarters)."""
        if self.judgement.annual_sum is None:
            return ""
        value = quantity(self.judgement.value, self.unit, self.judgement.decimals)
        return _("近四季合计 %(value)s") % {"value": value}


def consequence(ledger: Ledger, line: Line, entry: Entry) -> Consequence | None:
    """What `entry` leads to in the quarter of the line; None while nothing is answered.

    `ledger` holds what is known today of the park; nothing is stored, and nothing is asked of the database.
    """
    if entry.is_blank:
        return None
    supposed = replace(line, entry=entry)
    pledge = line.pledge
    if line.asks_baseline and entry.baseline is not None:
        pledge = replace(pledge, terms=replace(pledge.terms, baseline=entry.baseline))
    return Consequence(
        unit=pledge.indicator.unit,
        before=ledger.judgement(line.pledge, line.quarter),
        judgement=_supposing(ledger, pledge, line, entry),
        change=supposed.change,
        since=quarter_axis(line.last.quarter) if line.last else "",
    )


def _supposing(ledger: Ledger, pledge: Pledge, line: Line, entry: Entry) -> Judgement:
    quarter = line.quarter
    figure = PublishedFigure(
        quarter=quarter,
        value=entry.value,
        not_applicable=entry.not_applicable,
        not_applicable_reason=entry.not_applicable_reason,
        note=entry.note,
        revision=1,
        submitted_at=None,
        approved_at=None,
        origin="",
    )
    figures = {**ledger.figures, pledge.pk: {**ledger.figures_of(pledge), quarter: figure}}
    supposed = replace(ledger, figures=figures, _kept={})
    status = replace(ledger.report_status(line.pledge, quarter), standing=Standing.APPROVED, waiting=False)
    return judge(pledge.terms, supposed.judged_figures(pledge, quarter), status, quarter, ledger.known_on)
