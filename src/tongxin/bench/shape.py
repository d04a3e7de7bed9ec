"""A screening day in the shape of Guangdong's: five persons a tube on average, in the order in which sites work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from django.db import connections

from tongxin.kit import db

DAY = dt.date(2022, 11, 25)
ROUND = "R20221125"
DISTRICT = 440106
PER_TUBE = 5
COMMUNITY_SIZE = 10_000
PART = 500_000


def make_register(people: int) -> None:
    """Write places and people straight into the database: the register is not what is measured."""
    communities = -(-people // COMMUNITY_SIZE)
    district = DISTRICT * 10**13
    with db.transaction_block():
        db.execute(
            "INSERT INTO places_place (id, parent_id, name, level) VALUES (%s, %s, 'D', 3)",
            [district, district // 10**15 * 10**15],
        )
        db.execute(
            "INSERT INTO places_place (id, parent_id, name, level)"
            " SELECT c * 10000000, c / 1000 * 10000000000, 'C' || c, 5 FROM (SELECT %s::bigint * 1000000 + 1000"
            " * (1 + n / 900) + 1 + n %% 900 AS c FROM generate_series(0, %s - 1) AS n) x",
            [DISTRICT, communities],
        )
        db.execute("INSERT INTO screening_round (name, day) VALUES (%s, %s)", [ROUND, DAY])
        db.execute("SELECT screening_ensure_day(%s)", [DAY])
    for start in range(0, people, PART * 4):
        db.execute(
            "INSERT INTO people_person (person_no, name, place_id)"
            " SELECT 'P' || lpad(n::text, 9, '0'), 'N', (%s::bigint * 1000000 + 1000 * (1 + n / %s / 900) + 1 + n / %s %% 900)"
            " * 10000000 + 100000 + 101 + n %% 50 * 100 FROM generate_series(%s, %s) AS n",
            [DISTRICT, COMMUNITY_SIZE, COMMUNITY_SIZE, start, min(start + PART * 4, people) - 1],
        )
    with connections[db.OWNER].cursor() as cursor:  # as autovacuum leaves a register that was there before the day
        cursor.execute("VACUUM ANALYZE people_person")


def community_code(person: np.ndarray) -> np.ndarray:
    """The 12-digit community of each person's number."""
    order = person // COMMUNITY_SIZE
    return DISTRICT * 1_000_000 + 1000 * (1 + order // 900) + 1 + order % 900


def scan_frames(people: int, seed: int) -> Iterator[pl.DataFrame]:
    """The scans of everybody, in parts; most tubes of five, the identity numbers as they would be read."""
    rng = np.random.default_rng(seed)
    for start in range(0, people, PART):
        person = np.arange(start, min(start + PART, people))
        at = np.datetime64(f"{DAY}T07:00:00") + (person % COMMUNITY_SIZE).astype("timedelta64[s]") * 4
        site = pl.Series("site", community_code(person)).cast(pl.String)
        yield pl.DataFrame(
            {
                "scan_id": pl.Series(rng.integers(10**17, 10**18, len(person))).cast(pl.String),
                "number": person,
                "tube": person // PER_TUBE,
                "site": "S" + site,
                "at": pl.Series(at.astype("datetime64[ms]")).dt.strftime("%Y-%m-%d %H:%M:%S"),
            }
        ).select(
            pl.col("scan_id"), pl.lit(ROUND).alias("round"), pl.lit("screening").alias("purpose"),
            ("T221125" + pl.col("tube").cast(pl.String).str.zfill(9)).alias("tube_barcode"),
            pl.lit("pool").alias("tube_kind"), pl.lit("5").alias("capacity"), pl.col("site"),
            (pl.col("site") + "-" + (pl.col("tube") % 4 + 1).cast(pl.String)).alias("station"),
            ("P" + pl.col("number").cast(pl.String).str.zfill(9)).alias("person_no"),
            pl.lit("990101198001010014").alias("id_number"), pl.col("at").alias("scanned_at"),
        )  # fmt: skip


def write_scans(path: Path, people: int, seed: int) -> None:
    with open(path, "wb") as file:
        for i, frame in enumerate(scan_frames(people, seed)):
            frame.write_csv(file, include_header=i == 0)


def write_reports(path: Path, people: int) -> None:
    """One report a tube, as laboratories send them: GB18030, Chinese headings; one in 2,000 positive."""
    head = "报告编号,检测机构,样本管号,结果,ORF1ab基因Ct值,N基因Ct值,检测时间,报告时间\n"
    with open(path, "wb") as file:
        file.write(head.encode("gb18030"))
        for start in range(0, people // PER_TUBE, PART):
            tube = np.arange(start, min(start + PART, people // PER_TUBE))
            positive = pl.Series(tube % 2000 == 7)
            frame = pl.DataFrame({"tube": tube, "positive": positive}).select(
                ("L" + pl.col("tube").cast(pl.String).str.zfill(10)).alias("number"),
                (pl.lit("检验所") + (pl.col("tube") % 20).cast(pl.String)).alias("lab"),
                ("T221125" + pl.col("tube").cast(pl.String).str.zfill(9)).alias("barcode"),
                pl.when("positive").then(pl.lit("阳性")).otherwise(pl.lit("阴性")).alias("result"),
                pl.when("positive").then(pl.lit("28.5")).otherwise(pl.lit("")).alias("ct"),
                pl.when("positive").then(pl.lit("29.5")).otherwise(pl.lit("")).alias("ct_n"),
                pl.lit(f"{DAY} 20:00:00").alias("tested"),
                pl.lit(f"{DAY} 21:00:00").alias("reported"),
            )
            file.write(frame.write_csv(include_header=False).encode("gb18030"))
