"""How the states of all commitments went, quarter by quarter: the figure of the home page."""

from django.utils.translation import gettext as _

from changchun_innovation.overview.queries import StatesInQuarter
from changchun_innovation.shared.charts import Chart, stacked
from changchun_innovation.shared.progress import State
from changchun_innovation.shared.wording import STATE_WORDS, quarter_axis, quarter_text

# What is well stands at the bottom, what needs a person on top, what is not known between them.
LAYERS = (
    State.ACHIEVED,
    State.ON_TRACK,
    State.UNDATED,
    State.TOO_EARLY,
    State.NO_DATA,
    State.STALE,
    State.UNREPORTED,
    State.WATCH,
    State.BEHIND,
    State.MISSED,
)


def states_over_time(history: tuple[StatesInQuarter, ...]) -> Chart | None:
    """How many commitments stood in which state, quarter by quarter; None before the second quarter."""
    if len(history) < 2:
        return None
    found = [state for state in LAYERS if any(each.counts.get(state) for each in history)]
    return Chart(
        name="states-over-time",
        title=_title(history),
        sentence=_sentence(history),
        figure=stacked(
            [quarter_axis(each.quarter) for each in history],
            [
                (
                    str(STATE_WORDS[state]),
                    state.value,
                    [each.counts.get(state, 0) for each in history],
                    [_words(each, state) for each in history],
                )
                for state in found
            ],
        ),
        table={
            "columns": [_("季度"), *((str(STATE_WORDS[state]), "n") for state in found)],
            "rows": [
                [quarter_axis(each.quarter), *(str(each.counts.get(state, 0)) for state in found)]
                for each in history
            ],
        },
    )


def _in_need(each: StatesInQuarter) -> int:
    return sum(each.counts.get(state, 0) for state in (State.MISSED, State.BEHIND))


def _title(history: tuple[StatesInQuarter, ...]) -> str:
    last = history[-1]
    return _("%(quarter)s：%(total)d 项承诺中 %(achieved)d 项已完成，%(need)d 项滞后或未完成") % {
        "quarter": quarter_text(last.quarter),
        "total": sum(last.counts.values()),
        "achieved": last.counts.get(State.ACHIEVED, 0),
        "need": _in_need(last),
    }


def _sentence(history: tuple[StatesInQuarter, ...]) -> str:
    first, last = history[0], history[-1]
    return _(
        "从 %(first)s 到 %(last)s，已完成的由 %(achieved_then)d 项变为 %(achieved_now)d 项，"
        "滞后或未完成的由 %(need_then)d 项变为 %(need_now)d 项。"
    ) % {
        "first": quarter_text(first.quarter),
        "last": quarter_text(last.quarter),
        "achieved_then": first.counts.get(State.ACHIEVED, 0),
        "achieved_now": last.counts.get(State.ACHIEVED, 0),
        "need_then": _in_need(first),
        "need_now": _in_need(last),
    }


def _words(each: StatesInQuarter, state: State) -> str:
    return f"{quarter_text(each.quarter)} · {STATE_WORDS[state]} {each.counts.get(state, 0)}"
