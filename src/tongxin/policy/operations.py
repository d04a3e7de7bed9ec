"""Adopting a pack at a place, rolling back, comments, response levels; and the clock that derives anew what is in force.

Periods are never deleted: adopting ends the one before, rolling back begins a new one, a plan that is withdrawn ends
where it would have begun. A pack may set ceilings; no place below exceeds them, neither one that adopts later nor one
that had adopted before: the latter follows the place above from then on.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet

from tongxin.access.rules import holds
from tongxin.kit import audit, db, events
from tongxin.kit.audit import Because
from tongxin.places import queries as places
from tongxin.places.place_id import PlaceId
from tongxin.policy import queries, rules, schema, words
from tongxin.policy.decisions import N_, Refused
from tongxin.policy.models import Comment, Period, ResponseLevel
from tongxin.policy.parameters import PARAMETERS
from tongxin.policy.queries import pack_at
from tongxin.policy.schema import Pack

logger = logging.getLogger(__name__)
TOPIC = "policy"
LOCK = 7_401_010  # the same as in the trigger period_alone
ADOPT, COMMENT = "policy.adopt", "policy.comment"

Handler = Callable[[int, Pack, dt.datetime, Because], int]
_handlers: list[Handler] = []


@dataclass(frozen=True)
class Adoption:
    """What an adoption would do: the pack before it, and the periods of places below that exceed its ceilings."""

    pack: Pack
    before: Pack
    ended: Sequence[Period] = ()


def on_adopted(handler: Handler) -> Handler:
    """Have ``handler(place_id, pack, now, because)`` derive anew what is in force when a pack begins to hold at a place;
    it returns how much it changed. It runs once a period, as the jobs role, in one transaction with the note that it ran.
    ``packs_in_force(now).reach(place_id)`` tells where the pack holds; a lawful end may only move earlier."""
    if handler not in _handlers:
        _handlers.append(handler)
    return handler


def check_adopt(
    place_id: int, name: str, starts_at: dt.datetime, user: Any, reason: str, now: dt.datetime
) -> Adoption:
    """Raises Refused with the reason for which the pack cannot be adopted; else what adopting it would do."""
    _check_signed(place_id, user, reason)
    if name not in schema.names():
        raise Refused(N_("There is no policy pack “%(name)s”."), name=name)
    pack = schema.load(name)
    rules.check_start(starts_at, now, pack_at(place_id, now).hours("policy.backdate_within"))
    plan = queries.planned(place_id, min(now, starts_at))
    rules.check_no_plan(words.name_of(plan.pack) if plan else "", plan.starts_at if plan else None)
    own = queries.own(place_id, starts_at)
    if own and own.pack == name:
        raise Refused(N_("%(pack)s holds here already."), pack=words.title(pack))
    _check_ceilings(place_id, pack, starts_at)
    return Adoption(pack, pack_at(place_id, starts_at), _exceeding_below(place_id, pack, starts_at))


def adopt(place_id: int, name: str, starts_at: dt.datetime, user: Any, reason: str, now: dt.datetime) -> Period:
    """Let a pack hold at a place from a moment on, signed by a named person. Run as the jobs role: it may end periods of
    places below. Raises Refused."""
    with db.transaction_block():
        _alone()
        found = check_adopt(place_id, name, starts_at, user, reason, now)
        made = _begin(place_id, name, starts_at, user.actor, reason)
        for below in found.ended:
            _follow_above(below, made)
        details = {"from": starts_at, "before": found.before.name, "ended": [p.place_id for p in found.ended]}
        _tell("policy.adopted", name, made, Because(user.actor, reason, name, details))
    return made


@dataclass(frozen=True)
class Return:
    """What rolling back would do: withdraw what is ``planned``, or let ``pack`` hold again. ``name`` is what the place
    itself then has (empty: it follows the place above), ``ended`` the periods below that exceed its ceilings."""

    pack: Pack
    present: Pack
    name: str
    from_when: dt.datetime
    planned: Period | None = None
    ended: Sequence[Period] = ()


def check_roll_back(place_id: int, user: Any, reason: str, now: dt.datetime) -> Return:
    """Raises Refused with the reason for which this person cannot roll back; else what it would do."""
    _check_signed(place_id, user, reason)
    return to_return(place_id, now)


def to_return(place_id: int, now: dt.datetime) -> Return:
    """What rolling back would do, whoever does it. Raises Refused where there is nothing to return to."""
    plan, own = queries.planned(place_id, now), queries.own(place_id, now)
    if not plan and not own:
        raise Refused(N_("No pack was adopted at this place; it follows the place above."))
    from_when = plan.starts_at if plan else now
    name = (own.pack if own else "") if plan else queries.before(own) if own else ""
    if name:
        _check_ceilings(place_id, schema.load(name), from_when)
    above = PlaceId(place_id).parent
    back = schema.load(name) if name else pack_at(above, from_when) if above else schema.load(queries.BASE)
    ended = _exceeding_below(place_id, back, from_when) if name else ()
    return Return(back, pack_at(place_id, now), name, from_when, plan, ended)


def roll_back(place_id: int, user: Any, reason: str, now: dt.datetime) -> Period:
    """Let the pack before hold again from now on, as a new period; or withdraw what is planned. Run as the jobs role.
    Raises Refused."""
    with db.transaction_block():
        _alone()
        found = check_roll_back(place_id, user, reason, now)
        because = Because(user.actor, reason, found.pack.name, {"ended": [p.place_id for p in found.ended]})
        if found.planned:
            _withdraw(found.planned)
            _tell("policy.withdrawn", found.planned.pack, found.planned, because)
            return found.planned
        made = _begin(place_id, found.name, now, user.actor, reason)
        for below in found.ended:
            _follow_above(below, made)
        _tell("policy.rolled_back", found.present.name, made, because)
    return made


def comment(place_id: int, pack: str, key: str, text: str, user: Any, now: dt.datetime) -> Comment:
    """Say something of a parameter, for those who answer for the place. Raises Refused."""
    rules.check_comment(user.may(COMMENT), _within(place_id, user), text, PARAMETERS, key)
    if pack not in schema.names():
        raise Refused(N_("There is no policy pack “%(name)s”."), name=pack)
    with db.transaction_block():
        made = Comment.objects.create(
            pack=pack, key=key, place_id=place_id, author=user.actor, at=now, text=text.strip()
        )
        audit.record(Because(user.actor, rule=f"{pack}/{key}"), "policy.commented", "policy", pack, place_id)
    return made


def set_level(place_id: int, level: int, user: Any, reason: str, now: dt.datetime) -> ResponseLevel:
    """Give a place a response level from now on (1 to 4, 0 for none). Raises Refused."""
    _check_signed(place_id, user, reason)
    rules.check_level(level)
    with db.transaction_block():
        made, _ = ResponseLevel.objects.update_or_create(
            place_id=place_id, starts_at=now, defaults={"level": level, "set_by": user.actor, "reason": reason}
        )
        said = Because(user.actor, reason, details={"level": level})
        audit.record(said, "policy.level", "policy", level, place_id)
        events.publish(TOPIC, [place_id])
    return made


def derive_due(now: dt.datetime) -> int:
    """Derive anew what is in force at the places whose pack has begun to hold. Each period once: what the handlers do
    and the note that they did commit together. One that fails is tried again at the next run, and holds up no other."""
    done, after = 0, 0
    while found := _due(now, after).values_list("pk", flat=True).first():
        after = found
        try:
            done += _derive(found, now)
        except Exception:
            logger.exception("policy period %s: what is in force could not be derived anew", found)
    return done


def _due(now: dt.datetime, after: int) -> QuerySet[Period]:
    found = Period.objects.using(db.alias()).filter(derived_at=None, starts_at__lte=now, pk__gt=after)
    return found.order_by("pk")


def _derive(period_id: int, now: dt.datetime) -> int:
    """Run the handlers for one period; 0 where another process is at it. One that has ended again needs none."""
    with db.transaction_block():
        one = _due(now, 0).filter(pk=period_id).select_for_update(skip_locked=True).first()
        if one is None:
            return 0
        changed = 0
        if one.ends_at is None or one.ends_at > now:
            pack = pack_at(one.place_id, now)
            because = Because(one.adopted_by, one.reason, pack.name)
            changed = sum(handler(one.place_id, pack, now, because) for handler in _handlers)
            audit.record(because, "policy.derived", "policy", pack.name, one.place_id, changed)
        one.derived_at = now
        one.save(update_fields=["derived_at"])
    return 1


# -- one place's periods ---------------------------------------------------------------------------------


def _alone() -> None:
    """Until the end of the transaction nobody else writes periods: what was checked stays true."""
    db.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _begin(place_id: int, pack: str, starts_at: dt.datetime, by: str, reason: str) -> Period:
    """End the place's period at a moment and let another one begin."""
    queries.holding(starts_at).filter(place_id=place_id).update(ends_at=starts_at)
    return Period.objects.create(place_id=place_id, pack=pack, starts_at=starts_at, adopted_by=by, reason=reason)


