"""What follows from scans and reports, in the same transaction: work for what is flagged, and whoever registered an
interest in positive tubes and retests (the chase)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from tongxin.kit import db, events
from tongxin.kit.audit import Because
from tongxin.screening import rules
from tongxin.screening.tasks import flag_kind
from tongxin.tasks import operations as tasks

Handler = Callable[[Sequence[int], dt.datetime], None]
_handlers: list[Handler] = []


def on_tubes(handler: Handler) -> Handler:
    """Register a handler ``(tube_ids, now)``: tubes that hold, or held, a positive or inconclusive result, and retests.

    It runs in the transaction that wrote the scan or report, must derive everything from the database, and may be
    called again for the same tubes.
    """
    _handlers.append(handler)
    return handler


def follow(touched: Sequence[int], flagged: Sequence[int], now: Callable[[], dt.datetime]) -> None:
    """Act on what changed. ``now`` is asked only when there is something to do."""
    if flagged:
        _open_flag_tasks(flagged, now())
    if touched:
        for handler in _handlers:
            handler(touched, now())


def _open_flag_tasks(tube_ids: Sequence[int], now: dt.datetime) -> None:
    """One task for each flag of each tube, once: a task that was done is not opened again for the same flag."""
    wanted = db.rows(
        "SELECT t.id, t.place_id, f.flag, t.barcode FROM screening_tube t, unnest(screening_flags(t)) AS f (flag)"
        " WHERE t.id = ANY(%s) AND NOT EXISTS (SELECT FROM tasks_task k WHERE k.subject_kind = 'tube'"
        " AND k.subject_id = t.id AND k.kind = 'screening.' || f.flag)",
        [list(tube_ids)],
    )
    tasks.open_tasks(
        [tasks.NewTask(flag_kind(flag), place, tube, params={"barcode": code}) for tube, place, flag, code in wanted],
        now,
        Because("system", rule="screening.flags"),
    )
    events.publish("screening", [place for _, place, _, _ in wanted])


def drop_flag_tasks(now: dt.datetime, tube_ids: Sequence[int]) -> None:
    """Close the tasks of flags that a tube no longer carries."""
    gone = db.rows(
        "SELECT f.flag, array_agg(t.id) FROM screening_tube t CROSS JOIN unnest(%s::text[]) AS f (flag)"
        " WHERE t.id = ANY(%s) AND NOT f.flag = ANY(screening_flags(t)) GROUP BY f.flag ORDER BY f.flag",
        [list(rules.FLAGS), list(tube_ids)],
    )
    for flag, tubes in gone:
        tasks.cancel_for([flag_kind(flag)], "tube", tubes, "the flag is gone", now, Because("system"))


def people_moved(persons: Sequence[int], now: dt.datetime) -> None:
    """Let the samples of people follow them when the register learns who they are or where they live."""
    tubes = db.rows("SELECT screening_people_moved(%s)", [list(persons)])[0][0]
    if tubes:
        drop_flag_tasks(now, tubes)
        _open_flag_tasks(tubes, now)
