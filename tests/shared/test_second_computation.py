"""The judge and a second, independently written computation say the same about 10,000 random histories."""

import random
from datetime import date, timedelta
from decimal import Decimal

from changchun_innovation.shared.numbers import plain
from changchun_innovation.shared.progress import (
    Milestone,
    Part,
    Published,
    Reported,
    ReportStatus,
    Rule,
    State,
    Terms,
    judge,
    judge_joint,
    judge_readings,
)
from changchun_innovation.shared.quarters import Quarter

from . import second_judge

FIRST = Quarter(2021, 1)


# --- random histories, as plain data ---------------------------------------------------------------------


def number(dice, largest, decimals):
    return plain(Decimal(dice.randint(0, largest * 10**decimals)).scaleb(-decimals))


def random_promise(dice, kinds, whole_years=False):
    kind = dice.choice(kinds)
    decimals = dice.choice([0, 0, 0, 1, 2, 3, 4])
    start = date(2022, 1, 1) + timedelta(dice.randint(0, 900))
    length = dice.choice([0, 1, 30, 200, 365, 731, 1096, 1096, 1096, 1500])
    due = start + timedelta(length)
    if whole_years and dice.random() < 0.7:
        due = date(start.year + dice.randint(0, 3), 12, 31)
    largest = dice.choice([1, 5, 20, 60, 1000])
    milestones = []
    if dice.random() < 0.3:
        for _ in range(dice.randint(1, 3)):
            on = start + timedelta(dice.randint(-20, max(length, 1) + 20))
            milestones.append((on.isoformat(), number(dice, largest, decimals)))
    return {
        "kind": kind,
        "decimals": decimals,
        "comparator": dice.choice(["ge", "ge", "ge", "gt", "le", "lt"]),
        "target": number(dice, largest, decimals),
        "baseline": number(dice, largest, decimals) if dice.random() < 0.6 else None,
        "start": start.isoformat(),
        "due": due.isoformat() if dice.random() < 0.85 else None,
        "milestones": milestones,
        "largest": largest,
    }


def random_question(dice, promise):
    quarter = Quarter.containing(date.fromisoformat(promise["start"])) + dice.randint(-1, 20)
    known_on = quarter.ends_on + timedelta(dice.choice([1, 5, 15, 16, 17, 40, 100, 365, 366, 800]))
    return {**promise, "quarter": str(quarter), "known_on": known_on.isoformat()}


def random_figures(dice, case):
    """A walk, mostly towards the target, with gaps, blanks and "not applicable"; annual ones start again."""
    figures = []
    target, baseline = Decimal(case["target"]), Decimal(case["baseline"] or 0)
    level = baseline if case["kind"] == "stock" else Decimal(0)
    stride = (target - level) / dice.choice([4, 10, 12, 14, 20])
    habit = dice.choice([0.2, 0.7, 0.9, 1.0, 1.0])
    silent_from = dice.randint(4, 40)
    for index in range(26):
        quarter = FIRST + index
        if case["kind"] == "annual" and quarter.number == 1:
            level = Decimal(0)
        level += stride * dice.randint(-1, 4) / 2
        if dice.random() < habit and index < silent_from:
            value = dice.choice(["n/a", None]) if dice.random() < 0.06 else level
            if value is level:
                value = plain(level.quantize(Decimal(1).scaleb(-case["decimals"])))
            figures.append((str(quarter), value))
    dice.shuffle(figures)
    due = Quarter.parse(case["quarter"]).ends_on + timedelta(15)
    if case["due"] is not None:
        due = min(due, Quarter.containing(date.fromisoformat(case["due"])).ends_on + timedelta(15))
    report = {
        "expected": dice.random() < 0.8,
        "due": due.isoformat() if dice.random() < 0.95 else None,
        "standing": dice.choice(["missing", "draft", "submitted", "returned", "approved", "approved"]),
        "waiting": dice.random() < 0.3,
    }
    return {**case, "figures": figures, "report": report}


