"""``bench sweep``: one run of every clock over a city with a million restrictions in force, in 25,000 areas.

A fifth of the areas is on its last day, with forty people in each: half of them complete but for one person. In the minute
that is measured a share falls due as it does in a busy evening: areas end, results complete others, tasks go up a level.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

from django.db import connections

from tongxin.areas import terms
from tongxin.areas.operations import issue
from tongxin.bench import own, shape
from tongxin.kit import clock, clocks, db
from tongxin.kit.audit import Because
from tongxin.policy.queries import pack_at

LIMITS = {"seconds": 2, "derive_s": 1}
PER_AREA = 40
NOW = dt.datetime(2022, 11, 25, 18, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))
MINUTE = dt.timedelta(minutes=1)
COMPOUND, COMPOUND_PEOPLE = 4401069990010100000, 10_000
UNIT = (
    "(440106 * 1000000::bigint + 1000 * (1 + a / 250 / 900) + 1 + a / 250 %% 900) * 10000000"
    " + 100000 + (1 + a %% 250 / 2) * 100 + 1 + a %% 2"
)


def run(areas: int, seed: int) -> dict[str, Any]:
    """Measure over ``areas`` areas of forty people each."""
    with own.database(), db.acting_as_jobs():
        clock.set_time(NOW, speed=0)
        fill(areas)
        first, _ = _sweep(NOW)
        _evening()
        seconds, done = _sweep(NOW + MINUTE)
        again, nothing = _sweep(NOW + MINUTE)
        derived = _derive()
    figures = {
        "seconds": round(seconds, 2), "first_s": round(first, 2), "again_s": round(again, 2), "areas": areas,
        "restrictions": areas * PER_AREA, "derive_s": round(derived, 2), "done": done, "repeated": sum(nothing.values()),
    }  # fmt: skip
    ok = all(figures[name] <= limit for name, limit in LIMITS.items()) and not figures["repeated"]
    return {"bench": "sweep", "figures": figures, "limits": LIMITS, "ok": ok, "machine": own.machine(), "seed": seed}


def _derive() -> float:
    """Seconds to limit everybody in a compound of 10,000 people."""
    db.execute(
        "INSERT INTO people_person (id, person_no, name, place_id)"
        " SELECT 100000000 + n, 'Q' || n, 'N', %s + (1 + n / 200) * 100 + 1 + n %% 2 FROM generate_series(0, %s - 1) AS n",
        [COMPOUND, COMPOUND_PEOPLE],
    )
    says = terms.terms_of(pack_at(COMPOUND, NOW), "high")
    draft = issue.Draft("high", "compound", [issue.Piece(COMPOUND)], ("case", 1), "有", "a case", None, "for the benchmark")
    order = issue.write(draft, says, "user:bench", NOW)
    started = time.perf_counter()
    if issue.limit(order, Because("bench")) != COMPOUND_PEOPLE:
        raise RuntimeError("not everybody in the compound was limited")
    return time.perf_counter() - started


def _sweep(now: dt.datetime) -> tuple[float, dict[str, int]]:
    clock.set_time(now, speed=0)
    started = time.perf_counter()
    done = clocks.quick(now)
    return time.perf_counter() - started, done


def fill(areas: int) -> None:
    """The city as it stands, written straight into the tables: making it is not what is measured."""
    shape.make_register(0)
    params = {"areas": areas, "per": PER_AREA, "now": NOW, "day": NOW.date()}
    with db.transaction_block():
        for statement in _CITY.replace("@unit", UNIT).split(";\n"):
            db.execute(statement, params)
    with connections[db.OWNER].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _evening() -> None:
    """What a busy minute brings: the last result of a hundred areas, and a hundred areas whose end comes."""
    due = NOW + MINUTE / 2
    db.execute(
        "UPDATE screening_tube SET result = 1, result_at = %s WHERE result IS NULL AND id %% 8000 = 240",
        [due],
    )
    db.execute("UPDATE areas_order SET ends_at = %s, due_at = least(due_at, %s) WHERE id %% 250 = 7", [due, due])
    db.execute(
        "UPDATE restrictions_restriction SET ends_at = %s, due_at = least(due_at, %s) WHERE cause_id %% 250 = 7", [due, due]
    )


_CITY = """
INSERT INTO people_person (id, person_no, name, place_id)
SELECT a * %(per)s + p + 1, 'P' || lpad((a * %(per)s + p)::text, 9, '0'), 'N', @unit
  FROM generate_series(0, %(areas)s - 1) AS a, generate_series(0, %(per)s - 1) AS p;
