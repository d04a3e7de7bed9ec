"""What people do with an order in force: lift many at once, extend one, narrow or split it, note who is away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tongxin.access.models import User
from tongxin.areas import kinds, rules, states, terms
from tongxin.areas.models import Order, RollMark
from tongxin.areas.operations import issue, judge, roll, steps
from tongxin.areas.operations.issue import TOPIC, Draft, Piece, note
from tongxin.kit import audit, clock, db, events
from tongxin.kit.audit import Because
from tongxin.people.models import Person
from tongxin.policy.decisions import N_, Refused
from tongxin.policy.queries import pack_at
from tongxin.restrictions import operations as restrictions
from tongxin.restrictions.rules import RELEASED, WITHDRAWN
from tongxin.tasks import operations as work

CONDITIONS_MET = N_("The conditions of the lift are met.")


@dataclass(frozen=True)
class Lifted:
    """What a lift of several areas did: opened areas, released persons, those that somebody else had lifted, and how many
    became areas of a milder kind instead."""

    areas: int
    persons: int
    already: int
    eased: int = 0


def lift(
    order_ids: Sequence[int], reason: str, user: User, now: dt.datetime, because: Because, state: str = states.LIFTED
) -> Lifted:
    """Open areas, in one action for many. One whose conditions are not met needs a reason, and then goes alone. One that the
    policy lets become a milder kind when they are met does so.

    Two people who lift the same areas at the same time do it once: each is told what the other was faster with.
    """
    with db.transaction_block():
        orders = list(Order.objects.using(db.alias()).select_for_update().filter(pk__in=order_ids).order_by("pk"))
        open_ones = [o for o in orders if o.state == states.IN_FORCE]
        judge.judge(now, [o.pk for o in open_ones])
        met = dict(Order.objects.using(db.alias()).filter(pk__in=order_ids).values_list("pk", "conditions_met_at"))
        met |= {o.pk: o.starts_at for o in open_ones if o.kind == rules.TEMPORARY}  # lawful from its first minute on
        early = [o for o in open_ones if met[o.pk] is None]
        if early and len(open_ones) > 1:
            raise Refused(N_("The conditions of %(area)s are not met: lift it by itself, with the reason."), area=early[0].name)
        for order in open_ones:
            rules.check_can_lift(order.ended_at, met[order.pk], reason)
        eased = [o for o in open_ones if o.then_kind and met[o.pk] is not None and state == states.LIFTED]
        if eased:
            close([o.pk for o in eased], states.STEPPED, CONDITIONS_MET, user.actor, now, because)
            steps.begin(eased, now, because)
        opened = [o for o in open_ones if o not in eased]
        persons = close([o.pk for o in opened], state, reason or CONDITIONS_MET, user.actor, now, because)
    return Lifted(len(opened), persons, len(order_ids) - len(open_ones), len(eased))


def close(ids: Sequence[int], state: str, reason: str, actor: str, now: dt.datetime, because: Because) -> int:
    """End orders in force and everything they caused. How many persons are free of it."""
    gone = db.rows(
        "UPDATE areas_order SET state = %s, ended_at = %s, ended_by = %s, end_reason = %s"
        " WHERE id = ANY(%s) AND state = 'in_force' RETURNING id, place_id",
        [state, now, actor, reason, list(ids)],
    )
    keys = [key for key, _ in gone]
    kind = WITHDRAWN if state == states.WITHDRAWN else RELEASED
    persons = restrictions.end_caused_by(("order", keys), reason, now, because, kind)
    work.complete_for([kinds.LIFT], "area", keys, "lifted", now, because)
    judge.ended(keys, now, reason, because)
    issue.note_each(keys, state, actor, reason)
    if keys:
        audit.record(because, f"area.{state}", "area", keys[0] if len(keys) == 1 else "", gone[0][1], count=len(keys))
        events.publish(TOPIC, {place for _, place in gone})
    return persons


def extend(
    order_id: int, until: dt.datetime, cause: tuple[str, int], reason: str, user: User, now: dt.datetime, because: Because
) -> Order:
    """Prolong one area: a decision signed by a named person, citing the case or the missing result."""
    with db.transaction_block():
        order = Order.objects.using(db.alias()).select_for_update().get(pk=order_id)
        says = terms.terms_of(pack_at(order.place_id, now), order.kind, order.after)
        asked = rules.Extension(user.username, user.may("area.extend"), until, cause, reason)
        rules.check_can_extend(asked, order.kind, order.starts_at, order.ends_at, order.ended_at, says, now)
        signed = {
            "at": now.isoformat(), "by": user.actor, "from": order.ends_at.isoformat(), "until": until.isoformat(),
            "cause": list(cause), "reason": reason,
        }  # fmt: skip
        times, was = rules.clock(says, order.starts_at, order.anchor_at, clock.city_zone()), order.ends_at
        order.decision = {**order.decision, "extensions": [*order.decision.get("extensions", []), signed]}
        order.ends_at, order.extended_by, order.extension_cause = until, user.actor, f"{cause[0]}:{cause[1]} {reason}"
        order.last_day, order.due_at, order.conditions_met_at = times.last_day, min(times.due_at, until), None
        if order.then_ends_at:
            order.then_ends_at += until - was
        order.save()
        restrictions.follow_cause("order", [(order.pk, order.due_at, until, None)])
        work.complete_for([kinds.DECIDE], "area", [order.pk], "extended", now, because)
        note(order, "extended", user.actor, now, reason, signed)
        audit.record(because, "area.extended", "area", order.pk, order.place_id)
        events.publish(TOPIC, [order.place_id])
        judge.judge(now, [order.pk])
    return order


@dataclass(frozen=True)
class Share:
    """What becomes of a part of an order that is narrowed or split: its name and places."""

    name: str
    pieces: Sequence[Piece]


def split(order_id: int, shares: Sequence[Share], user: User, now: dt.datetime, because: Because) -> list[Order]:
    """Narrow an order to one share, or split it into several: each keeps the clock and the anchor of the cases in it, and
    whoever is in none of them is free. Raises Refused where a share is larger than the order was."""
    with db.transaction_block():
        order = Order.objects.using(db.alias()).select_for_update().get(pk=order_id)
        states.after(order.state, states.REPLACE)
        _check_inside(order, shares)
        made = [_share(order, share, user, now, because) for share in shares]
        close([order.pk], states.REPLACED, N_("It was narrowed to what the facts ask for."), user.actor, now, because)
        judge.re_anchor(now, [o.pk for o in made])
    return made


def _check_inside(order: Order, shares: Sequence[Share]) -> None:
    if not shares or not all(share.pieces for share in shares):
        raise Refused(N_("Name at least one place."))
    whole = [(p.place_id, p.place_end) for p in order.parts.all() if not p.excluded]
    for share in shares:
        for piece in share.pieces:
            if not any(lo <= piece.place_id < hi for lo, hi in whole):
                raise Refused(N_("A share cannot reach beyond the area; order another area for that."))


def _share(order: Order, share: Share, user: User, now: dt.datetime, because: Because) -> Order:
    draft = Draft(
        kind=order.kind, name=share.name, pieces=share.pieces, cause=("order", order.pk), reason_zh=order.reason_zh,
        reason_en=order.reason_en, exits=None, justification=order.justification, anchor_at=order.anchor_at,
        until=order.ends_at, starts_at=order.starts_at, parent=order.pk, after=order.after,
    )  # fmt: skip
    says = terms.terms_of(pack_at(draft.place, now), order.kind, order.after)
    made = issue.write(draft, says, user.actor, now)
    if order.extended_by:
        made.ends_at, made.extended_by, made.extension_cause = order.ends_at, order.extended_by, order.extension_cause
        made.decision = {**made.decision, "extensions": order.decision.get("extensions", [])}
    for name in (*terms.columns(says), "then_ends_at"):  # a part asks for no more than the whole did, and ends no later
        setattr(made, name, getattr(order, name))
    made.save()
    db.execute(db.sql("areas/carry"), {"from": order.pk, "to": made.pk, "parts": False})
    _copy_roll(order, made)
    _check_roll(order, made)
    count = issue.limit(made, because)
    issue.open_work(made, now, because)
    issue.note(made, "narrowed", user.actor, now, "", {"from": order.pk, "persons": count})
    return made


def _copy_roll(order: Order, made: Order) -> None:
    """Who was away, exempt or here without being registered is so in the part too."""
    db.execute(
        "INSERT INTO areas_rollmark (order_id, person_id, place_id, home_id, status, since, by, reason)"
        " SELECT %s, m.person_id, m.place_id, m.home_id, m.status, m.since, m.by, m.reason"
        "   FROM areas_rollmark m LEFT JOIN places_home h ON h.id = m.home_id"
        "  WHERE m.order_id = %s AND EXISTS (SELECT FROM areas_part a WHERE a.order_id = %s AND NOT a.excluded"
        "        AND m.place_id >= a.place_id AND m.place_id < a.place_end AND (m.status <> 'unregistered'"
        "         OR (a.floor IS NULL OR h.floor = a.floor) AND (a.home_id IS NULL OR m.home_id = a.home_id)))"
        " ON CONFLICT DO NOTHING",
        [made.pk, order.pk, made.pk],
    )


def _check_roll(order: Order, made: Order) -> None:
    """A part limits nobody whom the whole did not: what was taken out of it stays out."""
    people = db.sql("areas/people")
    beyond = db.rows(
        f"SELECT 1 FROM ({people.replace('%(order)s', '%(made)s')}) AS part"  # noqa: S608 - statements of our own
        f" WHERE part.subject_id NOT IN (SELECT subject_id FROM ({people}) AS whole) LIMIT 1",
        {"order": order.pk, "made": made.pk},
    )
    if beyond:
        raise Refused(N_("A share cannot reach beyond the area; order another area for that."))


def mark(
    order_id: int, person_id: int, status: str, reason: str, user: User, now: dt.datetime, because: Because
) -> RollMark:
    """Note on the roll that somebody is away or exempt: then the order does not limit them, and they never block its lift.
    Who is here without being registered is noted by ``presence.add``."""
    if status not in (RollMark.Status.AWAY, RollMark.Status.EXEMPT):
        raise Refused(N_("Choose whether the person is away or exempt."))
    with db.transaction_block():
        order = Order.objects.using(db.alias()).get(pk=order_id)
        person = Person.objects.using(db.alias()).filter(pk=person_id).first()
        if person is None:
            raise Refused(N_("There is no such person, or not where you are responsible."))
        marked = {
            "place_id": person.place_id, "home_id": None, "status": status, "since": now, "by": user.actor, "reason": reason,
        }  # fmt: skip
        return put_on_roll(order, person_id, marked, now, because)


def put_on_roll(
    order: Order, person_id: int, marked: Mapping[str, Any], now: dt.datetime, because: Because
) -> RollMark:
    """Mark somebody as the fields of RollMark say, instead of what they were marked as before."""
    made, _ = RollMark.objects.using(db.alias()).update_or_create(
        order_id=order.pk, person_id=person_id, defaults=dict(marked)
    )
    follow_roll(order, person_id, made.status, now, because)
    return made


def unmark(order_id: int, person_id: int, now: dt.datetime, because: Because) -> None:
    """The person is back, or was marked by mistake."""
    with db.transaction_block():
        order = Order.objects.using(db.alias()).get(pk=order_id)
        gone, _ = RollMark.objects.using(db.alias()).filter(order_id=order_id, person_id=person_id).delete()
        if gone:
            follow_roll(order, person_id, "", now, because)
            roll.forget(now)


def follow_roll(order: Order, person_id: int, status: str, now: dt.datetime, because: Because) -> None:
    """Let the restrictions of an order be those of its roll."""
    if order.state == states.IN_FORCE:
        roll.follow([person_id], now, because, [order.pk])
        if status in (RollMark.Status.AWAY, RollMark.Status.EXEMPT):
            work.complete_for([kinds.SAMPLE], "person", [person_id], "away", now, because)
        judge.judge(now, [order.pk])
    audit.record(because, f"area.roll.{status or 'present'}", "person", person_id, order.place_id)

