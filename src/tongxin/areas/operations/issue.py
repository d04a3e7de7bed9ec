"""Sign an order: check it, write it with its parts, and limit everybody on its roll, in one transaction."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Min, Q

from tongxin.access import rules as access
from tongxin.access.models import User
from tongxin.areas import kinds, rules, terms
from tongxin.areas.models import Event, ExitsCheck, Order, Part, Study
from tongxin.kit import audit, clock, db, events
from tongxin.kit.audit import Because
from tongxin.places.models import Home
from tongxin.places.place_id import Level, PlaceId
from tongxin.places.queries import children
from tongxin.policy.decisions import N_, Decision
from tongxin.policy.queries import pack_at
from tongxin.restrictions import operations as restrictions
from tongxin.tasks import operations as work
from tongxin.tasks.operations import NewTask
from tongxin.tasks.rules import smallest_place

TOPIC = "areas"


@dataclass(frozen=True)
class Piece:
    """One place of an order: whole, or one floor or one home of it, or a facility or an unsettled address in it."""

    place_id: int
    floor: int | None = None
    home_id: int | None = None
    facility_id: int | None = None
    address_id: int | None = None
    excluded: bool = False

    @property
    def size(self) -> str:
        if self.home_id is not None:
            return "home"
        if self.floor is not None:
            return "floor"
        if self.facility_id is not None or self.address_id is not None:
            return "building"
        return terms.SIZE_OF_LEVEL[PlaceId(self.place_id).level]


@dataclass(frozen=True)
class Photo:
    """The exits, seen open, with a picture."""

    at: dt.datetime
    picture: bytes
    kind: str
    note: str = ""


@dataclass(frozen=True)
class Draft:
    """An order before it is signed. ``anchor_at``: when the last case left, if none is inside any more. ``after``: the kind of
    the order ``parent`` whose next step it is, signed with it by ``issued_by``."""

    kind: str
    name: str
    pieces: Sequence[Piece]
    cause: tuple[str, int]
    reason_zh: str
    reason_en: str
    exits: Photo | None
    justification: str = ""
    anchor_at: dt.datetime | None = None
    until: dt.datetime | None = None
    starts_at: dt.datetime | None = None
    parent: int | None = None
    after: str = ""
    issued_by: str = ""
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> int:
        return smallest_place([p.place_id for p in self.pieces])

    @functools.cached_property
    def size(self) -> str:
        """Of the largest part; buildings that make up all of a compound are a compound."""
        chosen = [p for p in self.pieces if not p.excluded]
        return max([*(p.size for p in chosen), _together(chosen)], key=rules.SIZES.index)


def _together(pieces: Sequence[Piece]) -> str:
    """The size of the largest place of which the pieces leave nothing out."""
    whole = {p.place_id for p in pieces if p.size in terms.SIZE_OF_LEVEL.values() and p.address_id is None}
    size = "home"
    while len(whole) > 1:
        above = {int(parent) for place in whole if (parent := PlaceId(place).parent)}
        whole = {parent for parent in above if {child for child, _ in children(parent)} <= whole}
        for place in whole:
            size = max(size, terms.SIZE_OF_LEVEL[PlaceId(place).level], key=rules.SIZES.index)
    return size


Check = Callable[[Draft, User, dt.datetime], None]
_checks: list[Check] = []


def before_signing(asked: Check) -> Check:
    """Register what must hold before an order is signed: ``asked(draft, user, now)`` raises Refused. For later stages."""
    if asked not in _checks:
        _checks.append(asked)
    return asked


Signed = Callable[[Order, dt.datetime, Because], None]
_signed: list[Signed] = []


def after_signing(asked: Signed) -> Signed:
    """Register what follows when an order is signed, in its transaction: ``asked(order, now, because)``."""
    if asked not in _signed:
        _signed.append(asked)
    return asked


def check(draft: Draft, user: User, now: dt.datetime) -> rules.Terms:
    """What the pack says of an order that may be signed. Raises Refused with the reason where the rules do not allow it."""
    rules.check_has_places(len(draft.pieces))
    pack = pack_at(draft.place, now)
    says = terms.terms_of(pack, draft.kind)
    rules.check_can_issue(_wish(draft, user), says, pack.hours("area.exits_check_valid"), now)
    if draft.until is not None:
        anchor = rules.first_anchor(says, draft.anchor_at)
        rules.check_end(draft.until, rules.clock(says, draft.starts_at or now, anchor, clock.city_zone()).ends_at)
    rules.check_name(draft.name, _doors(draft))
    if draft.kind == rules.TEMPORARY:
        rules.check_not_chained(_controlled_since(draft, says.hours, now), says.hours)
    for held_back in _checks:
        held_back(draft, user, now)
    return says


def issue(draft: Draft, user: User, now: dt.datetime, because: Because) -> Order:
    """Sign an order. Raises Refused with the reason where the rules do not allow it."""
    says = check(draft, user, now)
    draft = replace(draft, anchor_at=rules.first_anchor(says, draft.anchor_at))
    with db.transaction_block():
        order = write(draft, says, user.actor, now)
        _note_exits(order, draft, user.actor)
        count = limit(order, because)
        open_work(order, now, because)
        note(order, "issued", user.actor, now, draft.justification, {"persons": count, "size": order.size})
        audit.record(replace(because, rule=order.basis), "area.issued", "area", order.pk, order.place_id, count=max(count, 1))
        for follows in _signed:
            follows(order, now, because)
        events.publish(TOPIC, [order.place_id])
    return order


def _controlled_since(draft: Draft, hours: dt.timedelta, now: dt.datetime) -> dt.datetime | None:
    """Since when one of the places is under temporary control, or was within the hours of the pack."""
    found = Part.objects.using(db.alias()).filter(
        order__kind=rules.TEMPORARY, order__ends_at__gt=now - hours, order__state__in=("in_force", "lapsed")
    )
    overlapping, floors = Q(), _floors(draft.pieces)
    for piece in draft.pieces:
        if not piece.excluded:
            overlapping |= _overlapping(piece, floors)
    return found.filter(overlapping).aggregate(first=Min("order__starts_at"))["first"]


def _floors(pieces: Sequence[Piece]) -> dict[int, int]:
    """The floor of each home that is named."""
    homes = [p.home_id for p in pieces if p.home_id is not None]
    return dict(db.rows("SELECT id, floor FROM places_home WHERE id = ANY(%s)", [homes])) if homes else {}


def _overlapping(piece: Piece, floors: Mapping[int, int]) -> Q:
    """The parts that share something with a piece: their places overlap, and of two floors, two homes or two facilities both
    are the same one. A home lies on its floor; a part that names none of them is whole."""
    lo, hi = PlaceId(piece.place_id).range
    found = Q(place_id__lt=hi, place_end__gt=lo, excluded=False)
    if piece.facility_id is not None:
        found &= Q(facility_id=None) | Q(facility_id=piece.facility_id)
    if piece.home_id is not None:
        found &= Q(home_id=None) | Q(home_id=piece.home_id)
        found &= Q(floor=None) | Q(floor=floors.get(piece.home_id, 0))
    elif piece.floor is not None:
        here = Home.objects.using(db.alias()).filter(place_id__gte=lo, place_id__lt=hi, floor=piece.floor)
        found &= Q(floor=None) | Q(floor=piece.floor)
        found &= Q(home_id=None) | Q(home_id__in=here.values("pk"))
    return found


def _doors(draft: Draft) -> list[str]:
    """The numbers on the doors that the order names."""
    homes = [p.home_id for p in draft.pieces if p.home_id is not None]
    return [number for (number,) in db.rows("SELECT number FROM places_home WHERE id = ANY(%s)", [homes])] if homes else []


def _wish(draft: Draft, user: User) -> rules.Wish:
    wanted = [PlaceId(p.place_id).range for p in draft.pieces]
    return rules.Wish(
        kind=draft.kind, size=draft.size, parts=len(draft.pieces), within=access.holds_all(user.ranges(), wanted),
        cause=draft.cause[0], reason=bool(draft.reason_zh.strip() and draft.reason_en.strip() and draft.name.strip()),
        justification=draft.justification, exits_open_at=draft.exits.at if draft.exits and draft.exits.picture else None,
        until=draft.until, finding=_finding(draft.cause), mixed=draft.cause[0] == "result" and _is_mixed(draft.cause[1]),
    )  # fmt: skip


def _finding(cause: tuple[str, int]) -> str:
    """What a risk study found of the case that an order cites."""
    found = Study.objects.using(db.alias()).filter(case_id=cause[1]) if cause[0] == "case" else None
    return found.values_list("finding", flat=True).first() or "" if found is not None else ""


def _is_mixed(tube: int) -> bool:
    """Whether several people are in a tube; of one that is not to be seen nobody can say that it was one alone."""
    found = db.rows("SELECT members > 1 FROM screening_tube WHERE id = %s", [tube])
    return bool(found[0][0]) if found else True


def write(draft: Draft, says: rules.Terms, actor: str, now: dt.datetime, before: Order | None = None) -> Order:
    """The order and its parts, with its clock; nobody is limited by it yet. The next step of the order ``before`` has its
    places."""
    starts, zone = draft.starts_at or now, clock.city_zone()
    times = rules.clock(says, starts, draft.anchor_at, zone)
    ends = min(times.ends_at, draft.until) if draft.until else times.ends_at
    order = Order.objects.create(
        place_id=before.place_id if before else draft.place, size=before.size if before else draft.size,
        kind=draft.kind, name=draft.name, basis=says.rule,
        cause_kind=draft.cause[0], cause_id=draft.cause[1], reason_zh=draft.reason_zh, reason_en=draft.reason_en,
        justification=draft.justification, issued_by=draft.issued_by or actor,
        issued_at=now, starts_at=starts, anchor_at=draft.anchor_at,
        last_day=times.last_day, due_at=min(times.due_at, ends), ends_at=ends, parent_id=draft.parent,
        decision={**times.decision.as_json(), **draft.values}, after=draft.after,
        then_ends_at=rules.step_end(says, ends, zone), **terms.columns(says),
    )  # fmt: skip
    Part.objects.bulk_create([part(order, piece) for piece in draft.pieces])
    return order


def part(order: Order, piece: Piece) -> Part:
    return Part(
        order=order, place_id=piece.place_id, place_end=PlaceId(piece.place_id).range[1], floor=piece.floor,
        home_id=piece.home_id, facility_id=piece.facility_id, address_id=piece.address_id, excluded=piece.excluded,
    )  # fmt: skip


def limit(order: Order, because: Because) -> int:
    """Limit everybody on the roll who is not limited by the order yet: one statement, however many; and its facilities.
    How many persons are new."""
    count = restrictions.impose_each(common(order), order.place_id, db.sql("areas/people"), {"order": order.pk}, because)
    _close_facilities(order, common(order), because)
    if count:
        order.persons = order.persons + count
        order.save(update_fields=["persons"])
    return count


def common(order: Order) -> restrictions.Common:
    """What an order means for whomever it limits."""
    return restrictions.Common(
        kind=kinds.restriction_kind(order.kind), basis=order.basis, cause_kind="order",
        cause_id=order.pk, reason_zh=reasons(order)[0], reason_en=reasons(order)[1], starts_at=limits_from(order),
        due_at=max(order.due_at, limits_from(order)), ends_at=order.ends_at,
        decision=Decision(order.basis, {"order": order.pk}),
    )  # fmt: skip


THEN_ZH = "到期后按规则降为{kind}（{means}），最多再{days}天。"
THEN_EN = " At its end it goes on as a {kind} for {days} days at most: {means}."


def reasons(order: Order) -> tuple[str, str]:
    """The reason as whoever is limited reads it, in Chinese and English: with what it becomes, known from the first day."""
    if not order.then_ends_at:
        return order.reason_zh, order.reason_en
    kind, means = kinds.in_both(kinds.LABELS[order.then_kind]), kinds.in_both(kinds.LIMITS[order.then_kind])
    days = (order.then_ends_at - order.ends_at).days
    zh, en = (said.format(kind=kind[n], means=means[n], days=days) for n, said in enumerate((THEN_ZH, THEN_EN)))
    return order.reason_zh + zh, order.reason_en + en


def limits_from(order: Order) -> dt.datetime:
    """Since when an order limits people: the next step of another one since that one ended."""
    return order.issued_at if order.after else order.starts_at


def follow_roll(order: Order, now: dt.datetime, because: Because) -> int:
    """Let the restrictions of an order be those of its roll: who is no longer on it is free of it, who came is limited. How
    many changed. The order is locked first, as everywhere: one that was lifted meanwhile limits nobody."""
    people = f"SELECT subject_id FROM ({db.sql('areas/people')}) AS roll"  # noqa: S608 - a statement of our own
    cause, reason = ("order", [order.pk]), N_("Not present in the area, or exempt.")
    with db.transaction_block():
        held = Order.objects.using(db.alias()).select_for_update(of=("self",)).filter(pk=order.pk, state="in_force").first()
        if held is None:
            return 0
        gone = restrictions.end_caused_by(cause, reason, now, because, but=people, params={"order": order.pk})
        return gone + limit(held, because)


def _close_facilities(order: Order, limits: restrictions.Common, because: Because) -> None:
    """A market, a plant, a dormitory: the restriction is on the facility itself."""
    found = order.parts.using(db.alias()).filter(facility_id__isnull=False).values_list("facility_id", "place_id")
    new = [
        restrictions.NewRestriction(**vars(limits), subject_kind="facility", subject_id=key, place_id=place)
        for key, place in found
    ]
    restrictions.impose(new, because)


def _note_exits(order: Order, draft: Draft, actor: str) -> None:
    if draft.exits:
        ExitsCheck.objects.create(
            order=order, place_id=order.place_id, at=draft.exits.at, by=actor, is_open=True, photo=draft.exits.picture,
            photo_kind=draft.exits.kind, note=draft.exits.note,
        )  # fmt: skip


def open_work(order: Order, now: dt.datetime, because: Because) -> None:
    """The daily look at the exits, as long as the order is in force."""
    if order.state == "in_force":
        work.open_tasks([NewTask(kinds.EXITS, community(order.place_id), order.pk)], now, because)


def community(place: int) -> int:
    """Where the work about a place is done: its community, or the place itself if that is larger."""
    return int(PlaceId(place).at(Level.COMMUNITY))


def note(
    order: Order, event: str, actor: str, now: dt.datetime, text: str = "", values: dict[str, Any] | None = None
) -> None:
    """A line of the timeline."""
    Event.objects.create(
        order=order, place_id=order.place_id, at=now, event=event, actor=actor, note=text, values=values or {}
    )


def note_each(orders: Sequence[int], event: str, actor: str, text: str = "", at: dt.datetime | None = None) -> None:
    """The same line in many timelines, in one statement; without ``at`` at the moment when each order ended."""
    db.execute(
        "INSERT INTO areas_event (order_id, place_id, at, event, actor, note, values)"
        " SELECT id, place_id, coalesce(%s, ended_at), %s, %s, %s, '{}' FROM areas_order WHERE id = ANY(%s)",
        [at, event, actor, text, list(orders)],
    )
