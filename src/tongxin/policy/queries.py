"""Which pack holds at a place at a moment, and the words of a decision in the reader's language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from tongxin.kit import db
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.schema import Pack, load

BASE = "base"


@dataclass(frozen=True)
class Calendar:
    """The packs in force at one moment: the name of the pack of every place that has adopted one."""

    packs: Mapping[int, str]

    def at(self, place_id: int) -> Pack:
        """The pack of the nearest place, going up from this one, that has adopted any; else ``base``."""
        if self.packs:
            for level in reversed(Level):
                if level and (name := self.packs.get(place_id - place_id % level.width)):
                    return load(name)
        return load(BASE)


def packs_in_force(at: dt.datetime) -> Calendar:
    """Every place's pack at a moment, in one query: for work on many places at once."""
    return Calendar(dict(db.rows(db.sql("policy/periods_in_force"), {"at": at})))


def pack_at(place_id: int, at: dt.datetime) -> Pack:
    """The pack that holds at a place at a moment."""
    place = PlaceId(place_id)
    above = [int(p) for p in (*place.ancestors, place)]
    found = db.rows(db.sql("policy/period_at"), {"places": above, "at": at})
    return load(found[0][0] if found else BASE)


def in_words(sentence: str, values: Mapping[str, Any]) -> str:
    """A decision's or refusal's sentence in the reader's language, its values filled in."""
    return gettext(sentence) % dict(values) if sentence else ""