def _withdraw(plan: Period) -> None:
    """A plan ends where it would have begun, and what it would have ended goes on: the place's own period, and those of
    places below that were to follow it."""
    until, plan.ends_at = plan.ends_at, plan.starts_at
    plan.save(update_fields=["ends_at"])
    earlier = Period.objects.filter(place_id=plan.place_id, ends_at=plan.starts_at, starts_at__lt=plan.starts_at)
    earlier.update(ends_at=until)
    for follows in Period.objects.filter(for_plan=plan).select_related("instead_of").order_by("pk"):
        _give_back(follows)


def _give_back(follows: Period) -> None:
    """A place that was to follow the place above keeps its own pack for as long as it would have had it, or until another
    place above forbids it."""
    own, until, follows.ends_at = follows.instead_of, follows.ends_at, follows.starts_at
    follows.save(update_fields=["ends_at"])
    if not own or own.ends_at != follows.starts_at:
        return
    own.ends_at = until
    own.save(update_fields=["ends_at"])
    above = [int(p) for p in PlaceId(own.place_id).ancestors]
    for held in _overlapping(follows.starts_at).filter(place_id__in=above):
        if (until is None or held.starts_at < until) and _exceeds(schema.load(own.pack), schema.load(held.pack)):
            _follow_above(own, held)
            return


