"""Reading policy packs: a TOML file against ``parameters``, with every fault named at once by file, line and reason.

A pack sets ``name``, ``title_zh``, ``title_en``, perhaps ``extends``, and any of the parameters, each as a table of
``value``, ``unit``, ``source`` and ``confidence``, and perhaps a ``ceiling``, in the same unit, that packs of places below
may not exceed. What it does not set comes from the pack that it extends; what it sets takes the other's place whole,
source, confidence and ceiling included.
"""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from django.utils.translation import gettext
from django.utils.translation import gettext as _

from tongxin.policy.decisions import N_
from tongxin.policy.parameters import CONFIDENCES, NOT_LONGER_THAN, PARAMETERS, SPANS, Spec
from tongxin.policy.toml_lines import line_of, lines_of

PACKS = Path(__file__).parent / "packs"
TITLES = ("name", "title_zh", "title_en")
FIELDS = ("value", "unit", "source", "confidence")
CEILING = "ceiling"
_SYNTAX_LINE = re.compile(r"\(at line (\d+), column \d+\)")


class Problem(NamedTuple):
    """One fault of a pack file; ``line`` counts from 1."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class BadPackError(Exception):
    """A pack that cannot be used, with all of its faults."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


@dataclass(frozen=True)
class Parameter:
    """A value with its unit, where it comes from, how sure that is, the pack that gives it, and the most that packs of
    places below may set (None: no limit)."""

    key: str
    value: int | float | bool | str | list[int]
    unit: str
    source: str
    confidence: str
    pack: str
    ceiling: int | float | None = None

    @property
    def quantity(self) -> Any:
        """What rules compare: a ``timedelta`` for spans of time, else the number or flag itself."""
        return self._measured(self.value)

    @property
    def highest(self) -> Any:
        """The ceiling as ``quantity`` gives the value; None without one."""
        return None if self.ceiling is None else self._measured(self.ceiling)

    def _measured(self, value: Any) -> Any:
        return value * SPANS[self.unit] if self.unit in SPANS else value


@dataclass(frozen=True)
class Pack:
    """A named set of parameters, complete: what it does not set itself comes from the pack that it extends.

    Asking for a parameter that the schema does not know raises KeyError, in the wrong measure TypeError: both are
    faults of the program, never of the pack.
    """

    name: str
    title_zh: str
    title_en: str
    extends: str
    parameters: Mapping[str, Parameter]

    def parameter(self, key: str) -> Parameter:
        return self.parameters[key]

    def rule(self, key: str) -> str:
        """How a decision cites the parameter: ``PACK/key``, the pack being the one that gave the value."""
        return f"{self.parameters[key].pack}/{key}"

    def hours(self, key: str) -> dt.timedelta:
        """A duration given in minutes or hours."""
        return self._in(key, "minutes", "hours")

    def days(self, key: str) -> dt.timedelta:
        """A span of calendar days; ``.days`` of the answer is their count."""
        return self._in(key, "days")

    def number(self, key: str) -> int:
        """A count."""
        return self._in(key, "count")

    def flag(self, key: str) -> bool:
        return self._in(key, "flag")

    def choice(self, key: str) -> str:
        return self._in(key, "choice")

    def day_list(self, key: str) -> list[int]:
        """Days counted from an anchor; day 1 is the day after it."""
        return self._in(key, "day list")

    def _in(self, key: str, *units: str) -> Any:
        found = self.parameters[key]
        if found.unit not in units:
            raise TypeError(f"{key} is in {found.unit}, not in {' or '.join(units)}")
        return found.quantity


def names() -> list[str]:
    """The packs that come with the program."""
    return sorted(p.stem for p in PACKS.glob("*.toml"))


@functools.cache
def load(name: str) -> Pack:
    """A pack of the program by its name. Raises BadPackError with every fault, KeyError when there is no such pack."""
    path = PACKS / f"{name}.toml"
    if name not in names():
        raise KeyError(f"no policy pack is called {name!r}; there are {', '.join(names())}")
    pack, problems = read_file(path)
    if pack is None:
        raise BadPackError(problems)
    return pack


def check_file(path: str | Path) -> list[Problem]:
    """Every fault of a pack file; an empty list for a good one."""
    return read_file(Path(path))[1]


