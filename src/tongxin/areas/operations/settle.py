"""An unsettled address is settled: what stood on it stands on real places from now on, and limits who lives there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from tongxin.access import rules as access
from tongxin.access.models import User
from tongxin.areas import kinds, rules
from tongxin.areas.meaning import Asked, Meaning, meanings
from tongxin.areas.models import Event, Order, Part
from tongxin.areas.operations import issue, judge
from tongxin.areas.operations.issue import TOPIC, Piece
from tongxin.kit import audit, db, events
from tongxin.kit.audit import Because
from tongxin.places.models import Address
from tongxin.places.place_id import PlaceId
from tongxin.places.queries import existing, names
from tongxin.policy.decisions import N_, Refused
from tongxin.restrictions import operations as restrictions
from tongxin.restrictions.rules import WITHDRAWN
from tongxin.tasks import operations as work
from tongxin.tasks.rules import smallest_place

SETTLED, TAKEN_BACK = "settled", "address_taken_back"
Choice = tuple[int, Sequence[int]]


@dataclass(frozen=True)
class Settled:
    """What settling did, or would do: addresses settled, orders that stand on real places now, people newly limited;
    ``already``: addresses that somebody else had settled."""

    addresses: int
    orders: int
    persons: int
    already: int = 0


def settle(choices: Sequence[Choice], user: User, now: dt.datetime, because: Because, wider: bool = False) -> Settled:
    """Settle addresses, ``(address, its places)`` each, in one operation: parts of orders are re-keyed, people limited.

    Raises Refused for a place outside the address's own or the user's, one that does not exist, and without ``wider`` for
    places that are more than the text says (``meaning.Meaning``). Of two who settle the same address the first is right.
    """
    wanted = {key: _outermost(places) for key, places in choices}
    _check(wanted, user)
    # An order may reach beyond what this user sees; its part on the address is the user's all the same.
    with db.acting_as_jobs(), db.transaction_block():
        return _settle(wanted, user.actor, now, because, wider)


def _settle(wanted: Mapping[int, Sequence[int]], actor: str, now: dt.datetime, because: Because, wider: bool) -> Settled:
    addresses = list(Address.objects.select_for_update().filter(pk__in=wanted, settled_at=None).order_by("pk"))
    meant = dict(zip(addresses, meanings([Asked(a.parsed, wanted[a.pk]) for a in addresses]), strict=True))
    if not wider:
        _check_not_wider(meant)
    for address in addresses:
        address.settled, address.settled_at, address.settled_by = wanted[address.pk], now, actor
    Address.objects.bulk_update(addresses, ["settled", "settled_at", "settled_by"])
    orders, persons = _move(meant, now, because)
    if addresses:
        key, place = (addresses[0].pk if len(addresses) == 1 else ""), smallest_place([a.place_id for a in addresses])
        audit.record(because, "address.settled", "address", key, place, count=len(addresses))
    return Settled(len(addresses), orders, persons, len(wanted) - len(addresses))


class _Undone(Exception):
    pass


def preview(choices: Sequence[Choice], user: User, now: dt.datetime, because: Because) -> tuple[Settled, list[Meaning]]:
    """What ``settle`` would do, counted by doing it and undoing it; and what each address would mean."""
    wanted, done = {key: _outermost(places) for key, places in choices}, Settled(0, 0, 0)
    _check(wanted, user)
    said = dict(Address.objects.using(db.alias()).filter(pk__in=wanted).values_list("pk", "parsed"))
    try:
        with db.acting_as_jobs(), db.transaction_block():
            done = _settle(wanted, user.actor, now, because, wider=True)
            raise _Undone
    except _Undone:
        pass
    return done, meanings([Asked(said[key], places) for key, places in wanted.items()])


def _outermost(places: Sequence[int]) -> list[int]:
    """The places in order, without those that lie in another one of them."""
    known = sorted({int(p) for p in places})
    return [p for p in known if not any(q != p and PlaceId(q).contains(p) for q in known)]


def _check(wanted: Mapping[int, Sequence[int]], user: User) -> None:
    """The user sees the addresses, and each place lies in its address's own and in the user's."""
    rows = {a.pk: a for a in Address.objects.using(db.alias()).filter(pk__in=wanted)}
    known, mine = existing([p for places in wanted.values() for p in places]), user.ranges()
    for key, places in wanted.items():
        address = rows.get(key)
        if address is None:
            raise Refused(N_("There is no such address, or not where you are responsible."))
        if not places:
            raise Refused(N_("“%(text)s”: choose at least one place."), text=address.text)
        around = PlaceId(address.place_id)
        if not all(p in known and p != around and around.contains(p) and access.holds(mine, PlaceId(p).range) for p in places):
            street = names([address.place_id]).get(address.place_id, "")
            raise Refused(N_("“%(text)s” can only mean a place in %(street)s."), text=address.text, street=street)


def _check_not_wider(meant: Mapping[Address, Meaning]) -> None:
    for address, one in meant.items():
        if one.wider:
            raise Refused(
                N_("“%(text)s” says less than the place that you chose: say on its own page that all of it is meant."),
                text=address.text,
            )


def _move(meant: Mapping[Address, Meaning], now: dt.datetime, because: Because) -> tuple[int, int]:
    """Let the parts that stand on the addresses stand on their places: how many orders, and how many people are new."""
    old = list(Part.objects.filter(address_id__in=[a.pk for a in meant]).order_by("pk"))
    orders = {o.pk: o for o in Order.objects.select_for_update().filter(pk__in={p.order_id for p in old}).order_by("pk")}
    Part.objects.filter(pk__in=[p.pk for p in old]).delete()
    by_key = {address.pk: address for address in meant}
    for part in old:
        address, order = by_key[part.address_id], orders[part.order_id]
        made = put(order, meant[address].pieces)
        values = {"address": address.pk, "parts": made, "places": address.settled}
        issue.note(order, SETTLED, because.actor, now, address.text, values)
    persons = 0
    for order in orders.values():
        _stand(order)
        persons += issue.limit(order, because) if order.state == "in_force" else 0
    _follow(orders, now, because)
    return len(orders), persons


def stand(made: Sequence[tuple[Order, Address]], because: Because) -> None:
    """New orders on addresses that are settled stand on their places at once."""
    meant = meanings([Asked(address.parsed, address.settled) for _, address in made])
    for (order, _), one in zip(made, meant, strict=True):
        put(order, one.pieces)
        _stand(order)
        issue.limit(order, because)


def put(order: Order, pieces: Sequence[Piece]) -> list[int]:
    """Add parts to an order; the keys of those that are new."""
    kept = {_place(p) for p in Part.objects.using(db.alias()).filter(order=order)}
    new = [part for part in (issue.part(order, piece) for piece in pieces) if _place(part) not in kept]
    return [part.pk for part in Part.objects.using(db.alias()).bulk_create(new)]


def _place(part: Part) -> tuple[object, ...]:
    return part.place_id, part.floor, part.home_id, part.facility_id, part.address_id


def _stand(order: Order) -> None:
    """The order stands at the smallest place that holds its parts now, and is as large as the largest of them."""
    parts = [p for p in order.parts.using(db.alias()).all() if not p.excluded]
    order.place_id = smallest_place([p.place_id for p in parts])
    sizes = [Piece(p.place_id, p.floor, p.home_id, p.facility_id, p.address_id).size for p in parts]
    order.size = max(sizes, key=rules.SIZES.index)
    order.save(update_fields=["place_id", "size"])


def _follow(orders: Mapping[int, Order], now: dt.datetime, because: Because) -> None:
    """Clock, work and boards of orders whose places have changed."""
    judge.re_anchor(now, list(orders))
    judge.judge(now, [o.pk for o in orders.values() if o.source == "own" and o.state == "in_force"])
    work.move_for("area", [(o.pk, issue.community(o.place_id)) for o in orders.values()], now, because)
    if orders:
        events.publish(TOPIC, {o.place_id for o in orders.values()})


def take_back(address_id: int, reason: str, user: User, now: dt.datetime, because: Because) -> Settled:
    """It was settled to the wrong places: the orders stand on the address again, and whoever they limited only by that is
    free. Orders that ended or were split meanwhile stay as they are."""
    if not reason.strip():
        raise Refused(N_("Say in a few words why it is wrong."))
    if not Address.objects.using(db.alias()).filter(pk=address_id).exists():
        raise Refused(N_("There is no such address, or not where you are responsible."))
    with db.acting_as_jobs(), db.transaction_block():
        address = Address.objects.select_for_update().get(pk=address_id)
        if address.settled_at is None:
            raise Refused(N_("“%(text)s” is not settled."), text=address.text)
        persons = 0
        orders = _standing_on(address)
        for order, made in orders.values():
            Part.objects.filter(order=order, pk__in=made).delete()
            put(order, [Piece(address.place_id, address_id=address.pk)])
            _stand(order)
            persons += _set_free(order, reason, now, because)
            issue.note(order, TAKEN_BACK, because.actor, now, reason, {"address": address.pk})
        address.settled, address.settled_at, address.settled_by = [], None, ""
        address.save()
        _follow({key: order for key, (order, _) in orders.items()}, now, because)
        audit.record(because, "address.taken_back", "address", address.pk, address.place_id)
    return Settled(1, len(orders), persons)


def _standing_on(address: Address) -> dict[int, tuple[Order, Collection[int]]]:
    """The orders in force that were put on the places of an address, with the parts that they got by it."""
    noted = Event.objects.filter(event=SETTLED, values__address=address.pk, at__gte=address.settled_at)
    made = {e.order_id: e.values["parts"] for e in noted}
    found = Order.objects.select_for_update().filter(pk__in=made, state="in_force").order_by("pk")
    return {o.pk: (o, made[o.pk]) for o in found}


def _set_free(order: Order, reason: str, now: dt.datetime, because: Because) -> int:
    roll = f"SELECT subject_id FROM ({db.sql('areas/people')}) AS roll"  # noqa: S608 - a statement of ours
    count = restrictions.end_caused_by(("order", [order.pk]), reason, now, because, WITHDRAWN, roll, {"order": order.pk})
    order.persons = max(0, order.persons - count)
    order.save(update_fields=["persons"])
    work.cancel_for([kinds.LIFT], "area", [order.pk], reason, now, because)
    return count