INSERT INTO areas_order (place_id, kind, size, name, key, source, basis, cause_kind, cause_id, reason_zh, reason_en,
       justification, issued_by, issued_at, starts_at, anchor_at, last_day, due_at, ends_at, state, ended_by, end_reason,
       extended_by, extension_cause, persons, missing, decision)
SELECT @unit, 'high', 'unit', 'area ' || a, '', 'own', 'base/area.high_clear_days', 'case', 1, '有', 'a case', '',
       'user:bench', t.at, t.at, t.at, (t.at::date + 5), (t.at::date + 5)::timestamp AT TIME ZONE 'Asia/Shanghai',
       (t.at::date + 6)::timestamp AT TIME ZONE 'Asia/Shanghai', 'in_force', '', '', '', '', %(per)s, 0, '{}'
  FROM generate_series(0, %(areas)s - 1) AS a, LATERAL (SELECT %(now)s::timestamptz - (5 - a %% 5) * interval '1 day' AS at) t
 ORDER BY a;
INSERT INTO areas_part (order_id, place_id, place_end, excluded) SELECT id, place_id, place_id + 1, false FROM areas_order;
INSERT INTO restrictions_restriction (kind, subject_kind, subject_id, place_id, basis, cause_kind, cause_id, reason_zh,
       reason_en, starts_at, due_at, ends_at, decision, release_kind, release_reason, released_by, extended_by, extension_cause)
SELECT 'area.high', 'person', p.id, p.place_id, o.basis, 'order', o.id, o.reason_zh, o.reason_en, o.starts_at, o.due_at,
       o.ends_at, '{}', '', '', '', '', ''
  FROM areas_order o JOIN people_person p ON p.id > (o.id - 1) * %(per)s AND p.id <= o.id * %(per)s;
INSERT INTO tasks_task (kind, state, place_id, subject_kind, subject_id, params, team, created_at, due_at, escalation,
       escalate_at, rule, outcome, evidence, closed_by)
SELECT 'area.exits', 'open', place_id / 10000000 * 10000000, 'area', id, '{}', 'community', %(now)s,
       %(now)s + (id %% 1440) * interval '1 minute', 0, %(now)s + (id %% 1440) * interval '1 minute', 'base', '', '{}', ''
  FROM areas_order;
INSERT INTO chase_case (person_id, place_id, positive_at, removed_at, cause_tube_id)
SELECT id * %(per)s, place_id, starts_at, starts_at, 1 FROM areas_order;
INSERT INTO screening_tube (id, barcode, place_id, day, round_id, purpose, kind, capacity, members, result, result_at, reports,
       first_scan_at, last_scan_at, in_two, header_conflict)
SELECT id, 'T' || id, place_id, %(day)s, 1, 1, 1, 1, 1,
       CASE WHEN id %% %(per)s <> 0 OR id / %(per)s %% 2 = 1 THEN 1 END, %(now)s - interval '1 hour', 1,
       %(now)s - interval '9 hours', %(now)s - interval '9 hours', false, false
  FROM people_person WHERE (id - 1) / %(per)s %% 5 = 0;
INSERT INTO screening_tube_member (tube_id, person_id, place_id, nth, scanned_at, day, round_id, marks)
SELECT t.id, t.id, t.place_id, 0, t.first_scan_at, t.day, 1, 0 FROM screening_tube t
"""
