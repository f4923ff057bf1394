"""One park in a quarter: everything that its page shows, worked out before the template sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from changchun_innovation.shared.charts import Chart
from changchun_innovation.shared.explain import explain, target_text
from changchun_innovation.shared.progress import Kind, State, expected_on, judged_values
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.shared.wording import STATE_WORDS, number_text, quarter_axis, quarter_text
from parks.charts import commitment_chart, revision_words, span_of
from parks.checklist import Finding, checklist
from parks.ledger import Ledger, ParkFacts, Pledge, PublishedFigure, ReportFacts
from parks.milestones import MilestoneFacts, milestone_histories
from parks.queries import (
    NEED,
    CommitmentLine,
    ParkScorecard,
    PublicationFacts,
    publications,
    report_word,
    scorecard,
    term_quarters,
)
from parks.replies import IN_NEED_OF_A_REPLY, ReplyFacts


@dataclass(frozen=True)
class Trend:
    """The small line of one commitment: (quarter, judged value) from its start on, and what the line expects."""

    points: tuple[tuple[Quarter, Decimal | None], ...]
    expected: tuple[Decimal | None, ...]
    pledge: Decimal
    words: str


@dataclass(frozen=True)
class CommitmentPortrait:
    """One commitment with its reasoning, its chart, its milestones, and what the park and the press said of it.

    `milestones` are those of this term, the withdrawn and replaced ones among them.
    """

    line: CommitmentLine
    explanation: str
    trend: Trend
    chart: Chart
    press: tuple[PublicationFacts, ...]
    milestones: tuple[MilestoneFacts, ...]

    @property
    def reply(self) -> ReplyFacts | None:
        """What the park said, of the quarter or of the latest one before it."""
        return self.line.reply

    @property
    def calls_for_a_reply(self) -> bool:
        """Whether the state accuses: the park's own word stands beside it, or that there is none."""
        return self.line.judgement.state in IN_NEED_OF_A_REPLY

    @property
    def replies(self) -> tuple[ReplyFacts, ...]:
        """The reply that counts and those it stands in place of, the latest first."""
        return (self.reply, *self.reply.earlier) if self.reply else ()

    @property
    def anchor(self) -> str:
        return self.line.pledge.indicator.code


@dataclass(frozen=True)
class ReportLine:
    """One quarter's report: how it came in, in one word, and its approved figures as the page writes them.

    `figures` stand in the order of the page's commitments; '' where none was approved.
    """

    report: ReportFacts
    word: str
    figures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Remark:
    """What a park or a correction said about one approved figure."""

    quarter: Quarter
    pledge: Pledge
    words: str


@dataclass(frozen=True)
class ParkPortrait:
    park: ParkFacts
    quarter: Quarter
    known_on: date
    quarters: tuple[Quarter, ...]
    term: tuple[Quarter, ...]
    card: ParkScorecard
    summary: str
    commitments: tuple[CommitmentPortrait, ...]
    reports: tuple[ReportLine, ...]
    remarks: tuple[Remark, ...]
    press: tuple[PublicationFacts, ...]
    is_invented: bool
    findings: tuple[Finding, ...]

    @property
    def judged_file(self) -> dict:
        """The filter by which a file holds what this page judges; after the term the file is whole."""
        return {"park": self.park.code, "quarter": str(self.quarter) if self.quarter in self.term else None}

    @property
    def whole_file(self) -> dict:
        """The filter by which a file holds every quarter of this park."""
        return {"park": self.park.code, "quarter": None}

    @property
    def replied(self) -> tuple[tuple[CommitmentPortrait, ReplyFacts], ...]:
        """Every reply up to the quarter with its commitment, the latest quarter first."""
        pairs = [(each, reply) for each in self.commitments for reply in each.replies]
        return tuple(sorted(pairs, key=lambda pair: (pair[1].quarter, pair[1].approved_on), reverse=True))

    @property
    def report_word(self) -> str:
        return report_word(self.card.report, self.known_on)

    @property
    def term_over(self) -> bool:
        """Whether every dated commitment is over in the quarter: the page then gives the verdict."""
        return is_over([each.line for each in self.commitments])


def is_over(lines: list[CommitmentLine]) -> bool:
    """Whether every dated commitment is over in the quarter that it was judged for."""
    dated = [line.judgement for line in lines if line.judgement.due_on]
    return bool(dated) and all(judgement.quarter.ends_on >= judgement.due_on for judgement in dated)


def offered_quarters(ledger: Ledger) -> tuple[Quarter, ...]:
    """The quarters that may be asked for: from the first start of a pledge to the last one closed."""
    last = Quarter.last_closed(ledger.known_on)
    first = min([last, *term_quarters(ledger)[:1]])
    return tuple(reversed(Quarter.range(first, last)))


