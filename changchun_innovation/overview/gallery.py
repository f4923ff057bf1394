"""The gallery of components: every mark, bar, table and message in every state, on invented values."""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _

from changchun_innovation.shared.progress import (
    NOT_ASKED,
    Comparator,
    Kind,
    Milestone,
    Reported,
    Standing,
    Terms,
    judge,
)
from changchun_innovation.shared.progress.figures import ReportStatus
from changchun_innovation.shared.quarters import Quarter
from changchun_innovation.templatetags.drawn import REPORT_STATUSES, STATES

FIRST, ASKED, KNOWN_ON = Quarter(2024, 1), Quarter(2025, 3), date(2025, 11, 1)


def _judgement(
    kind, target, values, *, due_on=date(2026, 8, 15), decimals=0, milestones=(), status=NOT_ASKED
):
    """An invented promise since 2023-08-15 and its invented figures, one a quarter from 2024-Q1; None leaves a gap."""
    terms = Terms(
        kind,
        decimals,
        Comparator.GE,
        Decimal(target),
        date(2023, 8, 15),
        due_on,
        Decimal(0),
        milestones,
    )
    figures = [
        Reported(FIRST + step, Decimal(value)) for step, value in enumerate(values) if value is not None
    ]
    return judge(terms, figures, status, ASKED, KNOWN_ON)


def _judgements():
    """One invented judgement for every state, and one each for the extremes of the bar."""
    overdue = ReportStatus(True, date(2025, 10, 15), Standing.MISSING)
    milestones = (Milestone(date(2025, 6, 30), Decimal(80)),)
    due = date(2025, 8, 15)
    return [
        (_("总数已达目标"), _judgement(Kind.CUMULATIVE, 20, [4, 8, 12, 15, 18, 20, 22])),
        (_("远超目标，条形截断"), _judgement(Kind.STOCK, 10, [9, 9, 12, 12, 14, 15, 16])),
        (_("按进度推进"), _judgement(Kind.STOCK, 60, [10, 15, 20, 26, 31, 37, 41])),
        (_("略慢于进度"), _judgement(Kind.STOCK, 60, [10, 15, 20, 24, 28, 31, 33])),
        (_("有节点目标"), _judgement(Kind.STOCK, 100, [20, 30, 40, 50, 60, 66, 68], milestones=milestones)),
        (_("明显落后"), _judgement(Kind.STOCK, 60, [4, 6, 9, 12, 14, 15, 15])),
        (_("水平下降到基数以下"), _judgement(Kind.STOCK, 30, [0, 0, 0, 0, 0, 0, -2])),
        (_("到期未达"), _judgement(Kind.STOCK, 30, [4, 8, 12, 15, 18, 20, 22], due_on=due)),
        (_("到期季度没有上报"), _judgement(Kind.STOCK, 30, [4, 8], due_on=due, status=overdue)),
        (_("最近两季没有新数"), _judgement(Kind.STOCK, 20, [4, 7, 9, 11, 12])),
        (_("从未填报"), _judgement(Kind.STOCK, 20, [])),
        (_("没有期限"), _judgement(Kind.CUMULATIVE, 3, [0, 0, 1, 1, 1, 1, 1], due_on=None)),
        (_("刚刚开始"), _judgement(Kind.CUMULATIVE, 80, [0, 1, 1, 2, 2, 3, 3], due_on=date(2050, 1, 1))),
    ]


def _figure(title):
    """An invented chart in the house colours: reported values, the line, the pledge."""
    quarters = [(FIRST + step).axis for step in range(7)]
    reported = [10, 15, 20, 26, 31, 37, 41]
    expected = [12, 17, 22, 27, 32, 36, 42]
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "lines",
                "x": quarters,
                "y": expected,
                "line": {"color": "#4f5963", "width": 1, "dash": "dash"},
                "hovertemplate": "%{x}: %{y}<extra>" + _("按直线估计") + "</extra>",
            },
            {
                "type": "scatter",
                "mode": "lines+markers+text",
                "x": quarters,
                "y": reported,
                "text": [""] * 6 + ["41"],
                "textposition": "top center",
                "textfont": {"color": "#0f5a66", "size": 14},
                "cliponaxis": False,
                "line": {"color": "#0f5a66", "width": 3},
                "hovertemplate": "%{x}: %{y}<extra>" + title + "</extra>",
            },
        ],
        "layout": {
            "showlegend": False,
            "margin": {"l": 32, "r": 16, "t": 16, "b": 28},
            "xaxis": {"type": "category", "showgrid": False, "linecolor": "#8a939c", "ticks": "outside"},
            "yaxis": {"rangemode": "tozero", "gridcolor": "#c9ced4", "zeroline": False, "range": [0, 66]},
            "shapes": [
                {
                    "type": "line",
                    "xref": "paper",
                    "x0": 0,
                    "x1": 1,
                    "y0": 60,
                    "y1": 60,
                    "line": {"color": "#1b2128", "width": 1.5},
                }
            ],
            "annotations": [
                {
                    "xref": "paper",
                    "x": 0,
                    "y": 60,
                    "yanchor": "bottom",
                    "xanchor": "left",
                    "showarrow": False,
                    "text": _("承诺 60 家"),
                    "font": {"color": "#1b2128"},
                }
            ],
        },
    }


def gallery(request):
    """Every component in every state; only where nobody can take invented values for real ones."""
    if not (settings.DEBUG or settings.DEMO):
        raise Http404
    judgements = _judgements()
    quarters = Quarter.range(FIRST, ASKED)
    context = {
        "judgements": judgements,
        "states": STATES,
        "statuses": REPORT_STATUSES,
        "quarters": quarters,
        "quarter": ASKED,
        "day": KNOWN_ON,
        "points": list(zip(quarters, map(Decimal, [10, 15, 20, 26, 31, 37, 41]), strict=True)),
        "gaps": list(zip(quarters, [4, 7, None, 11, None, 12, 15], strict=True)),
        "line": [12, 17, 22, 27, 32, 36, 42],
        "rows": [
            (
                _("示例园区甲"),
                [
                    None,
                    *({"judgement": j, "commitment": "a/x", "url": "#matrix"} for _t, j in judgements[:7]),
                ],
            ),
            (
                _("示例园区乙"),
                [
                    *({"judgement": j, "commitment": "b/x", "url": "#matrix"} for _t, j in judgements[6:13]),
                    None,
                ],
            ),
        ],
        "figure": _figure(_("入园企业")),
        "table": {
            "columns": [_("季度"), (_("填报数（家）"), "n"), (_("按直线估计"), "n")],
            "rows": [
                [q.axis, str(a), str(e)]
                for q, a, e in zip(
                    quarters, [10, 15, 20, 26, 31, 37, 41], [12, 17, 22, 27, 32, 36, 42], strict=True
                )
            ],
        },
    }
    return render(request, "_components/gallery.html", context)
