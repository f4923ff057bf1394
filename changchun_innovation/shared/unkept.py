"""Characters that no text of a reader or a reporter may hold.

NUL and the other control characters, which no database or file keeps faithfully, and the marks that turn the direction
of writing (Unicode Standard Annex 9): with these a published note can show its digits in another order than they are.
"""

import re

_UNKEPT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]")


def holds_unkept(text: str) -> bool:
    """Whether a text has such a character; tabs and line ends are none."""
    return _UNKEPT.search(text) is not None
