"""Every odd number, typed into the page and read from files: always the same answer.

The table of README between the marks `odd input` holds exactly the cases that are tried here.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from changchun_innovation.shared.quarters import Quarter
from parks.models import Figure
from parks.workbooks import importing
from tests.factories import make_commitment, make_indicator, make_park, make_user
from tests.workbook_files import plain_book, saved

pytestmark = pytest.mark.django_db

Q = Quarter.parse("2026-Q3")
MARK = "<!-- odd input -->"
REFUSED, BLANK, NOT_APPLICABLE = "refused", "blank", "not applicable"


@dataclass(frozen=True)
class Case:
    """What is written, for which kind of indicator, what becomes of it, and a word of the reason."""

    written: str
    outcome: str
    why: str = ""
    of: str = "count"


CASES = [
    Case("38", "38"),
    Case(" 38 ", "38"),
    Case("+38", "38"),
    Case("38.0", "38"),
    Case("007", "7"),
    Case("0", "0"),
    Case("-0", "0"),
    Case("", BLANK),
    Case("　", BLANK),
    Case("１２３", "123"),
    Case("３．５", "3.5", of="money"),
    Case("1,234", "1234"),
    Case("1，234", "1234"),
    Case("1,234.5", "1234.5", of="money"),
    Case("12,34", REFUSED, "千位分隔符"),
    Case("1.234.5", REFUSED, "请填写数字", of="money"),
    Case("3.5万", REFUSED, "35000"),
    Case("2亿", REFUSED, "200000000"),
    Case("1e10", REFUSED, "请填写数字"),
    Case("1e400", REFUSED, "请填写数字"),
    Case("1_000", REFUSED, "请填写数字"),
    Case("0x1F", REFUSED, "请填写数字"),
    Case("10²", REFUSED, "请填写数字"),
    Case("½", REFUSED, "请填写数字"),
    Case("٣", REFUSED, "请填写数字"),
    Case("NaN", REFUSED, "请填写数字"),
    Case("inf", REFUSED, "请填写数字"),
    Case("TRUE", REFUSED, "请填写数字"),
    Case("#REF!", REFUSED, "请填写数字"),
    Case("=1+1", REFUSED, "请填写数字"),
    Case("38家", REFUSED, "请填写数字"),
    Case("5%", REFUSED, "请填写数字", of="rate"),
    Case("—", REFUSED, "请填写数字"),
    Case("-5", REFUSED, "不能为负数"),
    Case("-5", "-5", of="rate"),
    Case("−5", "-5", of="rate"),
    Case("1000.1", REFUSED, "比率应在", of="rate"),
    Case("3.7", REFUSED, "只填整数"),
    Case("3.14159", REFUSED, "最多保留 2 位小数", of="money"),
    Case("1000000000000", "1000000000000"),
    Case("1000000000001", REFUSED, "数字过大"),
    Case("不适用", NOT_APPLICABLE),
    Case("N/A", NOT_APPLICABLE),
    Case("NA", NOT_APPLICABLE),
    Case("ｎ／ａ", NOT_APPLICABLE),
]


class City:
    def __init__(self, client, case: Case):
        self.park = make_park(code="jixing", reports_from="2026-Q1")
        kind, decimals = {"count": ("stock", 0), "money": ("annual", 2), "rate": ("rate", 1)}[case.of]
        indicator = make_indicator(code="asked", name_zh="所问的指标", kind=kind, decimals=decimals)
        self.asked = make_commitment(park=self.park, indicator=indicator, value=10**12)
        self.manager = make_user(role="park manager", parks=[self.park])
        self.client, self.case = client, case
        self.reason = "本季停办" if case.outcome == NOT_APPLICABLE else ""

    def by_form(self) -> tuple[str, str]:
        """What the page makes of it, and where it is refused the page itself."""
        self.client.force_login(self.manager)
        pk = self.asked.pk
        typed = {f"value-{pk}": self.case.written, f"not_applicable_reason-{pk}": self.reason}
        answer = self.client.post(
            reverse("admin:parks_quarterlyreport_enter", args=["jixing", Q]),
            {**typed, "version": 0, "step": "save"},
        )
        return self._outcome() if answer.status_code == 302 else REFUSED, answer.content.decode()

    def by_file(self, data: bytes) -> tuple[str, str]:
        """What an import makes of it, and where it is refused the reason."""
        asked = {"park": self.park, "quarter": Q, "by": self.manager, "at": timezone.now()}
        shown = importing.preview(data=data, **asked)
        if shown.is_wrong:
            (problem,) = shown.problems
            assert problem.address == "B2" and problem.subject == "所问的指标"
            return REFUSED, problem.message
        if shown.figures:
            importing.confirm(token=shown.token, **asked)
        return self._outcome(), ""

    def _outcome(self) -> str:
        figure = Figure.objects.filter(commitment=self.asked).first()
        if figure is None or (figure.value is None and not figure.not_applicable):
            return BLANK
        return NOT_APPLICABLE if figure.not_applicable else f"{Decimal(figure.value).normalize():f}"

    @property
    def cells(self) -> list[list[str]]:
        return [["指标代码", "本季填报数", "不适用的理由"], ["asked", self.case.written, self.reason]]

    def workbook(self) -> bytes:
        book = plain_book([])
        for row, texts in enumerate(self.cells, 1):
            for column, text in enumerate(texts, 1):
                cell = book.active.cell(row, column)
                cell.value = text
                # As text, whatever it looks like: a cell that says =1+1 and is no formula.
                cell.data_type = "s"
        return saved(book)

    def csv(self) -> bytes:
        return "\n".join(",".join(f'"{text}"' for text in row) for row in self.cells).encode()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.written}-{case.of}")
@pytest.mark.parametrize("door", ["form", "xlsx", "csv"])
def test_an_odd_number_has_one_answer_at_every_door(client, case, door):
    city = City(client, case)
    if door == "form":
        outcome, told = city.by_form()
        why = escape(case.why)
    else:
        outcome, told = city.by_file(city.workbook() if door == "xlsx" else city.csv())
        why = case.why
    assert outcome == case.outcome
    if outcome == REFUSED:
        assert why in told


def as_documented(case: Case) -> tuple[str, str, str]:
    return (case.written.replace("　", "full-width space"), case.of, case.outcome)


def test_the_table_of_readme_is_what_was_tried_here():
    text = (Path(settings.BASE_DIR) / "README.md").read_text()
    parts = text.split(MARK)
    if len(parts) == 1:
        return
    # The table stands between two marks.
    assert len(parts) == 3, "README has one mark of odd input without the other"
    documented = set()
    for row in parts[1].splitlines():
        cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
        if len(cells) != 4 or cells[0] == "typed" or set(cells[0]) <= {"-", " "}:
            continue
        outcome = re.match(r"refused|blank|not applicable|[-0-9.]+", cells[2])
        assert outcome, row
        typed = re.findall(r"`([^`]*)`", cells[0])
        typed += [""] if cells[0].startswith("nothing") else []
        documented |= {(each, cells[1], outcome[0]) for each in typed}
    assert documented == {as_documented(case) for case in CASES}
