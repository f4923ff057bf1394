"""The form of a sheet: what a sent page says of each line, what it had shown, and where two people said different things.

Field names end in the commitment's id: `value-12`, `note-12`. `seen` carries what the page showed when it was made, so
that only what its person changed counts; `clash` names the lines on which two people differ, and `keep-12` which of the
two is to stand.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from changchun_innovation.shared.numbers import plain
from parks.checks import Doubt, grade_lines
from parks.consequence import Consequence, consequence
from parks.entry import Entry, Graded, Typed
from parks.evidence import EvidenceFacts
from parks.sheet import Line, Sheet

MINE, THEIRS = "mine", "theirs"


@dataclass(frozen=True)
class Row:
    """One line as its page shows it: what stands in the fields, what is wrong, and what it would lead to.

    `stored` is what somebody else saved meanwhile, where the two must be chosen from; else None.
    """

    line: Line
    typed: Typed
    errors: Mapping[str, str]
    stored: Entry | None
    doubts: tuple[Doubt, ...]
    consequence: Consequence | None
    remark: str = ""
    files: tuple[EvidenceFacts, ...] = ()

    @property
    def asks_explanation(self) -> bool:
        """Whether the field for a line of reason is shown."""
        return bool(self.doubts or self.typed.explanation or "explanation" in self.errors)


@dataclass(frozen=True)
class Sent:
    """A sent page, read: `graded` by commitment id, `touched` what the person changed, `clashes` what both did."""

    graded: dict[int, Graded]
    seen: dict[int, Entry]
    clashes: tuple[int, ...]

    @property
    def has_errors(self) -> bool:
        return not self.graded or any(each.errors for each in self.graded.values())

    @property
    def touched(self) -> dict[int, Entry]:
        """The entries that differ from what the page had shown; all of them where that is not known."""
        return {
            pk: each.entry
            for pk, each in self.graded.items()
            if each.entry is not None and (pk not in self.seen or each.entry != self.seen[pk])
        }

    def with_errors(self, commitments: Iterable[int], field: str, message: str) -> "Sent":
        """The same with a word beside some lines."""
        graded = {
            pk: Graded(each.typed, each.entry, {field: message} | each.errors) if pk in commitments else each
            for pk, each in self.graded.items()
        }
        return replace(self, graded=graded)


def read(page: Sheet, post: Mapping[str, str]) -> Sent:
    """Read a sent form. A line that it did not have stays as it is, rather than being blanked."""
    typed = typed_in(page.lines, post)
    undecided = []
    for line in page.lines:
        if line.pk not in typed or line.pk not in _clashes_sent(post):
            continue
        choice = post.get(f"keep-{line.pk}", "")
        if choice == THEIRS:
            typed[line.pk] = Typed.of(line.entry)
        elif choice != MINE:
            undecided.append(line.pk)
    sent = Sent(grade_lines(page.lines, typed), seen_in(post), tuple(undecided))
    return sent.with_errors(undecided, "value", _("有两个数，请选择保留哪一个。")) if undecided else sent


def clashes(page: Sheet, sent: Sent) -> tuple[int, ...]:
    """Lines that the person changed and somebody else saved differently since the page was made."""
    return tuple(
        line.pk
        for line in page.lines
        if line.pk in sent.graded
        and line.pk in sent.seen
        and line.entry != sent.seen[line.pk]
        and sent.graded[line.pk].entry not in (sent.seen[line.pk], line.entry)
    )


def shown_otherwise(page: Sheet, sent: Sent) -> bool:
    """Whether some line is saved otherwise than the page had shown it."""
    return any(line.pk in sent.seen and line.entry != sent.seen[line.pk] for line in page.lines)


def caught_up(page: Sheet, sent: Sent) -> Sent:
    """What was sent, beside what is saved now.

    Lines that the person did not change show what is saved; on those that two people changed a choice is asked for.
    """
    untouched = [
        line
        for line in page.lines
        if line.pk in sent.graded
        and line.pk in sent.seen
        and sent.graded[line.pk].entry == sent.seen[line.pk]
    ]
    graded = {**sent.graded, **{line.pk: Graded(Typed.of(line.entry), line.entry) for line in untouched}}
    both = tuple(dict.fromkeys((*sent.clashes, *clashes(page, sent))))
    caught = replace(sent, graded=graded, clashes=both)
    return caught.with_errors(both, "value", _("与现已保存的不同，请选择保留哪一个。"))


def rows_of(
    page: Sheet,
    sent: Sent | None = None,
    remarks: Mapping[int, str] | None = None,
    files: Mapping[int, tuple[EvidenceFacts, ...]] | None = None,
) -> list[Row]:
    """The lines of a page, with what was sent where something was."""
    return [
        replace(
            _row(page, line, sent),
            remark=(remarks or {}).get(line.pk, ""),
            files=(files or {}).get(line.pk, ()),
        )
        for line in page.lines
    ]


def _row(page: Sheet, line: Line, sent: Sent | None) -> Row:
    graded = sent.graded.get(line.pk) if sent else None
    entry = graded.entry if graded else line.entry
    return Row(
        line=line,
        typed=graded.typed if graded else Typed.of(line.entry),
        errors=graded.errors if graded else {},
        stored=line.entry if sent and line.pk in sent.clashes else None,
        doubts=line.doubts_about(entry.value) if entry else (),
        consequence=consequence(page.ledger, line, entry) if entry else None,
    )


def typed_in(lines: Iterable[Line], post: Mapping[str, str]) -> dict[int, Typed]:
    """The fields of each line that a form had, by commitment id.

    An explanation that the page had no field for stays as it was saved.
    """
    return {
        line.pk: Typed(
            value=post.get(f"value-{line.pk}", ""),
            not_applicable=bool(post.get(f"not_applicable-{line.pk}")),
            not_applicable_reason=post.get(f"not_applicable_reason-{line.pk}", ""),
            note=post.get(f"note-{line.pk}", ""),
            baseline=post.get(f"baseline-{line.pk}", ""),
            explanation=post.get(f"explanation-{line.pk}", line.entry.explanation),
        )
        for line in lines
        if f"value-{line.pk}" in post
    }


# --- what the page had shown ---------------------------------------------------------------------------------
def seen_text(page: Sheet) -> str:
    """What a page shows of each line, for its own form to bring back."""
    return json.dumps(
        {
            line.pk: [
                plain(line.entry.value),
                int(line.entry.not_applicable),
                line.entry.not_applicable_reason,
                line.entry.note,
                plain(line.entry.baseline),
                line.entry.explanation,
            ]
            for line in page.lines
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def seen_in(post: Mapping[str, str]) -> dict[int, Entry]:
    """What a sent page had shown, by commitment id; nothing where that cannot be read."""
    try:
        return {
            int(pk): Entry(_decimal(value), bool(off), str(reason), str(note), _decimal(base), str(word))
            for pk, (value, off, reason, note, base, word) in json.loads(post.get("seen", "")).items()
        }
    except (ValueError, TypeError, AttributeError, InvalidOperation, RecursionError):
        return {}


def _decimal(text: str) -> Decimal | None:
    value = Decimal(text) if text else None
    if value is not None and value.is_snan():
        # It cannot even be compared.
        raise ValueError(text)
    return value


def _clashes_sent(post) -> set[int]:
    sent = post.get("clash", "").split(",")
    return {int(pk) for pk in sent if pk.isascii() and pk.isdigit() and len(pk) < 19}
