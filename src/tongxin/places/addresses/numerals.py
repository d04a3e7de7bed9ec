"""Numbers as people write them in addresses: Arabic, Chinese, half and full width, with a prefix or a letter, in ranges."""

from __future__ import annotations

import re
import unicodedata

LONGEST_RANGE = 300
CHINESE = "零〇一二三四五六七八九十百千"
_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0}
_UNIT = {"十": 10, "百": 100, "千": 1000}
_RUN = re.compile(rf"[{CHINESE}]*[零〇一二三四五六七八九十][{CHINESE}]*")
_NUMBERED = re.compile(r"(\D*)(\d{1,6})(\D?)")
_BLANKS_IN_WORDS = re.compile(r"(?<![A-Za-z])\s+|\s+(?![A-Za-z])")
_BLANKS_IN_DIGITS = re.compile(r"(?<=\d)\s+(?=\d)")


def half_width(text: str) -> str:
    """Compatibility forms made plain (NFKC); blanks go, except between Latin words; between two numbers they list."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    words = text.split()
    if len(words) == 1 and len(words[0]) == len(text):
        return text
    return _BLANKS_IN_WORDS.sub("", _BLANKS_IN_DIGITS.sub("、", " ".join(words)))


def number_of(numeral: str) -> int:
    """The value of a Chinese numeral; digits in a row are read one by one (``一〇一`` is 101)."""
    if not any(c in _UNIT for c in numeral):
        return int("".join(str(_DIGIT[c]) for c in numeral))
    total = digit = 0
    for c in numeral:
        if c in _UNIT:
            total += (digit or (1 if not total else 0)) * _UNIT[c]
            digit = 0
        else:
            digit = _DIGIT[c]
    return total + digit


def arabic(text: str) -> str:
    """Every Chinese numeral in a text as Arabic digits; 百 and 千 alone are no numbers (百子湾)."""
    return _RUN.sub(lambda run: str(number_of(run[0])), text)


def spell_out(first: str, last: str) -> tuple[str, ...]:
    """The numbers from ``first`` to ``last``, both included: ``("177", "181")`` gives five.

    A prefix (甲, D) counts for all when both have it or the last has none. Empty when it is no range: it falls, the
    prefixes differ, a letter follows a number, or it is longer than 300.
    """
    low, high = _NUMBERED.fullmatch(first), _NUMBERED.fullmatch(last)
    if not low or not high or low[3] or high[3] or high[1] not in ("", low[1]):
        return ()
    a, b = int(low[2]), int(high[2])
    if not a < b < a + LONGEST_RANGE:
        return ()
    return tuple(f"{low[1]}{n}" for n in range(a, b + 1))