def random_readings(dice, case):
    """Either a reading for every year, or a handful of any length; near the line or anywhere."""
    yearly = case["kind"] in ("annual", "rate")
    if dice.random() < 0.4:
        months = [12] if yearly else [6, 12]
        ends = [Quarter(year, month // 3).ends_on for year in range(2021, 2029) for month in months]
        first_days = [date(end.year, 1, 1) if yearly else None for end in ends]
    else:
        ends, first_days = [], []
        for _ in range(dice.choice([0, 1, 3, 6, 12])):
            anywhere = date(2022, 1, 1) + timedelta(dice.randint(0, 2400))
            year_end = date(dice.randint(2021, 2028), 12, 31)
            ends.append(year_end if yearly and dice.random() < 0.9 else anywhere)
            first_days.append(dice.choice([None, date(ends[-1].year, 1, 1), date(ends[-1].year, 1, 1)]))
    readings = []
    for first, last in zip(first_days, ends, strict=True):
        part = Decimal(last.year - 2021) / 7 + Decimal(dice.randint(-15, 15)) / 100
        near = (Decimal(case["target"]) * part).quantize(Decimal(1).scaleb(-case["decimals"]))
        value = plain(near) if dice.random() < 0.7 else number(dice, case["largest"] + 2, case["decimals"])
        qualifier = dice.choice(["exact"] * 6 + ["more-than", "at-least", "derived", "planned", "bracket"])
        published = last + timedelta(dice.choice([10, 20, 20, 400]))
        readings.append(
            (first and first.isoformat(), last.isoformat(), value, qualifier, published.isoformat())
        )
    return {**case, "readings": readings}


def random_joint(dice):
    joint = random_question(dice, random_promise(dice, ["cumulative", "stock", "annual", "rate"]))
    parts = []
    good_quarter = dice.random() < 0.6
    for index in range(dice.randint(0, 4)):
        own = {**random_promise(dice, [joint["kind"]]), "decimals": joint["decimals"]}
        own["comparator"] = joint["comparator"]
        if dice.random() < 0.8:
            own.update({"start": joint["start"], "due": joint["due"], "milestones": []})
        own.update({"quarter": joint["quarter"], "known_on": joint["known_on"]})
        part = random_figures(dice, own)
        if good_quarter:
            quarter = Quarter.parse(joint["quarter"])
            kept = [(q, v) for q, v in part["figures"] if q not in (str(quarter), str(quarter - 1))]
            late = str(quarter - dice.choice([0, 0, 0, 1]))
            part["figures"] = [*kept, (late, number(dice, part["largest"], part["decimals"]))]
        parts.append((f"park-{dice.choice([index, index, 0])}", part))
    if parts and dice.random() < 0.7:
        pledged = sum(Decimal(part["target"]) for _, part in parts)
        joint["target"] = plain((pledged * dice.choice([5, 9, 10, 11, 12, 13]) / 10).quantize(Decimal(1)))
    joint["parts"], joint["readings"] = parts, []
    return random_readings(dice, joint) if dice.random() < 0.3 else joint


# --- the judge, asked about the same plain data ----------------------------------------------------------


def terms_of(case):
    return Terms(
        kind=case["kind"],
        decimals=case["decimals"],
        comparator=case["comparator"],
        target=Decimal(case["target"]),
        start_on=date.fromisoformat(case["start"]),
        due_on=case["due"] and date.fromisoformat(case["due"]),
        baseline=None if case["baseline"] is None else Decimal(case["baseline"]),
        milestones=tuple(Milestone(date.fromisoformat(on), Decimal(v)) for on, v in case["milestones"]),
    )


def question_of(case):
    return Quarter.parse(case["quarter"]), date.fromisoformat(case["known_on"])


def judged_figures(case):
    figures = [
        Reported(Quarter.parse(q), None if v in (None, "n/a") else Decimal(v), not_applicable=v == "n/a")
        for q, v in case["figures"]
    ]
    report = case["report"]
    due_on = report["due"] and date.fromisoformat(report["due"])
    status = ReportStatus(report["expected"], due_on, report["standing"], report["waiting"])
    return judge(terms_of(case), figures, status, *question_of(case))


def published_in(case):
    return [
        Published(
            first and date.fromisoformat(first),
            date.fromisoformat(last),
            Decimal(value),
            qualifier,
            date.fromisoformat(published),
        )
        for first, last, value, qualifier, published in case["readings"]
        if published <= case["known_on"]
    ]


def judged_readings(case):
    return judge_readings(terms_of(case), published_in(case), *question_of(case))


def judged_joint(case):
    parts = [Part(park, judged_figures(part), Decimal(part["target"])) for park, part in case["parts"]]
    return judge_joint(terms_of(case), parts, *question_of(case), readings=published_in(case))


def told(judgement):
    """A judgement as the texts that the second computation gives."""
    return {
        "state": str(judgement.state),
        "state_if_fresh": judgement.state_if_fresh or "",
        "missing": judgement.missing or "",
        "value": plain(judgement.value),
        "expected": plain(judgement.expected),
        "progress": _ratio(judgement.progress),
        "elapsed": _ratio(judgement.elapsed),
        "pace": _ratio(judgement.pace),
        "required": _ratio(judgement.required and judgement.required.times),
        "stale": judgement.stale,
        "baseline": plain(judgement.baseline),
        "baseline_known": judgement.baseline_known,
    }


def told_joint(joint):
    return {
        **told(joint.judgement),
        "known_sum": plain(joint.known_sum),
        "reported": f"{joint.reported} of {joint.pledging}",
        "missing_parks": " ".join(joint.missing_keys),
        "stale_parks": " ".join(joint.stale_keys),
        "pledged": plain(joint.pledged),
        "coverage": _ratio(joint.coverage),
    }


def _ratio(value):
    return "" if value is None else format(value, "f")


def _compare(case, first, second):
    assert first == second, f"the two computations differ about {case}"
    return first


ALL_STATES = {str(state) for state in State}


def test_both_computations_agree_on_the_quarterly_figures_of_6000_commitments():
    dice = random.Random(20230815)
    seen, reasons, rules, required = set(), set(), set(), 0
    for _ in range(6000):
        promise = random_promise(dice, ["cumulative", "stock", "stock", "annual", "annual", "rate"])
        case = random_figures(dice, random_question(dice, promise))
        judgement = judged_figures(case)
        answer = _compare(case, told(judgement), second_judge.judge_figures(case))
        rules |= {judgement.rule, judgement.rule_if_fresh}
        seen.add(answer["state"])
        reasons.add(answer["missing"])
        required += bool(answer["required"])
    assert seen == ALL_STATES
    assert reasons == {"", "never_reported", "waiting_for_review", "not_applicable", "incomplete_year"}
    assert rules == {*Rule, None} - {Rule.UNPUBLISHED_FOR_A_YEAR}
    assert required > 300


def test_both_computations_agree_on_the_published_readings_of_2500_targets():
    dice = random.Random(20251231)
    seen, reasons, required = set(), set(), 0
    for _ in range(2500):
        promise = random_promise(dice, ["cumulative", "stock", "annual", "annual", "rate"], whole_years=True)
        case = random_readings(dice, random_question(dice, promise))
        answer = _compare(case, told(judged_readings(case)), second_judge.judge_published(case))
        seen.add(answer["state"])
        reasons.add(answer["missing"])
        required += bool(answer["required"])
    assert seen == ALL_STATES
    assert reasons == {"", "never_reported", "incomplete_year", "lower_bound"}
    assert required > 20


def test_both_computations_agree_on_1500_joint_pledges():
    dice = random.Random(20260815)
    seen, reasons = set(), set()
    for _ in range(1500):
        case = random_joint(dice)
        answer = _compare(case, told_joint(judged_joint(case)), second_judge.judge_joint(case))
        seen.add(answer["state"])
        reasons.add(answer["missing"])
    assert seen == ALL_STATES
    assert reasons == {"", "incomplete_sum", "low_coverage", "lower_bound"}
