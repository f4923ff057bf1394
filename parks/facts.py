"""Facts of the parks as known on a day: frozen, finished, without a way back to the database."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from changchun_innovation.shared.bilingual import Bilingual
from changchun_innovation.shared.params import day_of
from changchun_innovation.shared.progress import (
    Standing,
    Terms,
)
from changchun_innovation.shared.quarters import Quarter
from institutions.queries import InstitutionFacts, SourceFacts
from targets.queries import IndicatorFacts


@dataclass(frozen=True)
class ParkFacts:
    """A park, who builds it, and from which quarter on it reports (None: not asked yet)."""

    pk: int
    code: str
    name_zh: str
    name_en: str
    fields_zh: str
    fields_en: str
    alias_zh: str
    alias_en: str
    note_zh: str
    note_en: str
    order: int
    academic_partner: InstitutionFacts
    zone_partner: InstitutionFacts
    reports_from: Quarter | None

    name = Bilingual()
    fields = Bilingual()
    alias = Bilingual()
    note = Bilingual()


@dataclass(frozen=True)
class Pledge:
    """One term of a commitment with its numbers as known on the day.

    A commitment that was made anew after its due day has several pledges, one for each term. `figures_from` and
    `figures_to` bound the quarters whose figures were reported for this term; None on the side where no other
    term is.
    """

    pk: int
    park: ParkFacts
    indicator: IndicatorFacts
    part_of: IndicatorFacts | None
    terms: Terms
    source: SourceFacts | None
    locator_zh: str
    locator_en: str
    reason: str
    known_from: date
    terms_origin: str
    note_zh: str
    note_en: str
    figures_from: Quarter | None = None
    figures_to: Quarter | None = None

    locator = Bilingual()
    note = Bilingual()

    @property
    def code(self) -> str:
        """`<park>/<indicator>`, as the pages mark it."""
        return f"{self.park.code}/{self.indicator.code}"

    @property
    def key(self) -> tuple[int, date]:
        """What tells it from every other pledge, the other terms of its commitment included."""
        return (self.pk, self.start_on)

    @property
    def start_on(self) -> date:
        return self.terms.start_on

    @property
    def follows_another(self) -> bool:
        """Whether the commitment had an earlier term."""
        return self.figures_from is not None

    def takes_figure_of(self, quarter: Quarter) -> bool:
        """Whether the figure of a quarter was reported for this term."""
        after_first = self.figures_from is None or self.figures_from <= quarter
        return after_first and (self.figures_to is None or quarter <= self.figures_to)

    def runs_in(self, quarter: Quarter) -> bool:
        """Whether the quarter lies between the quarter of the start and that of the due day."""
        due = self.terms.due_quarter
        return Quarter.containing(self.start_on) <= quarter and (due is None or quarter <= due)


@dataclass(frozen=True, slots=True)
class PublishedFigure:
    """An approved figure of one quarter, with the value that it replaced if it was revised."""

    quarter: Quarter
    value: Decimal | None
    not_applicable: bool
    not_applicable_reason: str
    note: str
    revision: int
    submitted_at: datetime
    approved_at: datetime
    origin: str
    replaced_value: Decimal | None = None
    replaced_revision: int | None = None

    @property
    def was_revised(self) -> bool:
        """Whether an earlier approved revision said something else."""
        return self.replaced_revision is not None


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """Where the report of one park and quarter stood at the end of the day."""

    park: ParkFacts
    quarter: Quarter
    due_on: date
    extended: bool
    expected: bool
    overdue: bool
    standing: Standing
    published_revision: int | None
    open_revision: int | None
    open_standing: Standing | None
    first_submitted_at: datetime | None
    submitted_at: datetime | None
    approved_at: datetime | None
    returned_at: datetime | None
    origin: str

    @property
    def correction_under_way(self) -> bool:
        """Whether an approved report has been reopened."""
        return self.published_revision is not None and self.open_revision is not None

    @property
    def days_late(self) -> int | None:
        """Days between the due day and the first submission, 0 where in time, None where nothing was submitted."""
        if self.first_submitted_at is None:
            return None
        return max(0, (day_of(self.first_submitted_at) - self.due_on).days)


@dataclass(frozen=True, slots=True)
class Step:
    """The last step of one revision known on the day."""

    report_pk: int
    revision: int
    status: str
    submitted_at: datetime | None
    first_submitted_at: datetime | None
    approved_at: datetime | None
    returned_at: datetime | None
    origin: str
