"""Where in a TOML file a key stands: the standard reader does not tell, and an error without a line is no help."""

from __future__ import annotations

import re

_PART = r"""(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)"""
_PATH = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"^\s*\[\[?\s*({_PATH})\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(rf"^\s*({_PATH})\s*=(.*)$")

Path = tuple[str, ...]


def lines_of(text: str) -> dict[Path, int]:
    """The line (from 1) where each table and each key is first named. Text inside multi-line strings is passed over."""
    found: dict[Path, int] = {}
    table: Path = ()
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        if fence:
            fence = "" if line.count(fence) % 2 else fence
            continue
        if match := _HEADER.match(line):
            table = _split(match[1])
            _note(found, table, number)
        elif match := _KEY.match(line):
            _note(found, table + _split(match[1]), number)
            fence = next((f for f in ('"""', "'''") if match[2].count(f) % 2), "")
    return found


def line_of(found: dict[Path, int], path: Path) -> int:
    """The line of a key, or of the nearest table around it; 1 when nothing of it is named."""
    while path and path not in found:
        path = path[:-1]
    return found.get(path, 1)


def _split(path: str) -> Path:
    return tuple(part.strip("\"'") for part in re.findall(_PART, path))


def _note(found: dict[Path, int], path: Path, number: int) -> None:
    for end in range(1, len(path) + 1):
        found.setdefault(path[:end], number)