def portrait(code: str, quarter: Quarter, known_on: date) -> ParkPortrait | None:
    """A park by its code; None where there is none. A fixed number of queries, however long it has been reporting."""
    ledger = Ledger.of(known_on, [code])
    if not ledger.parks:
        return None
    park = ledger.parks[0]
    card = scorecard(ledger, park, quarter)
    press = publications(known_on, park__code=code)
    agreed = milestone_histories(known_on, [code])
    span = span_of(ledger.pledges_of(park, quarter), quarter)
    return ParkPortrait(
        park=park,
        quarter=quarter,
        known_on=known_on,
        quarters=offered_quarters(ledger),
        term=tuple(term_quarters(ledger)),
        card=card,
        summary=summary(card),
        commitments=tuple(_commitment(ledger, line, press, span, agreed) for line in card.lines),
        reports=tuple(_reports(ledger, park, [line.pledge for line in card.lines])),
        remarks=tuple(_remarks(ledger, quarter)),
        press=press,
        is_invented=any(figure.origin == "demo" for of in ledger.figures.values() for figure in of.values()),
        findings=checklist(ledger, [line.pledge for line in card.lines], quarter),
    )


def _commitment(ledger: Ledger, line: CommitmentLine, press, span, agreed) -> CommitmentPortrait:
    indicator, terms = line.pledge.indicator, line.pledge.terms
    own = tuple(each for each in press if each.indicator and each.indicator.code == indicator.code)
    # A plan is no result: only what was reported as reached is drawn among the values.
    reached = [each for each in own if each.qualifier not in ("planned", "bracket")]
    return CommitmentPortrait(
        line=line,
        explanation=explain(line.judgement, indicator.unit),
        trend=_trend(ledger, line),
        chart=commitment_chart(ledger, line, reached, span),
        press=own,
        milestones=tuple(
            each
            for each in agreed.get(line.pledge.pk, ())
            if terms.start_on < each.on and (terms.due_on is None or each.on < terms.due_on)
        ),
    )


def _trend(ledger: Ledger, line: CommitmentLine) -> Trend:
    pledge, judgement = line.pledge, line.judgement
    judged = judged_values(judgement.kind, ledger.judged_figures(pledge, judgement.quarter))
    quarters = Quarter.range(Quarter.containing(pledge.start_on), judgement.quarter)
    expects = pledge.terms.due_on is not None and judgement.kind is not Kind.RATE
    decimals, unit = judgement.decimals, pledge.indicator.unit
    known = [
        f"{quarter_axis(quarter)} {number_text(judged[quarter], decimals)}"
        for quarter in quarters
        if judged.get(quarter) is not None
    ]
    facts = {
        "name": pledge.indicator.name,
        "values": _("、").join(known),
        "target": target_text(judgement, unit),
    }
    words = (
        _("%(name)s各季度：%(values)s；承诺 %(target)s")
        if known
        else _("%(name)s：还没有数；承诺 %(target)s")
    )
    return Trend(
        points=tuple((quarter, judged.get(quarter)) for quarter in quarters),
        expected=tuple(expected_on(pledge.terms, quarter.ends_on) for quarter in quarters) if expects else (),
        pledge=judgement.target,
        words=words % facts,
    )


def _figure_text(pledge: Pledge, figure: PublishedFigure | None) -> str:
    if figure is None:
        return ""
    return _("不适用") if figure.not_applicable else number_text(figure.value, pledge.terms.decimals)


def _reports(ledger: Ledger, park: ParkFacts, pledges: Sequence[Pledge]):
    """Every quarter of the term that was asked for or reported, the latest first."""
    published = [(pledge, ledger.published(pledge)) for pledge in pledges]
    quarters = {*ledger.expected_quarters(park), *(quarter for _park, quarter in ledger.revisions)}
    for quarter in sorted(quarters, reverse=True):
        report = ledger.report(park, quarter)
        figures = tuple(_figure_text(pledge, found.get(quarter)) for pledge, found in published)
        yield ReportLine(report, report_word(report, ledger.known_on), figures)


def _remarks(ledger: Ledger, quarter: Quarter):
    """Notes, reasons and corrections beside approved figures up to the quarter, the latest first."""
    found = {}
    for pledge in ledger.pledges:
        for figure in ledger.published(pledge).values():
            texts = [
                figure.note,
                figure.not_applicable_reason and _("不适用：") + figure.not_applicable_reason,
            ]
            if figure.was_revised:
                texts.append(revision_words(pledge, figure))
            words = _("；").join(text for text in texts if text)
            if words and figure.quarter <= quarter:
                # A level at the end of a quarter that two terms share is said once.
                found.setdefault((pledge.pk, figure.quarter), Remark(figure.quarter, pledge, words))
    return sorted(found.values(), key=lambda remark: remark.quarter, reverse=True)


def summary(card: ParkScorecard) -> str:
    """One sentence: how many commitments, how many in which state."""
    if not card.lines:
        return ""
    count = len(card.lines)
    counts = _("、").join(
        # Inside a sentence an English state is no proper name.
        _("%(count)s 项%(state)s") % {"count": number, "state": str(STATE_WORDS[str(state)]).lower()}
        for state, number in card.counts.items()
    )
    return ngettext(
        "%(quarter)s：%(count)d 项承诺，其中 %(counts)s。",
        "%(quarter)s：%(count)d 项承诺，其中 %(counts)s。",
        count,
    ) % {"quarter": quarter_text(card.quarter), "count": count, "counts": counts}


def neediest_first(lines) -> list[CommitmentLine]:
    """Commitments by need: the state first, then the lower pace."""

    def need(line: CommitmentLine):
        pace = line.judgement.pace
        return (NEED.index(State(line.judgement.state)), pace is None, pace or 0)

    return sorted(lines, key=need)
