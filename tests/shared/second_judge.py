"""A second computation of every state, written from the README's chapter on judging alone.

It shares nothing with the product: no import, plain dictionaries and texts in, texts out, quarters as counted
integers, days as ordinals, and the table as a list of questions asked from the top. It is slow and literal on
purpose. `test_second_computation` lets both compute the same histories.
"""

# Capital letters are the names of the README's formulas, which ruff takes for constants.
# ruff: noqa: SIM300

import datetime
from fractions import Fraction as F

UNKNOWN = ""


# --- small parts -----------------------------------------------------------------------------------------


def day(text):
    return None if text is None else datetime.date.fromisoformat(text).toordinal()


def quarter_index(text):
    """2025-Q3 as a running number."""
    year, number = text.split("-Q")
    return int(year) * 4 + int(number) - 1


def index_of_day(ordinal):
    d = datetime.date.fromordinal(ordinal)
    return d.year * 4 + (d.month - 1) // 3


def last_day_of(index):
    year, number = divmod(index + 1, 4)
    return datetime.date(year, 3 * number + 1, 1).toordinal() - 1


def half_even(number, places):
    """Text of the number, rounded half to even by comparing what is left over with a half."""
    scaled = number * 10**places
    below = scaled.numerator // scaled.denominator
    left_over = scaled - below
    if left_over > F(1, 2) or (left_over == F(1, 2) and below % 2 == 1):
        below += 1
    sign, digits = ("-" if below < 0 else ""), str(abs(below)).rjust(places + 1, "0")
    return sign + (digits[:-places] + "." + digits[-places:] if places else digits)


def text(number):
    """Text of an exact number without needless zeros."""
    if number is None:
        return UNKNOWN
    for places in range(40):
        if (number * 10**places).denominator == 1:
            return half_even(number, places)
    raise AssertionError("not a decimal number")


def holds(comparator, left, right):
    return {"ge": left >= right, "gt": left > right, "le": left <= right, "lt": left < right}[comparator]


# --- the promise -----------------------------------------------------------------------------------------


def read_promise(case):
    promise = {key: case[key] for key in ("kind", "decimals", "comparator")}
    promise["up"] = case["comparator"] in ("ge", "gt")
    promise["T"] = F(case["target"])
    promise["start"], promise["due"] = day(case["start"]), day(case["due"])
    if case["kind"] == "cumulative" or case["baseline"] is None:
        promise["B"] = F(0)
    else:
        promise["B"] = F(case["baseline"])
    promise["B known"] = case["kind"] == "cumulative" or case["baseline"] is not None
    promise["no way to go"] = promise["B"] >= promise["T"] if promise["up"] else promise["B"] <= promise["T"]
    inside = {}
    for on, value in case["milestones"]:
        if promise["due"] is not None and promise["start"] < day(on) < promise["due"]:
            inside[day(on)] = F(value)
    promise["milestones"] = inside
    promise["whole"] = case["kind"] in ("cumulative", "stock") and case["decimals"] == 0
    asked = quarter_index(case["quarter"])
    promise["due quarter"] = None if promise["due"] is None else index_of_day(promise["due"])
    promise["Q"] = asked if promise["due"] is None else min(asked, promise["due quarter"])
    return promise


