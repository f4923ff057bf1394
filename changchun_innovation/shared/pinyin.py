"""How Chinese characters are read: pinyin without tones, and names that are found by it.

The readings are the table of single characters in the package pypinyin. Its file is read, the package is not
imported: that would cost every worker 13 MB, with its dictionary of phrases 56 MB, and the answer here takes 1 MB.
"""

import re
import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path

# The block of Unicode that holds the characters in use.
FIRST, LAST = 0x4E00, 0x9FFF
TONES = dict.fromkeys(map(ord, "\u0300\u0301\u0304\u030c"))
LINE = re.compile(r'"(\d+)": "([^"]+)"')

# Characters of which a name may well hold a reading that the table does not name first; in 长春 it is chang.
USUAL = {
    "长": ("chang", "zhang"),
    "重": ("zhong", "chong"),
    "行": ("xing", "hang"),
    "率": ("lv", "lu", "shuai"),
    "都": ("du", "dou"),
    "乐": ("le", "yue"),
    "朝": ("chao", "zhao"),
    "调": ("diao", "tiao"),
    "传": ("chuan", "zhuan"),
    "种": ("zhong", "chong"),
    "系": ("xi", "ji"),
    "校": ("xiao", "jiao"),
}


@cache
def _table() -> tuple[tuple[str, ...], ...]:
    """Every reading of every character from FIRST to LAST; the same words are kept once."""
    folder = Path(find_spec("pypinyin").submodule_search_locations[0])
    table: list[tuple[str, ...]] = [()] * (LAST - FIRST + 1)
    kept: dict[tuple[str, ...], tuple[str, ...]] = {}
    words: dict[str, str] = {}
    for code, read in LINE.findall((folder / "pinyin_dict.json").read_text(encoding="utf-8")):
        if FIRST <= (at := int(code)) <= LAST:
            plain = dict.fromkeys(way for each in read.split(",") for way in _without_tone(each))
            readings = tuple(words.setdefault(way, way) for way in plain)
            table[at - FIRST] = kept.setdefault(readings, readings)
    return tuple(table)


def _without_tone(reading: str) -> tuple[str, ...]:
    """As it is typed: `jí` is ji; for `lǚ` keyboards know lv, and people type lu."""
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFD", reading).translate(TONES))
    return (plain.replace("ü", "v"), plain.replace("ü", "u")) if "ü" in plain else (plain,)


def every_reading(letter: str) -> tuple[str, ...]:
    """All readings of a character, the usual ones first; a letter or digit reads as itself."""
    if not FIRST <= ord(letter) <= LAST:
        return (letter,)
    return tuple(dict.fromkeys((*USUAL.get(letter, ()), *_table()[ord(letter) - FIRST]))) or (letter,)


@cache
def usual_readings(letter: str) -> tuple[str, ...]:
    """The readings by which a name is expected to be looked for, the likeliest first."""
    if letter in USUAL:
        return USUAL[letter]
    every = every_reading(letter)
    # lv and lu are one reading.
    return tuple(each for each in every if each.replace("v", "u") == every[0].replace("v", "u"))


def spelt(letters: str, at: int, typed: str, rare: bool = False) -> int:
    """How many characters from `at` on are spelt by all of `typed` (small Latin letters); 0 where they are not.

    Each character is given by its whole syllable or by the letter it begins with (`zh`, `ch`, `sh` count as one); the
    last one by any part of its syllable. Only its likeliest reading may be cut short: `c` is 长, `zhang` is too, `z`
    is not. With `rare` every reading counts, and any may be cut short.

    >>> spelt("吉林大学", 0, "jl"), spelt("吉林大学", 0, "jilind"), spelt("吉林大学", 1, "jl")
    (2, 3, 0)
    """
    ahead = [(at, 0)]
    seen = set()
    while ahead:
        here, done = ahead.pop()
        if here >= len(letters) or (here, done) in seen:
            continue
        seen.add((here, done))
        rest = typed[done:]
        for reading in readings_of(letters[here], rare):
            likeliest = rare or reading == usual_readings(letters[here])[0]
            if reading == rest or (likeliest and reading.startswith(rest)):
                return here - at + 1
            if rest.startswith(reading):
                ahead.append((here + 1, done + len(reading)))
            if likeliest and rest[0] == reading[0]:
                ahead.append((here + 1, done + 1))
                if rest[:2] == reading[:2] and rest[:2] in ("zh", "ch", "sh"):
                    ahead.append((here + 1, done + 2))
    return 0


def readings_of(letter: str, rare: bool) -> tuple[str, ...]:
    return every_reading(letter) if rare else usual_readings(letter)