def _follow_above(period: Period, above: Period) -> None:
    """Let a place follow the place above, from the start of the period there, for as long as it would have had this pack
    of its own."""
    at, until = max(above.starts_at, period.starts_at), period.ends_at
    Period.objects.filter(pk=period.pk).update(ends_at=at)
    Period.objects.create(
        place_id=period.place_id, pack="", starts_at=at, ends_at=until, adopted_by=above.adopted_by, reason=above.reason,
        for_plan=above, instead_of=period,
    )  # fmt: skip


def _overlapping(from_when: dt.datetime) -> QuerySet[Period]:
    """Periods with a pack that hold at some moment from then on."""
    found = Period.objects.using(db.alias()).filter(Q(ends_at=None) | Q(ends_at__gt=from_when))
    return found.exclude(pack="").exclude(ends_at=F("starts_at")).order_by("starts_at", "place_id")


def _exceeding_below(place_id: int, pack: Pack, from_when: dt.datetime) -> list[Period]:
    lo, hi = PlaceId(place_id).range
    below = _overlapping(from_when).filter(place_id__gt=lo, place_id__lt=hi)
    return [p for p in below if _exceeds(schema.load(p.pack), pack)]


def _exceeds(lower: Pack, upper: Pack) -> list[str]:
    values = {key: p.quantity for key, p in lower.parameters.items()}
    return rules.exceeding(values, {k: p.highest for k, p in upper.parameters.items() if p.highest is not None})


def _check_ceilings(place_id: int, pack: Pack, from_when: dt.datetime) -> None:
    """No pack exceeds a ceiling of one that holds, then or later, at a place above (不得层层加码)."""
    for held in _overlapping(from_when).filter(place_id__in=[int(p) for p in PlaceId(place_id).ancestors]):
        upper = schema.load(held.pack)
        for key in _exceeds(pack, upper):
            limit = upper.parameter(key)
            raise Refused(
                N_("%(key)s would be %(value)s, but %(pack)s, adopted at %(place)s, allows %(ceiling)s at most."),
                key=key, value=words.value(pack.parameter(key)), ceiling=words.ceiling(limit),
                pack=words.title(upper), place=places.names([held.place_id]).get(held.place_id, str(held.place_id)),
            )  # fmt: skip


def _check_signed(place_id: int, user: Any, reason: str) -> None:
    rules.check_signed(user.may(ADOPT), _within(place_id, user), reason)


def _within(place_id: int, user: Any) -> bool:
    return holds(user.ranges(), PlaceId(place_id).range) and bool(places.existing([place_id]))


def _tell(action: str, name: str, period: Period, because: Because) -> None:
    audit.record(because, action, "policy", name, period.place_id)
    events.publish(TOPIC, [period.place_id])