def expected(promise, on):
    """E at the day as an exact, already rounded number; None without a line."""
    if promise["kind"] == "rate":
        return promise["T"]
    if promise["due"] is None or promise["no way to go"]:
        return None
    if on >= promise["due"]:
        exact = promise["T"]
    elif on <= promise["start"]:
        exact = promise["B"]
    else:
        stations = {promise["start"]: promise["B"], promise["due"]: promise["T"], **promise["milestones"]}
        before = max(d for d in stations if d <= on)
        after = min(d for d in stations if d > on)
        per_day = (stations[after] - stations[before]) / (after - before)
        exact = stations[before] + per_day * (on - before)
    if not promise["whole"]:
        return F(half_even(exact, 2))
    down = F(exact.numerator // exact.denominator)
    if promise["up"]:
        return down
    return down if down == exact else down + 1


def elapsed(promise, on):
    if promise["kind"] == "rate" or promise["due"] is None:
        return None
    if on >= promise["due"]:
        return F(1)
    if on <= promise["start"]:
        return F(0)
    return F(half_even(F(on - promise["start"], promise["due"] - promise["start"]), 4))


# --- the table -------------------------------------------------------------------------------------------


def first_row(promise, know):
    """Ask the rows from the top; give (state, state if fresh)."""
    A, d = know["A"], know["d"]
    kind, E, share, pace = promise["kind"], know["E"], know["elapsed"], know["pace"]
    good, due = know["satisfied"], promise["due"]

    def from_value():
        if good:
            return "achieved"
        if kind == "rate":
            if know["last year known"]:
                return "missed"
            return "watch" if -2 <= A - promise["T"] <= 2 else "behind"
        if due is None:
            return "undated"
        if d >= due:
            return "missed"
        if promise["no way to go"]:
            return "behind"
        flat = E <= promise["B"] if promise["up"] else E >= promise["B"]
        if share < F(1, 10) or (flat and share < F(3, 4)):
            return "too_early"
        if flat:
            return "watch"
        agreed = bool(promise["milestones"])
        if pace >= (F(95, 100) if agreed else F(90, 100)):
            return "on_track"
        if pace >= F(80, 100) or (not agreed and (pace >= F(70, 100) or share < F(1, 3))):
            return "watch"
        if promise["whole"]:
            gap = E - A if promise["up"] else A - E
            if gap <= 1:
                return "watch"
        return "behind"

    if kind == "cumulative" and A is not None and good:
        return "achieved", UNKNOWN
    if know["unreported"]:
        return "unreported", UNKNOWN
    if A is None:
        return "no_data", UNKNOWN
    if know["stale"]:
        return "stale", from_value()
    return from_value(), UNKNOWN


def answer(promise, know):
    """All that is compared, as texts."""
    A, B, T = know["A"], promise["B"], promise["T"]
    on = last_day_of(promise["Q"]) if A is None else know["d"]
    know["E"], know["elapsed"] = expected(promise, on), elapsed(promise, on)
    progress, know["pace"] = UNKNOWN, None
    if A is not None and promise["kind"] != "rate" and not promise["no way to go"]:
        progress = half_even((A - B) / (T - B), 4)
        E = know["E"]
        if E is not None and (E > B if promise["up"] else E < B):
            know["pace"] = F(half_even((A - B) / (E - B), 4))
    state, fresh = first_row(promise, know)
    return {
        "state": state,
        "state_if_fresh": fresh,
        "missing": know["missing"] if A is None else UNKNOWN,
        "value": text(A),
        "expected": text(know["E"]),
        "progress": progress,
        "elapsed": UNKNOWN if know["elapsed"] is None else half_even(know["elapsed"], 4),
        "pace": UNKNOWN if know["pace"] is None else half_even(know["pace"], 4),
        "required": required(promise, know),
        "stale": know["stale"] and A is not None,
        "baseline": text(B),
        "baseline_known": promise["B known"],
    }


def required(promise, know):
    """How many times the recent pace is needed, or empty."""
    A, earlier = know["A"], know.get("A a year earlier")
    if A is None or earlier is None or promise["kind"] == "rate" or promise["due"] is None:
        return UNKNOWN
    if know.get("bound"):
        return UNKNOWN
    ends = [last_day_of(i) for i in range(index_of_day(know["d"]), promise["due quarter"] + 1)]
    n = len([end for end in ends if end > know["d"]])
    way = promise["T"] - A if promise["up"] else A - promise["T"]
    lately = A - earlier if promise["up"] else earlier - A
    if n == 0 or lately <= 0 or way <= 0:
        return UNKNOWN
    return half_even((way / n) / (lately / 4), 4)


# --- parks -----------------------------------------------------------------------------------------------


def value_at(kind, figures, index):
    """A at the end of one quarter, or None."""
    own = figures.get(index)
    if kind != "annual" or index % 4 == 3 or own is None:
        return own
    last_full_year, year_ago = figures.get(index - index % 4 - 1), figures.get(index - 4)
    if last_full_year is None or year_ago is None:
        return None
    return own + last_full_year - year_ago


def judge_figures(case):
    """`figures`: (quarter, number text, "n/a" or None); `report`: expected, due, standing, waiting."""
    promise = read_promise(case)
    kind, Q = case["kind"], promise["Q"]
    told = {quarter_index(q): v for q, v in case["figures"] if quarter_index(q) <= Q}
    figures = {i: F(v) for i, v in told.items() if v not in (None, "n/a")}
    know = {"A": None, "d": None, "satisfied": False, "stale": False, "last year known": False}
    for index in range(Q, Q - 400, -1):
        A = value_at(kind, figures, index)
        if A is not None:
            d = last_day_of(index)
            know.update({"A": A, "d": d, "satisfied": holds(case["comparator"], A, promise["T"])})
            know["stale"] = Q - index >= (4 if kind == "annual" else 2)
            know["last year known"] = promise["due"] is not None and d >= promise["due"]
            know["A a year earlier"] = value_at(kind, figures, index - 4)
            break
    report = case["report"]
    know["unreported"] = (
        Q == promise["due quarter"]
        and report["expected"]
        and report["due"] is not None
        and day(report["due"]) < day(case["known_on"])
        and report["standing"] in ("missing", "draft")
    )
    if report["waiting"]:
        know["missing"] = "waiting_for_review"
    elif kind == "annual" and figures:
        know["missing"] = "incomplete_year"
    elif told and told[max(told)] == "n/a":
        know["missing"] = "not_applicable"
    else:
        know["missing"] = "never_reported"
    return answer(promise, know)


# --- published readings ----------------------------------------------------------------------------------


def proven(comparator, qualifier, value, target):
    """exact and derived are compared; "more than v" is v plus a little, "at least v" may be v itself."""
    if qualifier in ("exact", "derived"):
        return holds(comparator, value, target)
    if comparator in ("le", "lt"):
        return False
    if qualifier == "more-than":
        return value >= target
    return value > target if comparator == "gt" else value >= target


def usable_readings(case, promise):
    """One (last day, value, qualifier) per period, and whether anything was left out for not being a year."""
    best, partial_year = {}, False
    order = {"derived": 1, "at-least": 2, "more-than": 2, "exact": 3}
    for entry, (first, last, value, qualifier, published) in enumerate(case["readings"]):
        last_on = day(last)
        if day(published) > day(case["known_on"]):
            continue
        if last_on < promise["start"] or qualifier not in order:
            continue
        if case["kind"] in ("annual", "rate") and (first, last) != (last[:4] + "-01-01", last[:4] + "-12-31"):
            partial_year = partial_year or index_of_day(last_on) <= promise["Q"]
            continue
        merit = (order[qualifier], day(published), entry)
        if last_on not in best or merit > best[last_on][0]:
            best[last_on] = (merit, F(value), qualifier)
    return {d: (value, qualifier) for d, (_, value, qualifier) in best.items()}, partial_year


def judge_published(case):
    """`readings`: (first day or None, last day, number text, qualifier, published on) in order of entry."""
    promise = read_promise(case)
    Q, due = promise["Q"], promise["due"]
    usable, partial_year = usable_readings(case, promise)
    yearly = case["kind"] in ("annual", "rate")
    know = {"A": None, "d": None, "satisfied": False, "stale": False, "last year known": False}
    know["missing"] = "incomplete_year" if partial_year else "never_reported"

    last_year_end = None
    if due is not None:
        # the last 31 December that is not after the end of the due quarter
        end = last_day_of(promise["due quarter"])
        year = datetime.date.fromordinal(end).year
        last_year_end = next(
            e for e in (datetime.date(y, 12, 31).toordinal() for y in (year, year - 1)) if e <= end
        )

    judged = [d for d in usable if index_of_day(d) <= Q]
    if judged:
        d = max(judged)
        value, qualifier = usable[d]
        know["bound"] = qualifier in ("more-than", "at-least")
        know["satisfied"] = proven(case["comparator"], qualifier, value, promise["T"])
        if know["bound"] and not know["satisfied"]:
            know["missing"] = "lower_bound"
        else:
            know["A"], know["d"] = value, d
            know["stale"] = Q - index_of_day(d) >= 6
            if due is not None and Q == promise["due quarter"]:
                know["last year known"] = d >= last_year_end
            year_ago = [e for e in usable if index_of_day(e) == index_of_day(d) - 4]
            if year_ago and usable[max(year_ago)][1] in ("exact", "derived"):
                know["A a year earlier"] = usable[max(year_ago)][0]

    know["unreported"] = False
    if due is not None and Q == promise["due quarter"]:
        d = datetime.date.fromordinal(due)
        leap = (d.month, d.day) == (2, 29)
        anniversary = datetime.date(d.year + 1, 3, 1) if leap else datetime.date(d.year + 1, d.month, d.day)
        from_day = min(due, last_year_end) if yearly else due
        covered = any(e >= from_day for e in usable)
        know["unreported"] = day(case["known_on"]) > anniversary.toordinal() and not covered
    return answer(promise, know)


# --- joint pledges ---------------------------------------------------------------------------------------


def judge_sum(case):
    """`parts`: (park, case of a commitment, as for `judge_figures`), all for the same quarter and day."""
    promise = read_promise(case)
    answers = [(park, judge_figures(part), part) for park, part in case["parts"]]
    T, kind = promise["T"], case["kind"]

    if not promise["B known"] and answers:
        promise["B"] = sum((F(a["baseline"]) for _, a, _ in answers), F(0))
        promise["B known"] = all(a["baseline_known"] for _, a, _ in answers)
        promise["no way to go"] = promise["B"] >= T if promise["up"] else promise["B"] <= T

    parks, unknown, old = [], set(), set()
    values, fresh_values, days = [], [], []
    for park, a, part in answers:
        if park not in parks:
            parks.append(park)
        if a["value"] == UNKNOWN:
            unknown.add(park)
            continue
        values.append(F(a["value"]))
        days.append(reference_day(part))
        if a["stale"]:
            old.add(park)
        else:
            fresh_values.append(F(a["value"]))

    pledged = sum((F(part["target"]) for _, part in case["parts"]), F(0))
    coverage = F(half_even(pledged / T, 4)) if T > 0 else None

    def kept_by(some):
        if not some or kind == "rate":
            return False
        if not promise["up"] and len(some) != len(answers):
            return False
        return holds(case["comparator"], sum(some, F(0)), T)

    know = {"A": None, "d": None, "satisfied": False, "stale": False, "last year known": False}
    know["unreported"] = False
    whole = not unknown and not old
    know["missing"] = "low_coverage" if whole and kind != "rate" else "incomplete_sum"
    may_use_line = whole and coverage is not None and coverage >= F(8, 10)
    if values and kind != "rate" and (kept_by(values) or may_use_line):
        know.update({"A": sum(values, F(0)), "d": min(days), "satisfied": kept_by(values)})
        know["stale"] = kind != "cumulative" and kept_by(values) and not kept_by(fresh_values)
    return {
        **answer(promise, know),
        "known_sum": text(sum(values, F(0))) if values and kind != "rate" else UNKNOWN,
        "reported": f"{len(parks) - len(unknown)} of {len(parks)}",
        "missing_parks": " ".join(park for park in parks if park in unknown),
        "stale_parks": " ".join(park for park in parks if park in old),
        "pledged": text(pledged),
        "coverage": UNKNOWN if coverage is None else half_even(coverage, 4),
    }


def judge_joint(case):
    """By the published value where one can be judged; the sum of the parks stands beside it."""
    promise = read_promise(case)
    usable, _ = usable_readings(case, promise)
    if any(index_of_day(d) <= promise["Q"] for d in usable):
        return {**judge_sum(case), **judge_published(case)}
    return judge_sum(case)


def reference_day(case):
    """d of a commitment whose value is known."""
    Q = read_promise(case)["Q"]
    figures = {quarter_index(q): F(v) for q, v in case["figures"] if v not in (None, "n/a")}
    return last_day_of(max(i for i in figures if i <= Q and value_at(case["kind"], figures, i) is not None))
