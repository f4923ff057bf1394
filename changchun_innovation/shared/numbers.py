"""Numbers typed by people, and numbers written for programs.

Forms and file imports read with `parse_number`, so that one rule holds for both; CSV writes with `plain`.

What is accepted: digits with an optional sign and an optional decimal point (``1234.5``), the same in
full-width characters (``１２３４．５``), and thousands separators that stand where they belong
(``1,234.5``). Everything else is refused with a reason, since a misread number is worse than a refused one:
``3.5万`` (the reason shows the digits), ``1,23``, ``0,123``, ``1e4``, ``1_000``, ``NaN``, letters, signs of
units. A blank is no number and gives None, which is not 0.
"""

from __future__ import annotations

import re
from decimal import Decimal

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

LARGEST = Decimal(10) ** 12

# Only the full-width forms and their neighbours are translated. Unicode's own compatibility mapping (NFKC)
# would also read ² as 2, so that "10²" became 102.
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x2212: ord("-"), 0x3000: ord(" ")}
_NUMBER = re.compile(r"([+-]?)([0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.([0-9]+))?")
_WITH_COMMAS = re.compile(r"[+-]?[0-9]*(,[0-9]*)+(\.[0-9]*)?")
_WITH_MYRIADS = re.compile(r"([+-]?[0-9][0-9,]*(?:\.[0-9]+)?)\s*(万亿|万|亿|萬|億)\s*\w{0,4}")
_MYRIADS = {"万": 4, "萬": 4, "亿": 8, "億": 8, "万亿": 12}
_LONGEST = 60


class NumberRefused(ValueError):
    """A text that is not taken as a number.

    ``code`` is one of ``not_a_number``, ``myriads``, ``separators``, ``decimals``, ``negative``,
    ``too_large``; ``message`` is a lazily translated sentence for the person who typed it.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


def parse_number(text: object, decimals: int, *, allow_negative: bool = False) -> Decimal | None:
    """Read what a person typed, or a cell of a file, as a Decimal with ``decimals`` places.

    A blank (or None) gives None. Zeros beyond the allowed decimals are dropped (``12.00`` is 12), other
    digits there are refused rather than rounded. Raises NumberRefused; never returns NaN, infinity or -0.
    """
    written = "" if text is None else str(text).translate(_FULL_WIDTH).strip()
    if not written:
        return None
    match = _NUMBER.fullmatch(written)
    if match is None:
        raise _reason_why_not(written)
    sign, whole, fraction = match[1], match[2].replace(",", "").lstrip("0") or "0", match[3] or ""
    fraction = fraction.rstrip("0")
    if len(fraction) > decimals:
        raise NumberRefused("decimals", _too_many_decimals(decimals))
    if len(whole) > 13 or abs(value := Decimal(f"{whole}.{fraction or 0}")) > LARGEST:
        raise NumberRefused("too_large", _("数字过大：最多到一万亿（1000000000000）。请核对单位。"))
    if sign == "-" and value:
        if not allow_negative:
            raise NumberRefused("negative", _("此处不能为负数。"))
        value = -value
    return value.quantize(Decimal(1).scaleb(-decimals))


def plain(value: Decimal | int | None) -> str:
    """The number as CSV text: ``.`` as decimal point, no separators, no exponent, no trailing zeros.

    None (unknown) gives an empty text; NaN and infinity raise ValueError, because they must not exist.
    """
    if value is None:
        return ""
    value = Decimal(value)
    if not value.is_finite():
        raise ValueError(f"not a number to be shown: {value}")
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def _reason_why_not(written: str) -> NumberRefused:
    if len(written) <= _LONGEST:
        if match := _WITH_MYRIADS.fullmatch(written):
            digits = plain(Decimal(match[1].replace(",", "")).scaleb(_MYRIADS[match[2]]))
            return NumberRefused(
                "myriads",
                format_lazy(
                    _("请只写数字，不写“万”“亿”：{written} 即 {digits}（以表中单位为准）。"),
                    written=written,
                    digits=digits,
                ),
            )
        if _WITH_COMMAS.fullmatch(written):
            return NumberRefused("separators", _("千位分隔符位置不对：请写成 1,234.5 或 1234.5。"))
    return NumberRefused(
        "not_a_number",
        _("请填写数字，例如 1234.5；不接受文字、字母、单位、科学记数法和下划线。"),
    )


def _too_many_decimals(decimals: int) -> str:
    if decimals == 0:
        return _("该指标只填整数。")
    return format_lazy(_("该指标最多保留 {decimals} 位小数。"), decimals=decimals)
