"""A district at home for ``bench needs``: people behind doors with phones, and the needs that were there before."""

from __future__ import annotations

import random

from django.db import connections

from tongxin.bench.caller import TEXTS, phone
from tongxin.kit import crypto, db
from tongxin.kit.clock import now

DISTRICTS = (440106, 440107)
COMMUNITIES, BUILDINGS, UNITS, DOORS, TO_A_DOOR = 50, 10, 4, 25, 2
PEOPLE = len(DISTRICTS) * COMMUNITIES * BUILDINGS * UNITS * DOORS * TO_A_DOOR
LIVE = 0.1
"""The share of the needs on file that somebody still waits for."""
PART = 50_000

_PLACES = """
WITH district AS (SELECT unnest(%(districts)s::bigint[]) AS d), community AS (
    SELECT (d * 1000000 + 1001 + n) * 10000000 AS id, d, n FROM district, generate_series(0, %(communities)s - 1) n
), building AS (SELECT c.id + 100000 + b * 100 AS id, c.id + 100000 AS up, b FROM community c, generate_series(1, %(buildings)s) b)
INSERT INTO places_place (id, parent_id, name, level)
SELECT d * 10000000000000, d / 100 * 1000000000000000, 'D' || d, 3 FROM district
UNION ALL SELECT (d * 1000000 + 1000) * 10000000, d * 10000000000000, 'S' || d, 4 FROM district
UNION ALL SELECT id, (d * 1000000 + 1000) * 10000000, 'C' || d || '-' || n, 5 FROM community
UNION ALL SELECT id + 100000, id, '阳光苑' || d || n, 6 FROM community
UNION ALL SELECT id, up, b::text, 7 FROM building
UNION ALL SELECT id + u, id, u::text, 8 FROM building, generate_series(1, %(units)s) u
"""
_HOMES = """
INSERT INTO places_home (place_id, number, floor)
SELECT id, (f / 2 + 1)::text || '0' || (f %% 2 + 1), f / 2 + 1
FROM places_place, generate_series(0, %(doors)s - 1) f WHERE level = 8
"""
_PEOPLE = """
INSERT INTO people_person (person_no, name, place_id, home_id, category, phone_hash)
SELECT 'P' || n, '居民' || n, h.place_id, h.id, CASE WHEN n %% 20 = 0 THEN 'elderly_alone' ELSE '' END, k.hash
FROM unnest(%(numbers)s::int[], %(hashes)s::bytea[]) AS k (n, hash)
JOIN (SELECT id, place_id, row_number() OVER (ORDER BY id) - 1 AS nth FROM places_home) h ON h.nth = k.n / %(to_a_door)s
"""
_NEEDS = """
WITH drawn AS (
    SELECT n, p.id AS person, p.place_id, p.home_id, p.phone_hash, k.kind, k.topic,
           CASE WHEN random() < %(live)s THEN (ARRAY['new', 'open', 'open', 'done'])[1 + floor(random() * 4)::int]
                ELSE 'closed' END AS state
    FROM generate_series(%(first)s, %(last)s) n
    JOIN people_person p ON p.person_no = 'P' || (hashint4(n) & 2147483647) %% %(people)s
    JOIN unnest(%(kinds)s::text[], %(topics)s::text[]) WITH ORDINALITY AS k (kind, topic, nth) ON k.nth = 1 + n %% %(many)s
), timed AS (
    SELECT *, CASE WHEN state = 'closed' THEN %(now)s - random() * interval '80 days'
                   ELSE %(now)s - random() * interval '20 hours' END AS raised_at FROM drawn
), made AS (
    INSERT INTO needs_need (
        channel, source_ref, raised_at, received_at, place_id, home_id, person_id, text, kind, urgency, topic, suggested_kind,
        suggested_urgency, words, state, due_at, rule, confirmed_at, done_at, closed_at, closed_how
    )
    SELECT 'hotline', 'old-' || n, raised_at, raised_at, place_id, home_id, person, %(text)s, kind, 1 + n %% 2, topic, kind,
           1 + n %% 2, '[]', state, raised_at + interval '12 hours', 'base/need', raised_at + interval '20 minutes',
           CASE WHEN state IN ('done', 'closed') THEN raised_at + interval '5 hours' END,
           CASE WHEN state = 'closed' THEN raised_at + interval '8 hours' END, CASE WHEN state = 'closed' THEN 'reply' ELSE '' END
    FROM timed
    RETURNING id, source_ref, place_id, raised_at, person_id
), called AS (
    INSERT INTO needs_caller (need_id, place_id, channel, source_ref, raised_at, person_id, phone_hash)
    SELECT m.id, m.place_id, 'hotline', m.source_ref, m.raised_at, m.person_id, d.phone_hash
    FROM made m JOIN drawn d ON m.source_ref = 'old-' || d.n
)
INSERT INTO needs_needevent (need_id, place_id, at, event, actor)
SELECT id, place_id, raised_at, e, 'bench' FROM made, unnest(ARRAY['raised', 'confirmed', 'done']) e
"""
_TASKS = """
INSERT INTO tasks_task (
    kind, state, place_id, subject_kind, subject_id, params, team, created_at, due_at, escalation, escalate_at, rule, outcome,
    evidence, closed_by
)
SELECT CASE state WHEN 'new' THEN 'need.confirm' WHEN 'done' THEN 'need.ask' ELSE 'need.' || kind END, 'open', place_id, 'need', id,
       '{}', 'operations', raised_at, due_at, 0, due_at, 'base/need', '', '{}', ''
FROM needs_need WHERE state IN ('new', 'open', 'done')
"""
_KINDS = (
    ("supplies", "vegetables"), ("medicine", "blood_pressure"), ("repair", "heating"), ("question", ""), ("parcel", ""),
    ("waste", "garbage"), ("ride", "dialysis"), ("supplies", "milk_powder"), ("medicine", "insulin"), ("objection", ""),
)  # fmt: skip


def settle(on_file: int) -> None:
    """Write places, homes, people and the needs before straight into the database: they are not what is measured."""
    counts = {"communities": COMMUNITIES, "buildings": BUILDINGS, "units": UNITS, "doors": DOORS, "to_a_door": TO_A_DOOR}
    db.execute(_PLACES, {"districts": list(DISTRICTS), **counts})
    db.execute(_HOMES, counts)
    for start in range(0, PEOPLE, PART):
        numbers = range(start, min(start + PART, PEOPLE))
        hashes = [crypto.lookup_hash(phone(n)) for n in numbers]
        db.execute(_PEOPLE, {"numbers": list(numbers), "hashes": hashes, **counts})
    with connections[db.OWNER].cursor() as cursor:
        cursor.execute("ANALYZE people_person, places_place, places_home")
    _needs(on_file)


def _needs(on_file: int) -> None:
    kinds, topics = zip(*_KINDS, strict=True)
    text = crypto.encrypt(random.Random(1).choice(TEXTS) * 2)
    for start in range(0, on_file, PART):
        params = {
            "first": start, "last": min(start + PART, on_file) - 1, "people": PEOPLE, "live": LIVE, "kinds": list(kinds),
            "topics": list(topics), "many": len(kinds), "now": now(), "text": text,
        }  # fmt: skip
        db.execute(_NEEDS, params)
    db.execute(_TASKS)
    with connections[db.OWNER].cursor() as cursor:  # as autovacuum leaves tables that were there before the day
        for table in ("needs_need", "needs_caller", "needs_needevent", "tasks_task", "people_person"):
            cursor.execute(f"VACUUM ANALYZE {table}")
