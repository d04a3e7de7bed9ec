"""Delete chases that ended longer ago than the pack allows (``retention.chases``): members, calls, and the headings of
tubes that were kept for them alone. Cases stay: they are the record of the disease."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tongxin.kit import audit, db
from tongxin.kit.audit import Because
from tongxin.policy.queries import pack_of_city
from tongxin.screening.operations import retention

BATCH = 500
KEY = "retention.chases"


def drop_old(now: dt.datetime) -> int:
    """Delete batch by batch, each a transaction of its own. How many chases went."""
    pack = pack_of_city(now)
    if pack is None:  # nothing is loaded
        return 0
    because = Because("clock", rule=pack.rule(KEY))
    query = "SELECT tube_id FROM chase_chase WHERE state <> 'open' AND closed_at < %s ORDER BY tube_id LIMIT %s"
    gone = 0
    while tubes := [tube for (tube,) in db.rows(query, [now - pack.days(KEY), BATCH])]:
        with db.transaction_block():
            _drop(tubes)
            audit.record(because, KEY, "chase", count=len(tubes))
        gone += len(tubes)
    return gone


def _drop(tubes: Sequence[int]) -> None:
    ids = list(tubes)
    db.execute("DELETE FROM chase_call k USING chase_member m WHERE k.member_id = m.id AND m.tube_id = ANY(%s)", [ids])
    retests = db.rows("DELETE FROM chase_member WHERE tube_id = ANY(%s) RETURNING retest_tube_id", [ids])
    db.execute("DELETE FROM chase_chase WHERE tube_id = ANY(%s)", [ids])
    retention.drop_headings({*ids, *(tube for (tube,) in retests if tube)})
