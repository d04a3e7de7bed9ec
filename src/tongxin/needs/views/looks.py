"""Looks at needs in the audit trail: at the need, and at the person whom it is about, who reads it on their own page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.http import HttpRequest

from tongxin.kit import clock, db
from tongxin.needs.models import Need
from tongxin.web.looks import LOOKED_LATELY


class Look(NamedTuple):
    kind: str
    subject: str
    place: int | None
    count: int = 1


def note(request: HttpRequest, action: str, looks: Sequence[Look], asked: bool = False, **details: Any) -> None:
    """One entry a look, all in one statement. A page that asks again by itself is one look in ten minutes; what somebody
    ``asked`` for is always one."""
    again = bool(request.headers.get("HX-Request")) and not asked
    now = clock.now()
    columns = [list(column) for column in zip(*looks, strict=True)]
    if columns:
        db.execute(
            "INSERT INTO kit_auditentry (at, actor, action, subject_kind, subject_id, place_id, count, reason, rule, details)"
            " SELECT %(now)s, %(actor)s, %(action)s, l.kind, l.subject, l.place, l.count, '', '', %(details)s"
            "   FROM unnest(%(kinds)s::text[], %(subjects)s::text[], %(places)s::bigint[], %(counts)s::int[])"
            "        AS l (kind, subject, place, count)"
            "  WHERE NOT %(again)s OR NOT EXISTS (SELECT FROM kit_auditentry e WHERE e.subject_kind = l.kind"
            "        AND e.subject_id = l.subject AND e.actor = %(actor)s AND e.action = %(action)s AND e.at > %(since)s"
            "        AND e.place_id IS NOT DISTINCT FROM l.place)",
            {
                "now": now, "since": now - LOOKED_LATELY, "actor": request.user.actor, "action": action, "again": again,
                "details": json.dumps(details, ensure_ascii=False, default=str), "kinds": columns[0], "subjects": columns[1],
                "places": columns[2], "counts": columns[3],
            },
        )  # fmt: skip


def at_need(need: Need) -> list[Look]:
    """A silent call for help leaves nothing on the person's own page: somebody may be looking over the shoulder."""
    looks = [Look("need", str(need.pk), need.place_id)]
    if need.person_id and not need.silent:
        looks.append(Look("person", str(need.person_id), need.place_id))
    return looks
