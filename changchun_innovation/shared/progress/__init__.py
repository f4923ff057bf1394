"""The one judge of every promise: where it should be, where it is, and what that is called.

Plain data in, plain data out: no clock, no database, no language. The rules are those of the README's chapter
on judging. Where they leave a question open, the reading that accuses nobody wrongly was chosen:

* A report that was returned had been submitted: its quarter is overdue, but not *unreported*.
* An undated promise whose baseline is past its target is *undated*, never *behind*.
* The mildness of the first third of a term belongs to the straight line; agreed milestones do without it.
* A milestone that puts E on the wrong side of B counts as E = B; one outside the term is left out.
* The required pace is taken in the direction of the target, and is None once nothing is left to do.
* A rate with a due day inside a year is *missed* only when the question is about the end of the term and the
  last year that can count is known; an undated rate is held against its target like any other.
* Published values count as *unreported* from the day after the due day's anniversary, and not where a later
  period was published.
* A lower bound that proves nothing is *no data* even where an older exact value is known.
* A stale value of a park is part of the known sum, but a joint pledge of a stock or annual indicator that is
  reached only with stale values is *stale*, not *achieved*.
"""

from .figures import NOT_ASKED, Reported, ReportStatus, Standing, judge, judged_values
from .joint import (
    Added,
    JointJudgement,
    Part,
    PartsSum,
    coverage_of,
    judge_added,
    judge_joint,
    sum_of_parts,
)
from .judgement import AnnualSum, Judgement, Missing, Qualifier, RequiredPace, Rule, State
from .readings import Published, chosen_readings, judge_readings
from .terms import (
    Basis,
    Comparator,
    Kind,
    Milestone,
    Terms,
    elapsed_on,
    expected_on,
    line_points,
    pace_of,
    progress_of,
)

__all__ = [
    "NOT_ASKED",
    "Added",
    "AnnualSum",
    "Basis",
    "Comparator",
    "JointJudgement",
    "Judgement",
    "Kind",
    "Milestone",
    "Missing",
    "Part",
    "PartsSum",
    "Published",
    "Qualifier",
    "ReportStatus",
    "Reported",
    "RequiredPace",
    "Rule",
    "Standing",
    "State",
    "Terms",
    "chosen_readings",
    "coverage_of",
    "elapsed_on",
    "expected_on",
    "judge",
    "judge_added",
    "judge_joint",
    "judge_readings",
    "judged_values",
    "line_points",
    "pace_of",
    "progress_of",
    "sum_of_parts",
]
