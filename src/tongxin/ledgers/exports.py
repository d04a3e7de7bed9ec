"""The ledger as the street's sheet: with these headings ``tongxin load ledger`` reads it again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from tongxin.kit import audit, clock, crypto
from tongxin.kit.audit import Because
from tongxin.kit.sheets import write_sheet
from tongxin.ledgers import words
from tongxin.ledgers.categories import CATEGORIES
from tongxin.ledgers.models import Entry
from tongxin.ledgers.queries import entries
from tongxin.places import queries as tree
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.queries import pack_of_city

AT_ONCE = 1_000
MOST = 50_000
LONG = (15,)


def headings() -> list[str]:
    return [
        _("No."), _("Name"), _("Sex"), _("Born"), _("Phone"), _("Community"), _("Compound"), _("Building"), _("Unit"), _("Door"),
        _("Category of people"), _("Who answers"), _("Deputy"), _("Last seen at"), _("Next contact"), _("Plan of care"),
        _("Source"),
    ]  # fmt: skip


def rows(wanted: entries.Filter, start: int = 1) -> Iterator[list[Any]]:
    """The entries as lines, by place; read a thousand at a time."""
    after = None
    while found := entries.page(wanted, entries.PLACE, after, AT_ONCE):
        places = {int(p) for e in found for p in (PlaceId(e.place_id), *PlaceId(e.place_id).ancestors)}
        names = tree.names(places)
        for entry in found:
            yield _line(start, entry, names)
            start += 1
        if len(found) < AT_ONCE or start > MOST:
            return
        after = entries.key_of(found[-1], entries.PLACE)


def _line(number: int, entry: Entry, names: dict[int, str]) -> list[Any]:
    place, person = PlaceId(entry.place_id), entry.person
    levels = (Level.COMMUNITY, Level.COMPOUND, Level.BUILDING, Level.UNIT)
    where = [names.get(place.at(level), "") if place.level >= level else "" for level in levels]
    return [
        number, person.name, words.SEXES.get(person.sex, ""), str(person.birth_date or ""), crypto.decrypt(person.phone), *where,
        person.home.number if person.home else "", str(CATEGORIES[entry.category].label),
        entry.owner.name if entry.owner else "", entry.deputy.name if entry.deputy else "",
        timezone.localtime(entry.last_seen_at) if entry.last_seen_at else "", timezone.localtime(entry.next_due),
        crypto.decrypt(entry.plan), str(words.SOURCES.get(entry.source, entry.source)),
    ]  # fmt: skip


def note(by: str, now: dt.datetime) -> str:
    """Who made the list, when, and until when it may be kept."""
    pack = pack_of_city(now)
    until = now + (pack.hours("ledger.sheet_valid") if pack else dt.timedelta(hours=24))
    return _("Made %(at)s by %(by)s. Destroy it by %(until)s; do not pass it on.") % {
        "at": _moment(now), "by": by, "until": _moment(until),
    }  # fmt: skip


def _moment(at: dt.datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M")


def write(
    target: str | Path | IO[bytes], wanted: entries.Filter, by: str, because: Because, place: int | None = None
) -> int:  # fmt: skip
    """Write the sheet of what the acting role sees; the look is recorded. How many lines it has."""
    now = clock.now()
    count = write_sheet(target, _("Ledger of people in need of care"), note(by, now), headings(), rows(wanted), LONG)
    audit.record(because, "view.ledger_export", "ledger", place=place, count=count)
    return count


def as_table(by: Because) -> tuple[Sequence[str], Iterator[list[Any]]]:
    """Header and lines for the command line, which sees everything; the look is recorded."""
    wanted = entries.Filter(clock.now(), sensitive=True)
    audit.record(by, "view.ledger_export", "ledger", count=entries.found(wanted).count())
    return headings(), rows(wanted)
