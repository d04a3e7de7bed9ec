"""How a chase ends: every member resolved, everyone negative, or a correction; and the cases that came of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from tongxin.chase import states, tasks
from tongxin.kit import db, events
from tongxin.kit.audit import Because
from tongxin.restrictions import operations as restrictions
from tongxin.restrictions.rules import WITHDRAWN
from tongxin.tasks import operations as work
from tongxin.tasks.operations import NewTask

SYSTEM = Because("system", rule="chase.close")


def settle(tubes: Collection[int], now: dt.datetime) -> None:
    """Close the chases of which every member is resolved, and ask who was in a tube whose members are all negative."""
    rows = db.rows(
        "SELECT c.tube_id, c.place_id, bool_and(m.node = ANY(%(done)s)), bool_and(m.retest IS NOT DISTINCT FROM 1),"
        "       max(m.resolved_at)"
        "  FROM chase_chase c JOIN chase_member m ON m.tube_id = c.tube_id"
        " WHERE c.tube_id = ANY(%(tubes)s) AND c.state <> 'corrected' GROUP BY c.tube_id, c.place_id",
        {"tubes": list(tubes), "done": [states.RESOLVED, *(e for e in states.SPECIAL_ENDS if e != states.REFUSED)]},
    )
    done = {tube for tube, _, every, _, _ in rows if every}
    db.execute(
        "UPDATE chase_chase SET state = CASE WHEN tube_id = ANY(%(done)s) THEN 'resolved' ELSE 'open' END,"
        "       closed_at = CASE WHEN tube_id = ANY(%(done)s) THEN coalesce(closed_at, %(now)s) END"
        " WHERE tube_id = ANY(%(tubes)s) AND state <> 'corrected'"
        "   AND (state = 'resolved') <> (tube_id = ANY(%(done)s))",
        {"done": list(done), "tubes": list(tubes), "now": now},
    )
    negative = [(tube, place) for tube, place, _, negative, _ in rows if negative]
    asked = _asked_before([tube for tube, _ in negative])
    work.open_tasks([NewTask(tasks.RECHECK, p, t) for t, p in negative if t not in asked], now, SYSTEM)
    others = [tube for tube, _, _, is_negative, _ in rows if not is_negative]
    work.cancel_for([tasks.RECHECK], "tube", others, "not all are negative", now, SYSTEM)


def _asked_before(tubes: Sequence[int]) -> set[int]:
    """Tubes whose binding has been rechecked: it is asked once."""
    query = (
        "SELECT subject_id FROM tasks_task"
        " WHERE kind = %s AND subject_kind = 'tube' AND subject_id = ANY(%s) AND state = 'done'"
    )
    return {tube for (tube,) in db.rows(query, [tasks.RECHECK, list(tubes)])}


def correct(tubes: Sequence[int], now: dt.datetime) -> None:
    """The tubes hold no positive result any more: lift what their chases caused, end the work, bring people home."""
    closed = db.rows(
        "UPDATE chase_chase SET state = 'corrected', closed_at = %s WHERE tube_id = ANY(%s) AND state <> 'corrected'"
        " RETURNING tube_id, place_id",
        [now, list(tubes)],
    )
    if not closed:
        return
    ids = [tube for tube, _ in closed]
    members = db.rows(
        "UPDATE chase_member SET node = 'resolved', resolution = 'corrected', resolved_at = %s, exception = ''"
        " WHERE tube_id = ANY(%s) RETURNING id, person_id, owner_place_id, tube_id",
        [now, ids],
    )
    work.cancel_for(tasks.OF_MEMBER, "member", [m[0] for m in members], "the result was corrected", now, SYSTEM)
    work.cancel_for([tasks.WATCH, tasks.RECHECK], "tube", ids, "the result was corrected", now, SYSTEM)
    for tube in ids:
        persons = [person for _, person, _, of in members if of == tube]
        which = restrictions.Which(tasks.HOLD, "person", persons, ("result", tube))
        restrictions.release(which, "The result was corrected to negative.", now, SYSTEM, kind=WITHDRAWN)
    withdraw_cases(ids, now)
    events.publish("chase", {place for _, place in closed} | {owner for _, _, owner, _ in members})


def record_cases(positives: Sequence[tuple[int, int, dt.datetime | None, int]]) -> None:
    """Record positives ``(person, place, positive at, tube)``: one case a person, the first positive holds."""
    if positives:
        columns: list[Any] = [list(c) for c in zip(*positives, strict=True)]
        db.execute(
            "INSERT INTO chase_case AS c (person_id, place_id, positive_at, cause_tube_id)"
            " SELECT DISTINCT ON (person) * FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[], %s::bigint[])"
            " AS i (person, place, at, tube) WHERE at IS NOT NULL ORDER BY person, at"
            " ON CONFLICT (person_id) DO UPDATE SET positive_at = least(c.positive_at, excluded.positive_at),"
            " cause_tube_id = excluded.cause_tube_id, withdrawn_at = NULL, removed_at = NULL"
            " WHERE c.withdrawn_at IS NOT NULL",
            columns,
        )


def withdraw_cases(tubes: Sequence[int], now: dt.datetime) -> None:
    """These tubes are not positive: their cases are none, but for who is positive by another tube of their own. Who was
    taken into care is brought home, with an apology."""
    db.execute(
        "UPDATE chase_case c SET cause_tube_id = t.id FROM screening_tube_member m JOIN screening_tube t ON t.id = m.tube_id"
        " WHERE c.cause_tube_id = ANY(%s) AND c.withdrawn_at IS NULL AND m.person_id = c.person_id"
        "   AND t.id <> c.cause_tube_id AND t.result = 3 AND (t.purpose = 2 OR (t.kind = 1 AND t.members = 1))",
        [list(tubes)],
    )
    gone = db.rows(
        "UPDATE chase_case SET withdrawn_at = %s WHERE cause_tube_id = ANY(%s) AND withdrawn_at IS NULL"
        " RETURNING person_id, removed_at IS NOT NULL",
        [now, list(tubes)],
    )
    away = [person for person, removed in gone if removed]
    if away:
        members = db.rows(
            "SELECT DISTINCT ON (person_id) id, owner_place_id, person_id FROM chase_member WHERE person_id = ANY(%s)"
            " ORDER BY person_id, id DESC",
            [away],
        )
        work.open_tasks([NewTask(tasks.BRING_HOME, o, m, p) for m, o, p in members], now, SYSTEM)
