"""How what somebody types finds a name: in Chinese by any part of it, in English by words, by pinyin and its initials.

Plain Python on plain text. Width, case, accents, spaces and punctuation never matter: `Ｒ＆Ｄ`, `r&d` and `RD` are one.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import lru_cache

from changchun_innovation.shared.pinyin import readings_of, spelt

# Longer than any name; what is typed beyond it is not looked at.
LONGEST = 100
# A short form leaves out at most so many characters between two that it keeps: 高企 is 高（新技术）企（业）.
LEFT_OUT = 3
_NO_LETTERS = re.compile(r"[\W_]+")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[a-z0-9]+")
_LATIN_LETTERS = re.compile(r"[a-z]+")


class Rank(IntEnum):
    """How well a name answers; the best first."""

    IS = 0
    BEGINS = 1
    SHORT_NAME = 2
    HOLDS = 3
    WORDS = 4
    BEGINS_SPELT = 5
    HOLDS_SPELT = 6
    SHORTENED = 7
    BESIDE = 8


@dataclass(frozen=True)
class Piece:
    """A part of a text; `hit` where it is what was looked for."""

    text: str
    hit: bool


# A text is asked for its letters several times in a row, and the name of a partner once for each of its parks.
@lru_cache(maxsize=2048)
def letters_of(text: str) -> str:
    """The letters, characters and digits of a text, all in one width and case."""
    return _NO_LETTERS.sub("", unicodedata.normalize("NFKD", text).casefold())


class _Spread:
    """The letters of a text with their places in it, and where its words begin."""

    def __init__(self, text: str):
        letters, self.places = [], []
        for place, character in enumerate(text):
            for letter in letters_of(character):
                letters.append(letter)
                self.places.append(place)
        self.letters = "".join(letters)

    def begins_word(self, at: int) -> bool:
        """Whether a word begins at a letter; of Chinese every character may."""
        if at == 0 or self.places[at] > self.places[at - 1] + 1:
            return True
        here, before = self.letters[at], self.letters[at - 1]
        return not _LATIN.match(here) or not _LATIN.match(before)

    def span(self, at: int, length: int) -> tuple[int, int]:
        return self.places[at], self.places[at + length - 1] + 1


Span = tuple[int, int]


@dataclass(frozen=True)
class Sought:
    """What somebody typed, and how a text answers it.

    `phrase` is all of it in letters, `words` its parts between spaces. `rare`: a character may be spelt by its rarest
    reading.
    """

    phrase: str
    words: tuple[str, ...]
    rare: bool = False
    # Which characters may begin what is spelt; filled as they are met, for this question only.
    _initial: dict = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, typed: str) -> "Sought":
        words = tuple(dict.fromkeys(word for each in typed.split() if (word := letters_of(each))))
        return cls(letters_of(typed), words)

    def __bool__(self) -> bool:
        return bool(self.phrase)

    @property
    def may_be_spelt(self) -> bool:
        """Whether it could be pinyin."""
        return bool(_LATIN_LETTERS.fullmatch(self.phrase))

    @property
    def in_every_reading(self) -> "Sought":
        """The same question, where each character may be spelt by its rarest reading."""
        return replace(self, rare=True, _initial={})

    # --- how well ------------------------------------------------------------------------------------------------
    def rank(self, names: Sequence[str], beside: Sequence[str] = (), code: str = "") -> Rank | None:
        """How well a thing answers: by its names, by its code, or by other texts about it; None: not at all."""
        if code and letters_of(code) == self.phrase:
            return Rank.IS
        found = [self._rank_in_name(self.phrase, name) for name in names]
        found += [Rank.BESIDE for text in beside if self._span(self.phrase, text)]
        best = min((rank for rank in found if rank is not None), default=None)
        if len(self.words) > 1 and (best is None or best > Rank.WORDS):
            ranks = [self._rank_of_word(word, names, beside) for word in self.words]
            if None not in ranks:
                return min(rank for rank in (best, max(Rank.WORDS, *ranks)) if rank is not None)
        return best

    def _rank_of_word(self, word: str, names: Sequence[str], beside: Sequence[str]) -> Rank | None:
        ranks = [self._rank_in_name(word, name) for name in names]
        ranks += [Rank.BESIDE for text in beside if self._span(word, text)]
        return min((rank for rank in ranks if rank is not None), default=None)

    def _rank_in_name(self, part: str, name: str) -> Rank | None:
        letters = letters_of(name)
        if not letters:
            return None
        if letters.startswith(part):
            return Rank.IS if letters == part else Rank.BEGINS
        if part in letters and self._span(part, name):
            return Rank.HOLDS
        if (span := self._spelt_in(part, letters)) is not None:
            return Rank.HOLDS_SPELT if span[0] else Rank.BEGINS_SPELT
        if not (places := self._shortened(part, letters)):
            return None
        # 吉大 is what 吉林大学 is called; in 吉林省大学生创新创业孵化基地 it merely can be found.
        called = places[0] == 0 and len(letters) <= 3 * len(part) and not part.isascii()
        return Rank.SHORT_NAME if called else Rank.SHORTENED

    # --- where ---------------------------------------------------------------------------------------------------
    def pieces(self, text: str, is_name: bool, wanted: tuple[str, ...] = ()) -> tuple[Piece, ...]:
        """A text with what was looked for marked in it: all of it, else those of its words that stand there.

        `is_name`: pinyin and short forms count too. `wanted`: only these of the words.
        """
        if len(wanted or self.words) == len(self.words) and (
            spans := self._spans(self.phrase, text, is_name)
        ):
            return _cut(text, spans)
        spans = [span for word in wanted or self.words for span in self._spans(word, text, is_name)]
        return _cut(text, sorted(spans))

    def missing_from(
        self, texts: Iterable[tuple[str, bool]], wanted: tuple[str, ...] = ()
    ) -> tuple[str, ...]:
        """The words (or those that are `wanted`) that stand in none of some texts (text, whether it is a name)."""
        texts, wanted = list(texts), wanted or self.words
        if any(self._spans(self.phrase, *text) for text in texts):
            return ()
        return tuple(word for word in wanted if not any(self._spans(word, *text) for text in texts))

    def _spans(self, part: str, text: str, is_name: bool) -> list[Span]:
        if span := self._span(part, text):
            return [span]
        if not is_name:
            return []
        spread = _Spread(text)
        if (spelt_in := self._spelt_in(part, spread.letters)) is not None:
            return [spread.span(*spelt_in)]
        return [spread.span(at, 1) for at in self._shortened(part, spread.letters)]

    def _span(self, part: str, text: str) -> Span | None:
        """The first place of a part in a text as it stands there; Latin letters from where a word begins."""
        if part not in letters_of(text):
            return None
        spread = _Spread(text)
        at = spread.letters.find(part)
        while at >= 0:
            # One letter alone finds only what begins with it.
            if at == 0 or not _LATIN.match(part) or (len(part) > 1 and spread.begins_word(at)):
                return spread.span(at, len(part))
            at = spread.letters.find(part, at + 1)
        return None

    def _spelt_in(self, part: str, letters: str) -> tuple[int, int] | None:
        """Where a name is spelt by Latin letters, and how many characters long; one letter only at its beginning."""
        if letters.isascii() or not _LATIN_LETTERS.fullmatch(part):
            return None
        for at, letter in enumerate(letters if len(part) > 1 else letters[:1]):
            if self._may_begin(letter, part[0]) and (length := spelt(letters, at, part, self.rare)):
                return at, length
        return None

    def _may_begin(self, letter: str, initial: str) -> bool:
        key = letter + initial
        if key not in self._initial:
            # Latin letters are found as they stand; by pinyin at least one character is spelt.
            self._initial[key] = bool(_HAN.match(letter)) and any(
                reading[0] == initial for reading in readings_of(letter, self.rare)
            )
        return self._initial[key]

    def _shortened(self, part: str, letters: str) -> tuple[int, ...]:
        """The places of the characters that a short form keeps of a name (吉大 in 吉林大学); empty where it is none.

        One that does not begin as the name does (长光 in 中国科学院长春光学…) leaves out no two characters in a row;
        one that is spelt by its initials (jd) neither, and must begin as the name does.
        """
        if not 2 <= len(part) <= 6 or letters.isascii():
            return ()
        if _HAN.fullmatch(part):
            begins, is_meant = _places(part[0], letters), str.__eq__
        elif _LATIN_LETTERS.fullmatch(part):
            begins, is_meant = [0] if self._may_begin(letters[0], part[0]) else [], self._may_begin
        else:
            return ()
        for at in begins:
            places, apart = [at], LEFT_OUT if at == 0 and not part.isascii() else 1
            for letter in part[1:]:
                reach = range(places[-1] + 1, min(places[-1] + 2 + apart, len(letters)))
                there = next((each for each in reach if is_meant(letters[each], letter)), None)
                if there is None:
                    break
                places.append(there)
            else:
                return tuple(places)
        return ()


def _places(letter: str, letters: str) -> list[int]:
    return [at for at, each in enumerate(letters) if each == letter]


def _cut(text: str, spans: list[Span]) -> tuple[Piece, ...]:
    pieces, done = [], 0
    for start, end in spans:
        if end <= done:
            continue
        start = max(start, done)
        pieces += [Piece(text[done:start], False), Piece(text[start:end], True)]
        done = end
    pieces.append(Piece(text[done:], False))
    return tuple(piece for piece in pieces if piece.text)


def nearest(sought: Sought, names: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """The names most like something that found nothing: two fifths of the letter pairs are shared (Dice's coefficient)."""
    wanted, near = _pairs(sought.phrase), []
    for name in dict.fromkeys(names):
        pairs = _pairs(letters_of(name))
        shared = len(pairs & wanted)
        if shared and (likeness := 2 * shared / (len(pairs) + len(wanted))) >= 0.4:
            near.append((-likeness, name))
    return tuple(name for _likeness, name in sorted(near)[:most])


def _pairs(letters: str) -> set[str]:
    return {letters[at : at + 2] for at in range(len(letters) - 1)}
