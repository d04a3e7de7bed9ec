"""Read a block of a scan file column by column: the same answer as ``scans.read`` row by row (a parity test compares
them), for what is plainly right; whatever is not is left to ``scans.read`` and its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from tongxin.kit.copying import EPOCH_US
from tongxin.screening import rules
from tongxin.screening.operations.headers import Header, Heading, resolve_all

Array = np.ndarray[Any, Any]
_UNFIT = r"[\x00-\x20\x7f]"
_PLAIN_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}$"
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], np.int32)
_DIGITS = np.frombuffer(b"10X98765432", np.uint8)


@dataclass
class Vectors:
    """Readable scans as columns. ``header`` indexes ``headers``; times are microseconds since 1970 (UTC)."""

    plain: Array
    headers: list[Header]
    header: Array
    bad_id: Array
    at: Array


def read(frame: pl.DataFrame, zone: str) -> Vectors:
    """``plain`` says which rows were read; the other columns hold only for those."""
    headers, header = _headers(frame)
    at = times(frame["scanned_at"], zone)
    fit = frame.select(
        pl.all_horizontal(
            *(
                pl.col(c).str.len_bytes().is_between(1, rules.MAX_CODE) & ~pl.col(c).str.contains(_UNFIT)
                for c in ("scan_id", "tube_barcode", "person_no")
            )
        )
    ).to_series()
    plain = fit.to_numpy() & at.is_not_null().to_numpy() & (header >= 0)
    return Vectors(plain, headers, header, ~good_ids(frame["id_number"]), at.fill_null(0).to_numpy())


def _headers(frame: pl.DataFrame) -> tuple[list[Header], Array]:
    names = list(Heading._fields)
    unique = frame.select(names).unique()
    found = resolve_all([Heading(*row) for row in unique.iter_rows()])
    headers = [header for header in found if isinstance(header, Header)]
    places = iter(range(len(headers)))
    index = [next(places) if isinstance(header, Header) else -1 for header in found]
    table = unique.with_columns(pl.Series("header", index, pl.Int32))
    joined = frame.select(names).join(table, on=names, how="left", maintain_order="left")
    return headers, joined["header"].to_numpy()


def times(values: pl.Series, zone: str) -> pl.Series:
    """Microseconds since 1970 of plainly written times; null for the rest (Polars alone would read odder ones too)."""
    written = values.str.contains(_PLAIN_TIME)
    text = values.str.replace("T", " ", literal=True)
    plain = text.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us").set(~written, None)
    within = plain.dt.year().is_between(rules.FIRST_YEAR, rules.LAST_YEAR)
    local = plain.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return local.set(~within.fill_null(False), None).dt.epoch("us")


def good_ids(numbers: pl.Series) -> Array:
    """``rules.good_id`` for a column."""
    good = np.zeros(len(numbers), bool)
    of_length = np.flatnonzero((numbers.str.len_bytes() == 18).to_numpy())
    if len(of_length):
        text = numbers.gather(of_length).str.join("").item().encode()
        letters = np.frombuffer(text, np.uint8).reshape(-1, 18)
        digits = letters[:, :17].astype(np.int32) - 48
        numeric = ((digits >= 0) & (digits <= 9)).all(axis=1)
        good[of_length] = numeric & (_DIGITS[(digits @ _WEIGHTS) % 11] == letters[:, 17])
    return good


def pg_time(at: Array) -> Array:
    """Microseconds since 1970 as PostgreSQL stores them."""
    return at - EPOCH_US
