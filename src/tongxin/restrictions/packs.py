"""What another policy pack means for the restrictions in force whose times the pack gives in hours: compared before one
is adopted, and derived anew when it is. An end moves earlier by itself, never later: that needs a named person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import npgettext_lazy

from tongxin.kit import audit, db, events
from tongxin.kit.audit import Because
from tongxin.policy.compare import MOST_ROWS, Effect
from tongxin.policy.queries import packs_in_force
from tongxin.policy.schema import Pack
from tongxin.restrictions import kinds
from tongxin.restrictions.operations import TOPIC
from tongxin.tasks.rules import smallest_place

CHANGES = {
    "released": _("free at once"),
    "earlier": _("free earlier"),
    "longer": _("longer, if a named person extends it"),
}


def effects(place_id: int, before: Pack, after: Pack, now: dt.datetime) -> Sequence[Effect]:
    """Of each kind, who would be free at once, who earlier, and whose limit could last longer under the other pack."""
    where = _where(place_id, now)
    return [effect for kind in _timed() for effect in _effects(kind, before, after, where, now)]


def rederive(place_id: int, pack: Pack, now: dt.datetime, because: Because) -> int:
    """Move ends and earliest releases to those of a pack that has begun to hold, where that is earlier; never into the
    past, so that nobody was held against the rules without having been told. How many changed."""
    where, changed = _where(place_id, now), 0
    for kind in _timed():
        rule = pack.rule(kind.ends_key)
        params = {**where, **_times(kind, pack), "kind": kind.key, "now": now, "rule": rule, "actor": because.actor}
        found = db.rows(db.sql("restrictions/rederive"), params)
        count = sum(n for _place, n in found)
        if count:
            at = [place for place, _n in found]
            audit.record(because, "restriction.rederived", "restriction", place=smallest_place(at), count=count)
            events.publish(TOPIC, at)
        changed += count
    return changed


def _effects(
    kind: kinds.Kind, before: Pack, after: Pack, where: dict[str, Any], now: dt.datetime
) -> list[Effect]:
    a, b = _times(kind, before), _times(kind, after)
    if a == b:
        return []
    params = {
        **where, "kind": kind.key, "now": now, "most": MOST_ROWS,
        **{f"{name}_before": v for name, v in a.items()}, **{f"{name}_after": v for name, v in b.items()},
    }  # fmt: skip
    rows = db.rows(db.sql("restrictions/under_packs"), params)
    found = {change: [r for r in rows if r[0] == change] for change in CHANGES}
    return [
        Effect(
            f"{kind.key}.{change}", format_lazy("{}: {}", kind.label, CHANGES[change]), total := some[0][1], _unit(kind, total),
            rows=[
                {"subject": (r[2], r[3]), "place_id": r[4], "before": r[5], "after": r[6]} for r in some
            ],
            total=total,
        )
        for change, some in found.items()
        if some
    ]  # fmt: skip


def _unit(kind: kinds.Kind, count: int) -> Any:
    if kind.subject_kinds == {"person"}:
        return npgettext_lazy("unit", "person", "people", count)
    return npgettext_lazy("unit", "restriction", "restrictions", count)


def _timed() -> list[kinds.Kind]:
    """The kinds whose times stand in a pack; the others follow their cause."""
    return [k for k in kinds.known() if k.ends_key]


def _times(kind: kinds.Kind, pack: Pack) -> dict[str, dt.timedelta]:
    return {
        "due": pack.hours(kind.due_key), "ends": pack.hours(kind.ends_key), "ceiling": pack.hours(kind.ceiling_key),
    }  # fmt: skip


def _where(place_id: int, now: dt.datetime) -> dict[str, Any]:
    """Where the place's pack holds: an envelope for the index, and the ranges that decide."""
    ranges = packs_in_force(now).reach(place_id)
    return {
        "lo": ranges[0][0] if ranges else 0, "hi": ranges[-1][1] if ranges else 0,
        "ranges": "{" + ",".join(f"[{lo},{hi})" for lo, hi in ranges) + "}",
    }  # fmt: skip
