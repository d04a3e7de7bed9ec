"""The register in memory, for a bulk import: person number → (id, place), a community at a time.

Nearly everybody is sampled near home, so the communities of a block's sites hold nearly everybody in it; whoever is not
there is asked of the database. Numbers are kept as 64-bit hashes: among the 10,000 people of a community two share one
with a chance of 3e-12 (such a community is left to the database).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from tongxin.kit import db
from tongxin.people import locks
from tongxin.places.place_id import Level

Array = np.ndarray[Any, Any]
MAX_COMMUNITIES = 400
_PEOPLE = (
    "SELECT c.id, string_agg(p.person_no || E'\\t' || p.id || E'\\t' || p.place_id, E'\\n')"
    "  FROM unnest(%s::bigint[]) AS c (id) JOIN people_person p ON p.place_id >= c.id AND p.place_id < c.id + %s"
    " WHERE NOT p.provisional GROUP BY c.id"
)
_SCHEMA = {"number": pl.String, "id": pl.Int64, "place": pl.Int64}


@dataclass(frozen=True)
class Community:
    """The registered people of a community, sorted by the hash of their numbers."""

    hashes: Array
    ids: Array
    places: Array

    @classmethod
    def of(cls, frame: pl.DataFrame) -> Community:
        hashes = frame["number"].hash(0).to_numpy()
        order = np.argsort(hashes, kind="stable")
        hashes = hashes[order]
        if (hashes[1:] == hashes[:-1]).any():
            return cls.of(frame.head(0))
        return cls(hashes, frame["id"].to_numpy()[order], frame["place"].to_numpy()[order])

    def find(self, wanted: Array) -> tuple[Array, Array]:
        if not len(self.hashes):
            return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), np.int64)
        at = np.minimum(np.searchsorted(self.hashes, wanted), len(self.hashes) - 1)
        hit = self.hashes[at] == wanted
        return np.where(hit, self.ids[at], 0), np.where(hit, self.places[at], 0)


class RegisterIndex:
    """What is known of the register, as of ``version``; begins anew when the register has changed."""

    def __init__(self) -> None:
        self.version = -1
        self._communities: dict[int, Community] = {}

    def find(self, numbers: pl.Series, near: Array) -> tuple[Array, Array]:
        """``(ids, places)`` of registered people; ``near`` are the places of their sites. Id 0: not registered.

        The register is shared meanwhile: its version grows before a change commits, and what was read then would be
        taken for the new state.
        """
        with db.transaction_block():
            locks.share_register()
            return self._find(numbers, near)

    def _find(self, numbers: pl.Series, near: Array) -> tuple[Array, Array]:
        if self.version != (version := locks.register_version()):
            self.version = version
            self._communities.clear()
        community = near - near % Level.COMMUNITY.width
        wanted = np.unique(community[community % Level.STREET.width > 0])
        self._read(wanted.tolist())
        hashes = numbers.hash(0).to_numpy()
        ids, places = np.zeros(len(numbers), np.int64), np.zeros(len(numbers), np.int64)
        for one in wanted.tolist():
            rows = np.flatnonzero(community == one)
            ids[rows], places[rows] = self._communities[one].find(hashes[rows])
        elsewhere = np.flatnonzero(ids == 0)
        if len(elsewhere):
            ids[elsewhere], places[elsewhere] = find_in_database(numbers.gather(elsewhere))
        return ids, places

    def _read(self, wanted: list[int]) -> None:
        missing = [c for c in wanted if c not in self._communities]
        for old in list(self._communities)[: max(0, len(self._communities) + len(missing) - MAX_COMMUNITIES)]:
            if old not in wanted:
                del self._communities[old]
        found = dict(db.rows(_PEOPLE, [missing, Level.COMMUNITY.width])) if missing else {}
        for community in missing:
            text = found.get(community, "")
            self._communities[community] = Community.of(_frame(text) if text else pl.DataFrame(schema=_SCHEMA))


def _frame(text: str) -> pl.DataFrame:
    """Numbers hold neither tabs nor line breaks, but perhaps commas and quotation marks."""
    return pl.read_csv(text.encode(), has_header=False, schema=_SCHEMA, separator="\t", quote_char=None)


def find_in_database(numbers: pl.Series) -> tuple[Array, Array]:
    """``(ids, places)`` of registered people wherever they live."""
    found = db.fetch(
        "SELECT person_no, id, place_id FROM people_person WHERE NOT provisional AND person_no = ANY($1::text[])",
        [db.texts(numbers.unique())],
    )
    known = pl.DataFrame(found, schema=_SCHEMA, orient="row")
    joined = pl.DataFrame({"number": numbers}).join(known, on="number", how="left", maintain_order="left")
    return joined["id"].fill_null(0).to_numpy(), joined["place"].fill_null(0).to_numpy()
