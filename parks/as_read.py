"""A report as somebody read it: what every figure said, which files lay beside it, and what was odd about it.

A page carries it along, so that whoever decides on figures that changed meanwhile is shown what changed.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from changchun_innovation.shared.numbers import plain
from changchun_innovation.shared.wording import number_text
from parks.entry import Entry
from parks.models import QuarterlyReport
from parks.sheet import Line

LONGEST = 200_000
MOST_DIGITS = 20


@dataclass(frozen=True)
class Difference:
    """One thing about a figure that was read differently from how it stands now, in words."""

    what: str
    before: str
    now: str


@dataclass(frozen=True)
class AsRead:
    """Entries, names of files by evidence id, and codes of doubts, each by commitment id."""

    entries: Mapping[int, Entry] = field(default_factory=dict)
    files: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    doubts: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, report: QuarterlyReport, lines: Iterable[Line]) -> "AsRead":
        """What a page shows of a report that has these lines of its sheet. One query."""
        lines = tuple(lines)
        return cls(
            {line.pk: line.entry for line in lines},
            _files(report),
            {line.pk: tuple(doubt.code for doubt in line.doubts) for line in lines if line.doubts},
        )

    @classmethod
    def stored(cls, report: QuarterlyReport) -> "AsRead":
        """What a report holds; nothing is said about doubts. Two queries."""
        entries = {figure.commitment_id: Entry.of(figure) for figure in report.figures.all()}
        return cls(entries, _files(report))

    # --- to and from text ----------------------------------------------------------------------------------------
    def text(self) -> str:
        """As it travels in a hidden field; `read` is the way back."""
        return json.dumps(self.plain(), ensure_ascii=False, separators=(",", ":"))

    def plain(self) -> dict:
        return {
            "entries": {
                pk: {
                    name: plain(value) if isinstance(value, Decimal) else value
                    for name, value in asdict(entry).items()
                    if value is not None and value is not False and value != ""
                }
                for pk, entry in self.entries.items()
            },
            "files": {pk: dict(names) for pk, names in self.files.items()},
            "doubts": {pk: list(codes) for pk, codes in self.doubts.items()},
        }

    @classmethod
    def read(cls, text: str) -> "AsRead | None":
        """What a page says that it showed; None where that cannot be read."""
        if not text or len(text) > LONGEST:
            return None
        try:
            return cls.from_plain(json.loads(text))
        except (ValueError, RecursionError):
            return None

    @classmethod
    def from_plain(cls, told) -> "AsRead | None":
        try:
            return cls(
                {int(pk): _entry(said) for pk, said in told["entries"].items()},
                {
                    int(pk): {int(one): str(name) for one, name in names.items()}
                    for pk, names in told["files"].items()
                },
                {int(pk): tuple(str(code) for code in codes) for pk, codes in told["doubts"].items()},
            )
        except (AttributeError, InvalidOperation, KeyError, TypeError, ValueError):
            return None

    # --- what differs --------------------------------------------------------------------------------------------
    def differences(self, now: "AsRead") -> dict[int, tuple[Difference, ...]]:
        """What stands differently now, by commitment id; commitments of which nothing differs are left out."""
        found = {}
        for pk in {**self.entries, **self.files, **now.entries, **now.files}:
            of_figure = tuple(
                Difference(str(what), before, after)
                for what, before, after in zip(WHAT, self._said(pk), now._said(pk), strict=True)
                if before != after
            )
            if of_figure:
                found[pk] = of_figure
        return found

    def new_doubts(self, now: "AsRead") -> tuple[int, ...]:
        """Commitments about whose figure something is odd now that was not odd when it was read."""
        return tuple(pk for pk, codes in now.doubts.items() if set(codes) - set(self.doubts.get(pk, ())))

    def _said(self, pk: int) -> tuple[str, ...]:
        entry = self.entries.get(pk, Entry())
        if entry.not_applicable:
            value = _("不适用：%(reason)s") % {"reason": entry.not_applicable_reason}
        elif entry.value is None:
            value = _("未填")
        else:
            value = number_text(entry.value)
        files = self.files.get(pk, {})
        return (
            value,
            number_text(entry.baseline),
            entry.note,
            entry.explanation,
            _("、").join(str(files[one]) for one in sorted(files)),
        )


WHAT = (
    gettext_lazy("填报数"),
    gettext_lazy("基数"),
    gettext_lazy("备注"),
    gettext_lazy("异常说明"),
    gettext_lazy("佐证材料"),
)


def _files(report: QuarterlyReport) -> dict[int, dict[int, str]]:
    files: dict[int, dict[int, str]] = {}
    for commitment, pk, name in report.evidence.values_list("commitment", "pk", "name"):
        files.setdefault(commitment, {})[pk] = name
    return files


def _entry(said: Mapping) -> Entry:
    known = {each.name for each in fields(Entry)}
    told = {name: value for name, value in said.items() if name in known}
    for name in ("value", "baseline"):
        if name in told:
            told[name] = Decimal(told[name])
            # No page showed an infinity, or a number so large or small that writing it out fills the memory.
            if not told[name].is_finite() or abs(told[name].adjusted()) > MOST_DIGITS:
                raise ValueError(name)
    return Entry(**told)
