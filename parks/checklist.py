"""What is unclear or wanting in a pledge itself, before anybody asks how far it got; and who can mend it, and where."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from changchun_innovation.shared.explain import quantity
from changchun_innovation.shared.progress import Kind
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import quarter_text
from parks.baselines import takes_baseline
from parks.ledger import Ledger, Pledge, PublishedFigure


class Want(StrEnum):
    """What a pledge wants, the gravest first."""

    NO_SOURCE = "no-source"
    NO_DUE_DAY = "no-due-day"
    NEVER_REPORTED = "never-reported"
    NOT_APPLICABLE = "not-applicable"
    BELOW_BASELINE = "below-baseline"
    BELOW_VALUE = "below-value"
    UNCLEAR_BASIS = "unclear-basis"
    NO_BASELINE = "no-baseline"
    NO_MILESTONE = "no-milestone"


WANT_WORDS = {
    Want.NO_SOURCE: gettext_lazy("没有出处"),
    Want.NO_DUE_DAY: gettext_lazy("没有期限"),
    Want.NEVER_REPORTED: gettext_lazy("无人填报"),
    Want.NOT_APPLICABLE: gettext_lazy("填报为不适用"),
    Want.BELOW_BASELINE: gettext_lazy("起始时已达承诺"),
    Want.BELOW_VALUE: gettext_lazy("承诺低于现值"),
    Want.UNCLEAR_BASIS: gettext_lazy("口径不明"),
    Want.NO_BASELINE: gettext_lazy("没有基数"),
    Want.NO_MILESTONE: gettext_lazy("没有节点目标"),
}
_BY_THE_PARK = gettext_lazy("园区填报人填写，审核人审定")
_BY_THE_OFFICE = gettext_lazy("审核人或管理员，与园区商定")


@dataclass(frozen=True)
class Finding:
    """One thing that a pledge wants, in words, with who can mend it and where."""

    pledge: Pledge
    want: Want
    words: str
    who: str
    where: str

    @property
    def name(self) -> str:
        return str(WANT_WORDS[self.want])


def findings(ledger: Ledger, pledge: Pledge, quarter: Quarter) -> tuple[Finding, ...]:
    """Everything that a pledge wants in a quarter, the gravest first; nothing where it wants nothing.

    A promise whose term is over is not asked for a milestone any more, nor called too low because it was kept.
    """
    found = dict(_found(ledger, pledge, quarter))
    return tuple(Finding(pledge, want, found[want], *_mended(want)) for want in Want if want in found)


def checklist(ledger: Ledger, pledges: Iterable[Pledge], quarter: Quarter) -> tuple[Finding, ...]:
    """The findings of several pledges, by pledge."""
    return tuple(each for pledge in pledges for each in findings(ledger, pledge, quarter))


def counted(found: Iterable[Finding]) -> dict[Want, int]:
    """How many pledges want what, the gravest first; what none wants is left out."""
    wants = [each.want for each in found]
    return {want: wants.count(want) for want in Want if want in wants}


def _found(ledger: Ledger, pledge: Pledge, quarter: Quarter):
    terms = pledge.terms
    running = terms.due_quarter is None or quarter < terms.due_quarter
    if pledge.source is None:
        yield (
            Want.NO_SOURCE,
            _("没有文件为证，只有录入时的理由：%(reason)s") % {"reason": pledge.reason or "—"},
        )
    if terms.due_on is None:
        yield Want.NO_DUE_DAY, _("没有写明何时完成，只能看任务进度，不论快慢")
    if pledge.note:
        yield Want.UNCLEAR_BASIS, pledge.note
    if takes_baseline(terms.kind) and not terms.baseline_known:
        yield Want.NO_BASELINE, _("起始时的数不知道，按 0 计，进度因此偏高")
    if running and terms.due_on and terms.kind is not Kind.RATE and not terms.line_milestones:
        yield Want.NO_MILESTONE, _("没有商定的中间目标，应达数只是直线估计")
    yield from _about_figures(pledge, _last_figure(ledger, pledge, quarter), quarter)
    yield from _too_low(ledger, pledge, quarter, running)


def _last_figure(ledger: Ledger, pledge: Pledge, quarter: Quarter) -> PublishedFigure | None:
    figures = [figure for of, figure in ledger.published(pledge).items() if of <= quarter]
    return max(figures, key=lambda figure: figure.quarter, default=None)


def _about_figures(pledge: Pledge, last: PublishedFigure | None, quarter: Quarter):
    if last is None:
        yield (
            Want.NEVER_REPORTED,
            _("到 %(quarter)s还没有审定过的填报数") % {"quarter": quarter_text(pledge.terms.capped(quarter))},
        )
    elif last.not_applicable:
        yield (
            Want.NOT_APPLICABLE,
            _("%(quarter)s填报为不适用：%(reason)s")
            % {"quarter": quarter_text(last.quarter), "reason": last.not_applicable_reason or "—"},
        )


def _too_low(ledger: Ledger, pledge: Pledge, quarter: Quarter, running: bool):
    terms, unit = pledge.terms, pledge.indicator.unit
    if terms.kind is Kind.RATE:
        return
    if terms.baseline is not None and terms.starts_at_target:
        yield (
            Want.BELOW_BASELINE,
            _("基数 %(baseline)s，承诺 %(target)s：起始时已达到，看不出要做什么")
            % {"baseline": quantity(terms.baseline, unit), "target": quantity(terms.target, unit)},
        )
    judgement = ledger.judgement(pledge, quarter)
    value = judgement.value
    if not running or value is None or value == terms.target:
        return
    if (value > terms.target) == terms.comparator.rising:
        yield (
            Want.BELOW_VALUE,
            _("现值 %(value)s已越过承诺 %(target)s，而期限未到，可商定新的目标")
            % {"value": quantity(value, unit), "target": quantity(terms.target, unit)},
        )


def _mended(want: Want) -> tuple[str, str]:
    """Who can mend it, and where."""
    return {
        Want.NO_SOURCE: (str(_BY_THE_OFFICE), _("后台“承诺数字”：附上来源另增一行")),
        Want.NO_DUE_DAY: (str(_BY_THE_OFFICE), _("后台“承诺数字”：写明到期日另增一行")),
        Want.NEVER_REPORTED: (str(_BY_THE_PARK), _("后台：该园区的季报")),
        Want.NOT_APPLICABLE: (str(_BY_THE_PARK), _("后台：下一份季报，或重开该季度")),
        Want.BELOW_BASELINE: (str(_BY_THE_OFFICE), _("后台“承诺数字”：另增一行")),
        Want.BELOW_VALUE: (str(_BY_THE_OFFICE), _("后台“承诺数字”：另增一行")),
        Want.UNCLEAR_BASIS: (str(_BY_THE_OFFICE), _("后台“承诺”：改写说明，必要时另增承诺数字")),
        Want.NO_BASELINE: (str(_BY_THE_PARK), _("后台：下一份季报的“基数”一栏")),
        Want.NO_MILESTONE: (_("园区填报人提出，审核人审定"), _("后台“节点目标”")),
    }[want]
