"""What is known of the parks on a day: pledges, reports and figures, and the judgement of each quarter.

One `Ledger` answers every page, chart and file about one day K. It is loaded by a fixed number of queries (`known.py`),
however many parks and quarters there are, and afterwards never asks the database again. Pages about the whole city as
known now do not load it: they ask `carried.py`.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from django.conf import settings
from django.db.models import Exists, OuterRef

from changchun_innovation.shared.append_only import latest_by
from changchun_innovation.shared.progress import (
    Judgement,
    Kind,
    Reported,
    ReportStatus,
    Standing,
    State,
    judge,
    judged_values,
)
from changchun_innovation.shared.quarters import Quarter
from parks import deadlines, known
from parks.facts import ParkFacts, Pledge, PublishedFigure, ReportFacts, Step
from parks.models import Commitment, CommitmentTerms, DueRule, Park, ReportsFrom, Status
from targets.terms import term_on

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Ledger:
    """Everything known of some parks at the end of a day."""

    known_on: date
    parks: tuple[ParkFacts, ...]
    pledges: tuple[Pledge, ...]
    figures: dict[int, dict[Quarter, PublishedFigure]]
    revisions: dict[tuple[int, Quarter], tuple[Step, ...]]
    rules: tuple[DueRule, ...]
    extensions: dict[tuple[int, Quarter], date]
    # Whether all parks known on the day are in it.
    whole: bool = True
    # Answers are worked out when first asked for and kept: a ledger never changes. They stand under the park that they are
    # about (its id) and the last quarter whose report they rest on, so that a later ledger, of which that much is the
    # same, can have them. None: about the whole city; resting on every quarter.
    _kept: dict[int | None, dict[Quarter | None, dict]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def once(
        self,
        park: ParkFacts | None,
        question: Hashable,
        work_out: Callable[[], Answer],
        quarter: Quarter | None = None,
    ) -> Answer:
        """The answer to a question, worked out when it is first asked. It must not depend on the language.

        Of a park it rests on that park's own facts, on the rules and on the day, without a park on anything; with a
        quarter on nothing that was reported for a later one.
        """
        kept = self._kept_for(park.pk if park else None, quarter)
        if question not in kept:
            kept[question] = work_out()
        return kept[question]

    def _kept_for(self, park: int | None, quarter: Quarter | None) -> dict:
        of_park = self._kept.get(park)
        if of_park is None:
            of_park = self._kept.setdefault(park, {})
        kept = of_park.get(quarter)
        return of_park.setdefault(quarter, {}) if kept is None else kept

    def renewed(self, changed: Mapping[int, Quarter | None], /, **facts) -> "Ledger":
        """The ledger with other facts, keeping every answer that does not rest on them.

        `changed`: parks (ids) of which something is new, with the first quarter for which; None for all quarters.
        """
        kept = {}
        for park, of_park in self._kept.copy().items():
            if park is None:
                continue
            if park not in changed:
                kept[park] = of_park
            elif first := changed[park]:
                kept[park] = {
                    quarter: answers
                    for quarter, answers in of_park.copy().items()
                    if quarter is not None and quarter < first
                }
        return replace(self, **facts, _kept=kept)

    @classmethod
    def of(cls, known_on: date, park_codes: Iterable[str] | None = None) -> "Ledger":
        """Load what is known on a day, of all parks known then, or of those that are named. Seven queries."""
        rows = Park.objects.select_related("academic_partner", "zone_partner")
        commitments = Commitment.objects.select_related("indicator", "part_of").order_by(
            "park__order", "park__code", "order", "pk"
        )
        if park_codes is not None:
            rows = rows.filter(code__in=list(park_codes))
            commitments = commitments.filter(park__code__in=list(park_codes))
        rows = list(rows)
        scope = {} if park_codes is None else {"park__in": [row.pk for row in rows]}
        asked = latest_by(ReportsFrom.objects.known_on(known_on).filter(**scope), "park_id")
        parks = known.park_facts(rows, asked)
        pledges = known.pledges_of(commitments, parks, known_on, scope)
        if park_codes is None:
            # A park that joins later is on no page of an earlier day.
            pledging = {pledge.park.pk for pledge in pledges}
            parks = {pk: park for pk, park in parks.items() if pk in pledging or park.reports_from}
        return cls(
            known_on=known_on,
            parks=tuple(parks.values()),
            pledges=pledges,
            figures=known.published_figures(known_on, scope),
            revisions=known.revisions_of(known_on, scope),
            rules=tuple(DueRule.objects.known_on(known_on)),
            extensions=known.extensions_of(known_on, scope),
            whole=park_codes is None,
        )

    # --- pledges and their figures ---------------------------------------------------------------------------
    def pledges_on(self, day: date) -> tuple[Pledge, ...]:
        """One pledge per commitment: the term that had begun last by a day, else the first."""
        return self.once(
            None,
            ("on", day),
            lambda: tuple(each for park in self.parks for each in self._pledges_on(park, day)),
        )

    def _pledges_on(self, park: ParkFacts, day: date) -> tuple[Pledge, ...]:
        def work_out():
            terms: dict[int, list[Pledge]] = {}
            for pledge in self.pledges_of(park):
                terms.setdefault(pledge.pk, []).append(pledge)
            return tuple(term_on(of_commitment, day) for of_commitment in terms.values())

        return self.once(park, ("on", day), work_out)

    def pledges_in(self, quarter: Quarter) -> tuple[Pledge, ...]:
        """The pledges that answer a question about a quarter, one per commitment."""
        return self.pledges_on(quarter.ends_on)

    def pledges_of(self, park: ParkFacts, quarter: Quarter | None = None) -> tuple[Pledge, ...]:
        """The pledges of a park that answer for a quarter; without one those of all terms."""
        if quarter is not None:
            return self._pledges_on(park, quarter.ends_on)
        return self.once(None, "pledges", self._pledges_by_park).get(park.pk, ())

    def pledges_reported_in(self, park: ParkFacts, quarter: Quarter) -> tuple[Pledge, ...]:
        """The pledges that the park's report of a quarter is about, one per commitment.

        A quarter in which one term ends and the next begins closes the earlier one.
        """
        reported: dict[int, Pledge] = {}
        for pledge in self.pledges_of(park):
            if pledge.takes_figure_of(quarter):
                reported.setdefault(pledge.pk, pledge)
        return tuple(reported.values())

    def _pledges_by_park(self) -> dict[int, tuple[Pledge, ...]]:
        by_park: dict[int, list[Pledge]] = {}
        for pledge in self.pledges:
            by_park.setdefault(pledge.park.pk, []).append(pledge)
        return {park: tuple(pledges) for park, pledges in by_park.items()}

    def figures_of(self, pledge: Pledge) -> dict[Quarter, PublishedFigure]:
        """Approved figures of the pledge's commitment by quarter, whatever the term; the latest revision of each."""
        return self.figures.get(pledge.pk, {})

    def published(self, pledge: Pledge) -> dict[Quarter, PublishedFigure]:
        """Approved figures that were reported for a pledge by quarter, the latest revision of each."""
        figures = self.figures_of(pledge)
        if pledge.figures_from is None and pledge.figures_to is None:
            return figures
        return self.once(
            pledge.park,
            ("published", pledge.key),
            lambda: {q: figure for q, figure in figures.items() if pledge.takes_figure_of(q)},
        )

    def judgement(self, pledge: Pledge, quarter: Quarter) -> Judgement:
        """The judgement of one pledge in one quarter, worked out once."""
        judged = self._kept_for(pledge.park.pk, quarter)
        if pledge.key not in judged:
            judged[pledge.key] = self._judge(pledge, quarter)
        return judged[pledge.key]

    def states_in(self, quarter: Quarter) -> tuple[State, ...]:
        """In which state the pledges that answer for a quarter are; for many quarters less to keep than judgements."""
        return tuple(
            state
            for park in self.parks
            for state in self.once(park, "states", lambda park=park: self._states(park, quarter), quarter)
        )

    def _states(self, park: ParkFacts, quarter: Quarter) -> tuple[State, ...]:
        judged = self._kept_for(park.pk, quarter)
        return tuple(
            (judged.get(pledge.key) or self._judge(pledge, quarter)).state
            for pledge in self.pledges_of(park, quarter)
        )

    def _judge(self, pledge: Pledge, quarter: Quarter) -> Judgement:
        figures = self.judged_figures(pledge, quarter)
        return judge(pledge.terms, figures, self.report_status(pledge, quarter), quarter, self.known_on)

    def judged_figures(self, pledge: Pledge, quarter: Quarter) -> list[Reported]:
        """The figures by which a pledge is judged in a quarter.

        Those reported for the pledge. A total over four quarters of a later term also needs figures from before
        its start; they are addends only, and never judged: where no total ends within the term, they are left out.
        """
        own = [_reported(figure) for figure in self.published(pledge).values()]
        if not pledge.follows_another or pledge.terms.kind is not Kind.ANNUAL:
            return own
        last = pledge.terms.capped(quarter)
        every = [_reported(figure) for figure in self.figures_of(pledge).values() if figure.quarter <= last]
        totals = judged_values(Kind.ANNUAL, every)
        return every if totals and max(totals) >= pledge.figures_from else own

    def restated(self, pledge: Pledge, judgement: Judgement) -> tuple[PublishedFigure, ...]:
        """The revised ones among the figures that a judged value rests on, the latest quarter first.

        A total over four quarters rests on three figures: this year's, last year's, and last year's to then.
        """
        quarter = judgement.figure_quarter
        if quarter is None:
            return ()
        quarters = [quarter]
        if judgement.annual_sum is not None:
            quarters += [Quarter(quarter.year - 1, 4), quarter - 4]
        figures = self.figures_of(pledge)
        return tuple(figures[each] for each in quarters if each in figures and figures[each].was_revised)

    def report_status(self, pledge: Pledge, quarter: Quarter) -> ReportStatus:
        """What the judge needs to know of the report of the judged quarter."""
        judged = pledge.terms.capped(quarter)
        report = self.report(pledge.park, judged)
        return ReportStatus(
            expected=report.expected,
            due_on=report.due_on,
            standing=report.standing,
            waiting=self._is_waiting(pledge.park, judged),
        )

    def _is_waiting(self, park: ParkFacts, quarter: Quarter) -> bool:
        """Whether figures for the quarter or an earlier one were submitted and not yet decided."""
        first = self.once(None, "waiting", self._first_waiting_quarters).get(park.pk)
        return first is not None and first <= quarter

    def _first_waiting_quarters(self) -> dict[int, Quarter]:
        first: dict[int, Quarter] = {}
        for (park, quarter), steps in self.revisions.items():
            if any(step.status == Status.SUBMITTED for step in steps):
                first[park] = min(first.get(park, quarter), quarter)
        return first

    # --- reports ---------------------------------------------------------------------------------------------
    def last_due_on(self, park: ParkFacts) -> date | None:
        """The park's last due day; None where no pledge of it is dated, and its reports go on."""
        return max(
            (pledge.terms.due_on for pledge in self.pledges_of(park) if pledge.terms.due_on), default=None
        )

    def expected_quarters(self, park: ParkFacts) -> list[Quarter]:
        """Quarters closed on the day for which the park was asked to report, in order."""
        return self.once(park, "expected", lambda: self._expected_quarters(park))

    def _expected_quarters(self, park: ParkFacts) -> list[Quarter]:
        pledges = self.pledges_of(park)
        if not pledges:
            return []
        quarters = deadlines.expected_quarters(park.reports_from, self.last_due_on(park), self.known_on)
        if not any(pledge.follows_another for pledge in pledges):
            return quarters
        # Between two terms nothing was promised, and nothing is asked for.
        dated = [pledge for pledge in pledges if pledge.terms.due_on]
        first = min(Quarter.containing(pledge.start_on) for pledge in dated)
        return [q for q in quarters if q < first or any(pledge.runs_in(q) for pledge in dated)]

    def report(self, park: ParkFacts, quarter: Quarter) -> ReportFacts:
        """Where the report of a park and quarter stood; `missing` where there is none."""
        return self.once(park, "report", lambda: self._report(park, quarter), quarter)

    def _report(self, park: ParkFacts, quarter: Quarter) -> ReportFacts:
        steps = self.revisions.get((park.pk, quarter), ())
        published = max(
            (step for step in steps if step.status == Status.APPROVED),
            key=lambda step: step.revision,
            default=None,
        )
        unfinished = next(
            (step for step in steps if step.status not in (Status.APPROVED, Status.DISCARDED)), None
        )
        standing = Standing.MISSING
        if published:
            standing = Standing.APPROVED
        elif unfinished:
            standing = Standing(unfinished.status)
        counted = published or unfinished
        extension = self.extensions.get((park.pk, quarter))
        due_on = deadlines.due_on(quarter, self.rules, extension, settings.REPORT_DUE_DAYS)
        expected = quarter in self.expected_quarters(park)
        return ReportFacts(
            park=park,
            quarter=quarter,
            due_on=due_on,
            extended=extension is not None,
            expected=expected,
            overdue=expected and deadlines.is_overdue(due_on, self.known_on, standing),
            standing=standing,
            published_revision=published.revision if published else None,
            open_revision=unfinished.revision if unfinished else None,
            open_standing=Standing(unfinished.status) if unfinished else None,
            first_submitted_at=min(
                (step.first_submitted_at for step in steps if step.first_submitted_at), default=None
            ),
            submitted_at=counted.submitted_at if counted else None,
            approved_at=published.approved_at if published else None,
            returned_at=unfinished.returned_at if unfinished else None,
            origin=counted.origin if counted else "",
        )

    def reports(self) -> list[ReportFacts]:
        """One answer per park and expected quarter, by park and quarter."""
        return [self.report(park, quarter) for park in self.parks for quarter in self.expected_quarters(park)]


def regular_due_on(quarter: Quarter, known_on: date) -> date:
    """The due day of a quarter by the rule known on a day, without any extension."""
    return deadlines.due_on(quarter, DueRule.objects.known_on(known_on), None, settings.REPORT_DUE_DAYS)


def parks_known_on(day: date):
    """Parks (a queryset) that had pledged something, or been asked to report, by the end of a day."""
    # Asked for each park, so that who wants a few parks does not make the database list all terms first.
    pledged = CommitmentTerms.objects.known_on(day).filter(commitment__park=OuterRef("pk"))
    asked = ReportsFrom.objects.known_on(day).filter(park=OuterRef("pk"))
    return Park.objects.filter(Exists(pledged) | Exists(asked))


def _reported(figure: PublishedFigure) -> Reported:
    return Reported(figure.quarter, figure.value, figure.not_applicable)
