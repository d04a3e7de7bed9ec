"""Lists of a hotline and letters of request, as they come: any headings, titles above them, times as people type them.

A need counts once by its number (工单编号), without one by what its row says. What the headings are is remembered
(``kit.mappings``), once somebody has said it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import override

from tongxin.kit import clock, db, mappings
from tongxin.kit.audit import Because
from tongxin.kit.imports import Outcome
from tongxin.kit.sheets import (
    Field,
    Reading,
    Reject,
    Sheet,
    SheetBlock,
    SheetRow,
    open_sheet,
    plain,
    sheet_blocks,
    times,
)  # fmt: skip
from tongxin.needs import columns, kinds, queries, triage
from tongxin.needs.operations import arrivals, intake
from tongxin.needs.operations.arrivals import Source
from tongxin.needs.operations.intake import Raised
from tongxin.places.place_id import Level, PlaceId
from tongxin.places.queries import root
from tongxin.policy.decisions import Refused

SAMPLE = 50
HOW = ", or say which column is which (on the page of columns, or with --column HEADING=FIELD)"
ON_FILE = "this number is on file with another text or caller; give what is new a number of its own"
Prepared = tuple[list[tuple[SheetRow, Raised]], list[Reject]]


class NeedLoader:
    """A hotline's list. ``place_id`` is the place for which it answers, ``told`` what somebody says about its headings."""

    kind, columns, keep_together, writers = "needs", columns.HOTLINE, None, 1
    channel = "hotline"

    def __init__(self, place_id: int | None = None, told: Mapping[str, str] | None = None, actor: str = "cli") -> None:
        self.place_id, self.told, self.because = place_id, told or {}, Because(actor)

    def blocks(self, path: Path) -> Any:
        """Raises BadTable when the sheet has no text."""
        return sheet_blocks(self._open(path))

    def forget(self) -> None:
        """Nothing is remembered between blocks."""

    def prepare(self, block: SheetBlock) -> Prepared:
        source = Source.at(self.place_id or root())
        communities = _communities(source.place_id, [str(row.get("community", "")) for row in block.rows])
        read, rejects = [], list(block.rejects)
        for row in block.rows:
            try:
                place = communities.get(_short(row.get("community", "")))
                read.append((row, self._need(row, dataclasses.replace(source, place_id=place or source.place_id))))
            except Refused as reason:
                rejects.append(row.reject(str(reason)))
        return read, rejects

    def write(self, prepared: Prepared) -> Outcome:
        read, rejects = prepared
        done = intake.record([one for _, one in read], clock.now(), self.because)
        conflicts = [read[i][0].reject(ON_FILE) for i in sorted(done.conflicts)]
        return Outcome(len(done.made), done.repeated(len(read)), rejects + conflicts)

    def _open(self, path: Path) -> Sheet:
        sheet = self._found(path)
        if self.told:
            try:
                mappings.confirm(mappings.note(self.kind, sheet), {**sheet.mapping, **_plain(self.told)}, self.because)
            except ValueError as reason:
                raise BadColumns(self.told, [f.name for f in self.columns], reason) from None
            sheet = self._found(path)
        if sheet.missing:
            mappings.note(self.kind, sheet)
        sheet.check_usable(HOW)
        _join_day_and_time(sheet)
        return sheet

    def _found(self, path: Path) -> Sheet:
        reading = Reading(clock.city_zone(), clock.now().date())
        return open_sheet(path, self.columns, reading, mappings.finder(self.kind))

    def _need(self, row: SheetRow, source: Source) -> Raised:
        kind, urgency = _kind(row), columns.URGENCIES.get(plain(row.get("urgency", "")))
        texts = {"text": row.get("text", ""), **_person(row)}
        at = _raised_at(row, source)
        ref = arrivals.reference(row.get("id")) if row.get("id") else _hash(row)
        details = _others(row, kind, urgency)
        return arrivals.raised(texts, source, self.channel, ref, at, kind=kind, urgency=urgency, details=details)


class LetterLoader(NeedLoader):
    """Letters of request from other cities (协查函): one row a person, several rows under one number."""

    kind, columns = "letters", columns.LETTERS
    channel = "letter"

    def _need(self, row: SheetRow, source: Source) -> Raised:
        sender, asked = row.get("sender", ""), row.get("text", "")
        texts = {"text": "：".join(part for part in (sender, asked) if part), **_person(row)}
        at = _raised_at(row, source)
        return arrivals.raised(texts, source, self.channel, _hash(row), at, details=_others(row))


