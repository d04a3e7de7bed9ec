"""What an address says and what it would mean, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongxin.areas.meaning import Meaning, Unknown
from tongxin.areas.operations.issue import Piece
from tongxin.kit import db
from tongxin.places import queries
from tongxin.places.models import Home
from tongxin.places.place_id import Level, PlaceId
from tongxin.web.addresses import in_address

SHOWN = 6


def said(parsed: Mapping[str, Any]) -> list[str]:
    """The fields of a text, part by part: road and number, compound, buildings, units, floors, rooms, what is taken out."""
    road = f"{parsed.get('road') or ''}{parsed.get('number') or ''}"
    parts = [road, str(parsed.get("compound") or "")]
    parts += [_list(kind, parsed.get(kind) or []) for kind in ("buildings", "units", "floors", "rooms")]
    out = parsed.get("excluded") or {}
    parts += [_list(f"without {kind}", out.get(kind) or []) for kind in ("buildings", "units", "floors", "rooms")]
    return [part for part in parts if part]


def _list(kind: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    shown = ", ".join(names[:SHOWN]) + (" …" if len(names) > SHOWN else "")
    n = len(names)
    words = {
        "buildings": ngettext("building %(names)s", "buildings %(names)s", n),
        "units": ngettext("unit %(names)s", "units %(names)s", n),
        "floors": ngettext("floor %(names)s", "floors %(names)s", n),
        "rooms": ngettext("door %(names)s", "doors %(names)s", n),
        "without buildings": ngettext("without building %(names)s", "without buildings %(names)s", n),
        "without units": ngettext("without unit %(names)s", "without units %(names)s", n),
        "without floors": ngettext("without floor %(names)s", "without floors %(names)s", n),
        "without rooms": ngettext("without door %(names)s", "without doors %(names)s", n),
    }
    return words[kind] % {"names": shown}


def unknown(names: Iterable[Unknown]) -> list[str]:
    """What the tree lacks, kind by kind."""
    kinds: dict[str, list[str]] = {}
    for kind, name in names:
        kinds.setdefault(kind, []).append(name)
    return [_list(kind, some) for kind, some in kinds.items()]


@dataclass(frozen=True)
class Names:
    """The names of places and the numbers of doors that a page speaks of."""

    places: Mapping[int, str]
    doors: Mapping[int, str]

    def long(self, place: int) -> str:
        """A place from its community down, as in an address."""
        here = PlaceId(place)
        steps = [a for a in (*here.ancestors, here) if a.level >= min(here.level, Level.COMMUNITY)]
        return " ".join(in_address(a, self.places[int(a)]) for a in steps if int(a) in self.places)

    def piece(self, piece: Piece) -> str:
        where = self.long(piece.place_id)
        if piece.home_id is not None:
            return f"{where} {self.doors.get(piece.home_id, '')}".strip()
        if piece.floor is not None:
            return f"{where} {_('floor %(number)s') % {'number': piece.floor}}".strip()
        return where

    def meaning(self, meaning: Meaning) -> str:
        """What an address means as one says where it is."""
        inside, out = _shown(meaning)
        more = " …" if len([p for p in meaning.pieces if not p.excluded]) > SHOWN else ""
        text = "; ".join(map(self.piece, inside)) + more
        return _("%(places)s, without %(out)s") % {"places": text, "out": "; ".join(map(self.piece, out))} if out else text


def names(meanings: Iterable[Meaning], places: Iterable[int] = ()) -> Names:
    """The names of all that is shown of some meanings, and of other places: two queries at most, however many."""
    told = [piece for meaning in meanings for some in _shown(meaning) for piece in some]
    wanted = {PlaceId(p) for p in (*places, *(piece.place_id for piece in told))}
    steps = {int(a) for p in wanted for a in (*p.ancestors, p) if a.level >= min(p.level, Level.COMMUNITY)}
    homes = {piece.home_id for piece in told} - {None}
    doors = dict(Home.objects.using(db.alias()).filter(pk__in=homes).values_list("pk", "number")) if homes else {}
    return Names(queries.names(steps) if steps else {}, doors)


def _shown(meaning: Meaning) -> tuple[list[Piece], list[Piece]]:
    inside = [p for p in meaning.pieces if not p.excluded]
    return inside[:SHOWN], [p for p in meaning.pieces if p.excluded][:SHOWN]
