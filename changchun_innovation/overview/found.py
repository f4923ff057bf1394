"""What is found under a word: by kind, the best first, with the parts marked by which each was found."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language

from changchun_innovation.overview.queries import offered_quarters
from changchun_innovation.overview.searchable import LABELS, Field, Kind, kinds_known_on
from changchun_innovation.shared.bilingual import is_english
from changchun_innovation.shared.finding import LONGEST, Piece, Rank, Sought, nearest
from changchun_innovation.shared.quarters import Quarter

# Of each kind so many answers are shown; how many more there are is said.
SHOWN = 20


@dataclass(frozen=True)
class Beside:
    """A text in which something was found and that the line of an answer does not show: its label, its language."""

    label: str
    language: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Found:
    """One answer: its name and the texts of its line with the found parts marked, and what else its line says."""

    thing: object
    name: tuple[Piece, ...]
    line: dict[str, tuple[Piece, ...]]
    beside: tuple[Beside, ...]
    facts: object


@dataclass(frozen=True)
class Group:
    """The answers of one kind, the best first; `count` also counts those that are not shown."""

    key: str
    word: str
    best: Rank
    found: tuple[Found, ...]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.found)


@dataclass(frozen=True)
class Question:
    """Something that could be looked for; `language` where its text is not in the page's."""

    text: str
    language: str = ""

    @property
    def query(self) -> dict[str, str]:
        return {"q": self.text}


# One for each way of looking: a name, its initials, a short form, an English word.
EXAMPLES = (
    Question("吉林大学", "zh-Hans"),
    Question("jldx"),
    Question("高企", "zh-Hans"),
    Question("optoelectronic"),
)


@dataclass(frozen=True)
class Results:
    """`typed` as it was looked for (`cut`: only its beginning); `searched`: how many things of each kind were."""

    typed: str
    cut: bool
    asks_nothing: bool
    quarters: tuple[Quarter, ...]
    groups: tuple[Group, ...] = ()
    searched: tuple[tuple[str, int], ...] = ()
    near: tuple[Question, ...] = ()
    examples: tuple[Question, ...] = EXAMPLES

    @property
    def count(self) -> int:
        return sum(group.count for group in self.groups)


def results(typed: str, quarter: Quarter, known_on: date) -> Results:
    """Everything known on the day that answers what was typed; the kind with the best answer first."""
    typed = " ".join(typed.split())
    cut, typed = len(typed) > LONGEST, typed[:LONGEST].strip()
    sought, quarters = Sought.of(typed), offered_quarters(known_on)
    if not sought:
        return Results(typed, cut, True, quarters)
    kinds = kinds_known_on(known_on, quarter)
    groups = _groups(sought, kinds)
    if not groups and sought.may_be_spelt:
        # Rather by a rare reading than not at all.
        groups = _groups(sought.in_every_reading, kinds)
    return Results(
        typed,
        cut,
        False,
        quarters,
        groups=groups,
        searched=tuple((kind.word, len(kind.things)) for kind in kinds),
        near=() if groups else tuple(map(Question, nearest(sought, _names(kinds)))),
    )


def _names(kinds: Iterable[Kind]) -> Iterable[str]:
    """What things are called in the reader's language."""
    english = is_english(get_language())
    return (_shown(kind.fields(thing)[0], english) for kind in kinds for thing in kind.things)


def _shown(field: Field, english: bool) -> str:
    return (field.en or field.zh) if english else (field.zh or field.en)


def _groups(sought: Sought, kinds: Iterable[Kind]) -> tuple[Group, ...]:
    groups = [group for kind in kinds if (group := _group(sought, kind))]
    return tuple(sorted(groups, key=lambda group: group.best))


def _group(sought: Sought, kind: Kind) -> Group | None:
    ranked = []
    for place, thing in enumerate(kind.things):
        names, beside = [], []
        for field in kind.fields(thing):
            (names if field.is_name else beside).extend(text for text in (field.zh, field.en) if text)
        if (rank := sought.rank(names, beside, kind.code(thing))) is not None:
            ranked.append((rank, place))
    if not ranked:
        return None
    ranked.sort()
    shown = [kind.things[place] for _rank, place in ranked[:SHOWN]]
    facts = kind.facts(shown)
    found = tuple(_found(sought, kind.fields(thing), thing, facts.get(kind.code(thing))) for thing in shown)
    return Group(kind.key, kind.word, ranked[0][0], found, len(ranked))


def _found(sought: Sought, fields: tuple[Field, ...], thing, facts) -> Found:
    """One answer; what was not found in the texts of its line is looked for in its others, which then stand beside."""
    english = is_english(get_language())
    in_line = {field.key: (_shown(field, english), field.is_name) for field in fields if field.in_line}
    missing = sought.missing_from(in_line.values())
    beside = []
    for field in fields:
        for language, text in (("zh-Hans", field.zh), ("en", field.en)):
            if missing and text and (field.key not in in_line or text != in_line[field.key][0]):
                pieces = sought.pieces(text, field.is_name, missing)
                if any(piece.hit for piece in pieces):
                    beside.append(Beside(str(LABELS[field.key]), language, pieces))
                    missing = sought.missing_from([(text, field.is_name)], missing)
    line = {key: sought.pieces(text, is_name) for key, (text, is_name) in in_line.items()}
    return Found(thing, line.pop(fields[0].key), line, tuple(beside), facts)
