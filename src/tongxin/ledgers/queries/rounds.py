"""Rounds with their progress, and their doors with who lives behind them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from tongxin.kit import crypto, db
from tongxin.ledgers.categories import hidden
from tongxin.ledgers.models import Knock, Round
from tongxin.places.place_id import Level

AT_ONCE = 200  # rounds asked for at a time
RESULTS = ("seen", "nobody", "needs", "refused")


@dataclass(frozen=True)
class Progress:
    """How many homes a round has in sight, and how many doors ended how."""

    homes: int
    seen: int
    nobody: int
    needs: int
    refused: int

    @property
    def left(self) -> int:
        return self.homes - self.seen - self.nobody - self.needs - self.refused


@dataclass(frozen=True)
class Door:
    """A home to knock at; ``people`` are ``(person, name, categories)``: those on the ledger first."""

    knock: Knock
    people: Sequence[tuple[int, str, Sequence[str]]]
    note: str


def rounds(after: int | None, limit: int) -> list[Round]:
    """Rounds of which the acting role sees a door, the latest first: a steward's building may be one of many."""
    found: list[Round] = []
    while len(found) < limit:
        with db.acting_as_jobs():
            some = Round.objects.filter(pk__lt=after) if after else Round.objects.all()
            batch = list(some.order_by("-pk")[:AT_ONCE])
        seen = _seen([r.pk for r in batch])
        found += [r for r in batch if r.pk in seen]
        if len(batch) < AT_ONCE:
            break
        after = batch[-1].pk
    return found[:limit]


def _seen(keys: Sequence[int]) -> set[int]:
    return {
        k for (k,) in db.rows(
            "SELECT r FROM unnest(%s::bigint[]) r WHERE EXISTS (SELECT FROM ledgers_knock k WHERE k.round_id = r)", [list(keys)]
        )
    }  # fmt: skip


def progress(round_ids: Sequence[int]) -> dict[int, Progress]:
    """The progress of rounds in what the acting role sees of them; one query."""
    rows = db.rows(
        "SELECT round_id, count(*), count(*) FILTER (WHERE result = 'seen'), count(*) FILTER (WHERE result = 'nobody'),"
        " count(*) FILTER (WHERE result = 'needs'), count(*) FILTER (WHERE result = 'refused')"
        " FROM ledgers_knock WHERE round_id = ANY (%s) GROUP BY round_id",
        [list(round_ids)],
    )
    return {key: Progress(*counts) for key, *counts in rows}


def buildings(round_id: int) -> dict[int, Progress]:
    """The progress in each building of a round that the acting role sees, in the order of their codes; one query."""
    rows = db.rows(
        "SELECT place_id - place_id %% %s AS b, count(*), count(*) FILTER (WHERE result = 'seen'),"
        " count(*) FILTER (WHERE result = 'nobody'), count(*) FILTER (WHERE result = 'needs'),"
        " count(*) FILTER (WHERE result = 'refused') FROM ledgers_knock WHERE round_id = %s GROUP BY b ORDER BY b",
        [Level.BUILDING.width, round_id],
    )
    return {key: Progress(*counts) for key, *counts in rows}


def whole(parts: Iterable[Progress]) -> Progress:
    return Progress(*(sum(column) for column in zip(*map(astuple, parts), strict=True)))


def doors(
    round_id: int, sensitive: bool, building: int | None = None, result: str | None = None, after: int | None = None,
    limit: int = 50,
) -> list[Door]:  # fmt: skip
    """Doors in the order in which one walks; ``result`` "" are those left. Two queries however many."""
    found = Knock.objects.using(db.alias()).filter(round_id=round_id).select_related("home")
    if building is not None:
        found = found.filter(place_id__gte=building, place_id__lt=building + Level.BUILDING.width)
    if result is not None:
        found = found.filter(result=result)
    if after is not None:
        found = found.filter(position__gt=after)
    knocks = list(found.order_by("position")[:limit])
    people = _people([k.home_id for k in knocks], sensitive)
    return [Door(k, people.get(k.home_id, []), crypto.decrypt(k.note)) for k in knocks]


def _people(homes: Sequence[int], sensitive: bool) -> dict[int, list[tuple[int, str, Sequence[str]]]]:
    rows: list[tuple[Any, ...]] = db.rows(
        "SELECT p.home_id, p.id, p.name, coalesce(array_agg(e.category ORDER BY e.id) FILTER (WHERE e.id IS NOT NULL), '{}')"
        "  FROM people_person p LEFT JOIN ledgers_entry e ON e.person_id = p.id AND e.ended_at IS NULL"
        "       AND NOT e.category = ANY (%s)"
        " WHERE p.home_id = ANY (%s) GROUP BY p.home_id, p.id, p.name ORDER BY count(e.id) DESC, p.id",
        [hidden(sensitive), list(homes)],
    )
    found: dict[int, list[tuple[int, str, Sequence[str]]]] = {}
    for home, person, name, categories in rows:
        found.setdefault(home, []).append((person, name, categories))
    return found


def one(round_id: int) -> Round | None:
    """A round of which the acting role sees a door."""
    if not _seen([round_id]):
        return None
    with db.acting_as_jobs():
        return Round.objects.filter(pk=round_id).first()