def read_file(path: Path, below: tuple[str, ...] = ()) -> tuple[Pack | None, list[Problem]]:
    """The pack of a file, or None with its faults. ``below`` names the packs that (directly or not) extend it."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        document = tomllib.loads(text)
    except OSError as error:
        return None, [Problem(str(path), 1, _("the file cannot be read: %(why)s") % {"why": error.strerror})]
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return None, [Problem(str(path), line, _("the file is not UTF-8"))]
    except tomllib.TOMLDecodeError as error:
        return None, [_syntax(path, text, str(error))]
    reader = _Reader(path, document, lines_of(text))
    parent = reader.parent(below)
    own = reader.own_parameters()
    reader.check_titles()
    merged = {**(parent.parameters if parent else {}), **own}
    reader.check_whole(merged, lacks_parent="extends" in document and parent is None)
    if reader.problems:
        return None, sorted(reader.problems, key=lambda p: (p.file, p.line))
    ordered = {key: merged[key] for key in PARAMETERS}
    name, title_zh, title_en = (document[t] for t in TITLES)
    return Pack(name, title_zh, title_en, document.get("extends", ""), ordered), []


def _syntax(path: Path, text: str, message: str) -> Problem:
    at = _SYNTAX_LINE.search(message)
    line = int(at[1]) if at else len(text.splitlines()) or 1
    plain = _SYNTAX_LINE.sub("", message).replace("(at end of document)", "").strip()
    return Problem(str(path), line, _("not valid TOML: %(why)s") % {"why": plain})


MAX_DAY = 60


def _is_day_list(spec: Spec, value: Any) -> bool:
    whole = isinstance(value, list) and all(type(day) is int and 1 <= day <= MAX_DAY for day in value)
    return whole and value == sorted(set(value))


_NOT_NUMBERS: dict[str, tuple[Callable[[Spec, Any], bool], str]] = {
    "flag": (lambda spec, value: isinstance(value, bool), N_("%(key)s must be true or false")),
    "choice": (lambda spec, value: value in spec.choices, N_("%(key)s must be one of %(choices)s")),
    "day list": (_is_day_list, N_("%(key)s must be a list of days from 1 to 60, each once, in order")),
}


class _Reader:
    """One file being read; collects its problems."""

    def __init__(self, path: Path, document: dict[str, Any], lines: dict[tuple[str, ...], int]) -> None:
        self.path = path
        self.document = document
        self.lines = lines
        self.problems: list[Problem] = []

    def fault(self, where: tuple[str, ...], reason: str) -> None:
        self.problems.append(Problem(str(self.path), line_of(self.lines, where), reason))

    def check_titles(self) -> None:
        for key in TITLES:
            given = self.document.get(key)
            if not isinstance(given, str) or not given.strip():
                self.fault((key,), _("%(key)s is missing") % {"key": key})
        name = self.document.get("name")
        if isinstance(name, str) and name.strip() and name != self.path.stem:
            told = {"name": name, "file": self.path.stem}
            self.fault(("name",), _("the name is %(name)s but the file is called %(file)s") % told)

    def parent(self, below: tuple[str, ...]) -> Pack | None:
        name = self.document.get("extends")
        if name is None:
            return None
        where = ("extends",)
        if not isinstance(name, str) or Path(name).name != name:
            self.fault(where, _("extends must be the name of a pack"))
            return None
        if name in (*below, self.path.stem):
            self.fault(where, _("the pack extends itself through %(name)s") % {"name": name})
            return None
        beside = self.path.with_name(f"{name}.toml")
        file = beside if beside.exists() else PACKS / f"{name}.toml"
        if not file.exists():
            self.fault(where, _("there is no pack called %(name)s") % {"name": name})
            return None
        pack, problems = read_file(file, (*below, self.path.stem))
        self.problems += problems
        return pack

    def own_parameters(self) -> dict[str, Parameter]:
        found = {}
        for where, table in self._tables((), self.document):
            key = ".".join(where)
            if key not in PARAMETERS:
                self._unknown(where, key)
            elif not isinstance(table, dict):
                told = {"key": key, "fields": ", ".join(FIELDS)}
                self.fault(where, _("%(key)s must be a table of %(fields)s") % told)
            elif self._parameter_is_good(where, key, table):
                found[key] = Parameter(key=key, pack=str(self.document.get("name")), **table)
        return found

    def _tables(self, where: tuple[str, ...], table: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
        """Whatever stands where a parameter would, known or not."""
        for name, inner in table.items():
            path = (*where, name)
            if not where and name in (*TITLES, "extends"):
                continue
            is_section = isinstance(inner, dict) and not any(f in inner for f in (*FIELDS, CEILING))
            if is_section and ".".join(path) not in PARAMETERS and inner:
                yield from self._tables(path, inner)
            else:
                yield path, inner

    def _unknown(self, where: tuple[str, ...], key: str) -> None:
        near = difflib.get_close_matches(key, PARAMETERS, 1)
        if near:
            told = {"key": key, "near": near[0]}
            self.fault(where, _("there is no parameter %(key)s; is %(near)s meant?") % told)
        else:
            self.fault(where, _("there is no parameter %(key)s") % {"key": key})

    def _parameter_is_good(self, where: tuple[str, ...], key: str, table: dict[str, Any]) -> bool:
        spec, before = PARAMETERS[key], len(self.problems)
        self._check_fields(where, key, table)
        confidence = table.get("confidence", CONFIDENCES[0])
        if confidence and confidence not in CONFIDENCES:
            told = {"key": key, "known": ", ".join(CONFIDENCES)}
            self.fault((*where, "confidence"), _("%(key)s: the confidence must be one of %(known)s") % told)
        if not isinstance(table.get("source", ""), str):
            self.fault((*where, "source"), _("%(key)s: the source must be a text") % {"key": key})
        unit = table.get("unit")
        if unit and unit not in spec.units:
            told = {"key": key, "units": " or ".join(spec.units)}
            self.fault((*where, "unit"), _("%(key)s: the unit must be %(units)s") % told)
        elif unit and table.get("value", "") != "":
            self._check_value((*where, "value"), key, spec, table["value"], unit)
            if CEILING in table and len(self.problems) == before:
                self._check_ceiling((*where, CEILING), key, spec, table)
        return len(self.problems) == before

    def _check_fields(self, where: tuple[str, ...], key: str, table: dict[str, Any]) -> None:
        for extra in table.keys() - {*FIELDS, CEILING}:
            self.fault((*where, extra), _("%(key)s has no field %(field)s") % {"key": key, "field": extra})
        for field in FIELDS:
            if field not in table or table[field] == "":
                self.fault((*where, field), _("%(key)s has no %(field)s") % {"key": key, "field": field})

    def _check_ceiling(self, where: tuple[str, ...], key: str, spec: Spec, table: dict[str, Any]) -> None:
        """Only what can be more or less has a ceiling, and the pack keeps its own."""
        if table["unit"] in _NOT_NUMBERS:
            self.fault(where, _("%(key)s: only a number can have a ceiling") % {"key": key})
            return
        before = len(self.problems)
        self._check_value(where, key, spec, table[CEILING], table["unit"])
        if len(self.problems) == before and table[CEILING] < table["value"]:
            told = {"key": key, "ceiling": table[CEILING], "value": table["value"]}
            self.fault(where, _("%(key)s: the ceiling %(ceiling)s is below the value %(value)s") % told)

    def _check_value(self, where: tuple[str, ...], key: str, spec: Spec, value: Any, unit: str) -> None:
        told = {"key": key, "value": value, "unit": unit}
        if unit in _NOT_NUMBERS:
            check, reason = _NOT_NUMBERS[unit]
            if not check(spec, value):
                self.fault(where, gettext(reason) % {**told, "choices": ", ".join(spec.choices)})
            return
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fault(where, _("%(key)s must be a number") % told)
            return
        if spec.whole and not isinstance(value, int):
            self.fault(where, _("%(key)s must be a whole number") % told)
            return
        one: Any = SPANS.get(unit, 1)
        low, high = spec.low / one, spec.high / one
        if not low <= value <= high:
            told |= {"low": f"{low:g}", "high": f"{high:g}"}
            reason = _("%(key)s: %(value)s %(unit)s is outside %(low)s to %(high)s")
            self.fault(where, reason % told)

    def check_whole(self, merged: Mapping[str, Parameter], lacks_parent: bool) -> None:
        """A pack that stands alone gives every parameter; no two contradict each other."""
        named = {".".join(path) for path in self.lines}
        for key in PARAMETERS:
            if key not in merged and key not in named and not lacks_parent:
                self.fault((), _("the parameter %(key)s is missing") % {"key": key})
        for short, long in NOT_LONGER_THAN:
            if short in merged and long in merged and merged[short].quantity > merged[long].quantity:
                where = tuple((short if short in named else long).split("."))
                self.fault(where, _("%(short)s must not exceed %(long)s") % {"short": short, "long": long})
