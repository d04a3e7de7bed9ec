"""The register in memory, for a bulk import: person number → (id, place) for millions of numbers at once.

Numbers are kept as 64-bit hashes. Among 8 million people two share one with a chance of 2e-6; the index refuses to be
built then, and the caller asks the database instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from tongxin.kit import db
from tongxin.people import locks

MAX_PEOPLE = 8_000_000
Array = np.ndarray[Any, Any]


class RegisterIndex:
    """A copy of the registered people (not the provisional ones) as of ``version``."""

    def __init__(self, version: int, hashes: Array, ids: Array, places: Array) -> None:
        self.version, self._hashes, self._ids, self._places = version, hashes, ids, places

    @classmethod
    def read(cls) -> RegisterIndex | None:
        """Read the register; None when it is too large or two numbers collide."""
        version = locks.register_version()
        if db.rows("SELECT reltuples FROM pg_class WHERE oid = 'people_person'::regclass")[0][0] > MAX_PEOPLE:
            return None
        hashes, ids, places = [], [], []
        for frame in _frames():
            hashes.append(frame["number"].hash(0).to_numpy())
            ids.append(frame["id"].to_numpy())
            places.append(frame["place"].to_numpy())
        if not hashes:
            return cls(version, np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.int64))
        every = np.concatenate(hashes)
        order = np.argsort(every, kind="stable")
        every = every[order]
        if len(every) > MAX_PEOPLE or (every[1:] == every[:-1]).any():
            return None
        return cls(version, every, np.concatenate(ids)[order], np.concatenate(places)[order])

    def find(self, numbers: pl.Series) -> tuple[Array, Array]:
        """``(ids, places)`` of the numbers; id 0 where a number is not registered."""
        if not len(self._hashes):
            return np.zeros(len(numbers), np.int64), np.zeros(len(numbers), np.int64)
        wanted = numbers.hash(0).to_numpy()
        at = np.minimum(np.searchsorted(self._hashes, wanted), len(self._hashes) - 1)
        hit = self._hashes[at] == wanted
        return np.where(hit, self._ids[at], 0), np.where(hit, self._places[at], 0)


def find_in_database(numbers: pl.Series) -> tuple[Array, Array]:
    """The same answer from the database, for a register that does not fit."""
    unique = numbers.unique()
    found = db.rows(
        "SELECT person_no, id, place_id FROM people_person WHERE NOT provisional AND person_no = ANY(%s)",
        [unique.to_list()],
    )
    schema = {"number": pl.String, "id": pl.Int64, "place": pl.Int64}
    known = pl.DataFrame(found, schema=schema, orient="row")
    joined = pl.DataFrame({"number": numbers}).join(known, on="number", how="left", maintain_order="left")
    return joined["id"].fill_null(0).to_numpy(), joined["place"].fill_null(0).to_numpy()


def _frames() -> Iterator[pl.DataFrame]:
    """The registered people, some ten thousand a row: a COPY would hand them over one by one, which takes longer."""
    query = (
        "SELECT string_agg(person_no || ',' || id || ',' || place_id, E'\\n') FROM people_person"
        " WHERE NOT provisional GROUP BY id / 10000"
    )
    schema = {"number": pl.String, "id": pl.Int64, "place": pl.Int64}
    for rows in db.batches(query, 50):
        text = "\n".join(text for (text,) in rows).encode()
        yield pl.read_csv(text, has_header=False, schema=schema, quote_char=None)