class BadColumns(Refused):
    """What was said about the columns does not fit the sheet."""

    def __init__(self, told: Mapping[str, str], fields: Sequence[str], reason: object) -> None:
        super().__init__(
            "--column: %(reason)s. It is HEADING=FIELD; the fields are %(fields)s (given: %(told)s).", reason=reason,
            fields=", ".join(fields), told="、".join(f"{k}={v}" for k, v in told.items()),
        )  # fmt: skip


def _plain(told: Mapping[str, str]) -> dict[str, str]:
    return {plain(heading): name for heading, name in told.items()}


def _join_day_and_time(sheet: Sheet) -> None:
    """A day and a time of day in two columns make one moment; a day alone is the moment."""
    places = sheet.head.match.places
    if "day" not in places:
        return
    if "raised_at" in places and _holds(sheet, "raised_at", times.read_clock):
        sheet.fields = [dataclasses.replace(f, kind="clock") if f.name == "raised_at" else f for f in sheet.fields]
        return
    for head in sheet.heads:
        day = head.match.places.pop("day", None)
        if day is not None:
            head.match.places.setdefault("raised_at", day)


def _holds(sheet: Sheet, name: str, read: Callable[[str], object]) -> bool:
    """Whether the first cells of a column are such values."""
    head = sheet.head
    place = head.match.places[name]
    rows = (row for row in head.grid.rows() if row.line > head.line and place < len(row.cells) and row.cells[place])
    good = [_reads(row.cells[place], read) for row in islice(rows, SAMPLE)]
    return sum(good) * 2 > len(good)


def _reads(text: str, read: Callable[[str], object]) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _raised_at(row: SheetRow, source: Source) -> dt.datetime:
    at, day = row.get("raised_at"), row.get("day")
    if isinstance(at, dt.time) or (at is None and day):
        at = dt.datetime.combine(day or source.now.date(), at or dt.time(), clock.city_zone())
    if at is None:
        return source.now
    arrivals.rules.check_raised(at, source.now, source.ahead, source.behind)
    return at


def _person(row: SheetRow) -> dict[str, str]:
    return {name: row.get(name, "") for name in ("phone", "name", "address")}


def _hash(row: SheetRow) -> str:
    """What tells a row without a number from others: what it says, whatever columns a later list adds."""
    said = [str(row.get(name, "")) for name in ("id", "text", "sender", "phone", "name", "address", "raised_at", "day")]
    return "row:" + hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:32]


def _others(row: SheetRow, kind: str = "", urgency: int | None = None) -> dict[str, str]:
    """What else the row says, by the headings: unknown columns, and words for kind and urgency that are not known."""
    found = {heading: text for heading, text in row.others.items() if plain(heading) not in _UNTOLD}
    for name, known in (("kind", kind), ("urgency", urgency), ("community", None)):
        if row.get(name) and known in ("", None):
            found[name] = row.get(name)
    return found


_UNTOLD = {plain(heading) for heading in columns.UNTOLD}


@functools.cache
def _kinds() -> dict[str, str]:
    """The kinds by their names in both languages."""
    found = {kind.key: kind.key for kind in kinds.KINDS}
    for language in ("zh-hans", "en"):
        with override(language):
            found |= {plain(str(kind.label)): kind.key for kind in kinds.KINDS}
    return found


def _kind(row: SheetRow) -> str:
    """The kind that the list names, where it is one of ours; where the text says nothing, what the list's word suggests."""
    word = row.get("kind", "")
    if not word or (known := _kinds().get(plain(word))):
        return known if word else ""
    words = queries.glossary()
    if triage.suggest(row.get("text", ""), words).kind == "other" and (said := triage.suggest(word, words).kind) != "other":
        return said
    return ""


def _short(name: str) -> str:
    return name.strip().removesuffix("居委会").removesuffix("村委会").removesuffix("社区").removesuffix("居民委员会")


def _communities(place_id: int, names: Sequence[str]) -> dict[str, int]:
    """The communities of a place by the names that a list uses; one that two communities have is none."""
    wanted = sorted({_short(name) for name in names if _short(name)})
    if not wanted:
        return {}
    lo, hi = PlaceId(place_id).range
    rows = db.rows(
        "SELECT name, id FROM places_place WHERE id >= %s AND id < %s AND level = %s", [lo, hi, int(Level.COMMUNITY)]
    )
    found: dict[str, list[int]] = {}
    for name, place in rows:
        found.setdefault(_short(name), []).append(place)
    return {name: found[name][0] for name in wanted if len(found.get(name, ())) == 1}


FIELDS: Mapping[str, Sequence[Field]] = {loader.kind: loader.columns for loader in (NeedLoader, LetterLoader)}
LOADERS: Sequence[Any] = (NeedLoader, LetterLoader)
