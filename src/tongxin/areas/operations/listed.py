"""Take in a published list: what it names anew is an order, what it no longer names is lifted, what it only words anew is
the same area. Such orders are other people's: they end when a list no longer names them. What the city has ordered itself is
linked to the list's entry and stays its own: it is one area, and a list does not end it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from tongxin.areas import rules, states, terms
from tongxin.areas.lists import Entry, RiskList, street_core
from tongxin.areas.models import Event, Listing, Order, Part, Publication
from tongxin.areas.operations import settle
from tongxin.areas.operations.deeds import close
from tongxin.areas.operations.issue import TOPIC
from tongxin.kit import audit, clock, db, events
from tongxin.kit.audit import Because
from tongxin.kit.errors import UserError
from tongxin.places import addresses
from tongxin.places.models import Address
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy.decisions import N_
from tongxin.policy.queries import pack_at

NOT_LISTED = "The list of %(day)s no longer names it."
OWN_ORDER = N_("The city has ordered the same places itself; that order goes on.")
LOCK = 7_401_003
AS_LISTED = {rules.HIGH: rules.HIGH, rules.MEDIUM: rules.MEDIUM, rules.SEALED: rules.HIGH}
"""What kind of a list's entries the city's own kinds of area are."""
Known = tuple[int, int, str, str, str]
"""``(order, street, kind, text, key)`` of an order in force."""


@dataclass
class Taken:
    """What a list did; ``same`` are entries known already, of them ``own`` the city's own orders; ``rejected`` are entries
    with the reason."""

    issued: int = 0
    same: int = 0
    own: int = 0
    reworded: int = 0
    lifted: int = 0
    repeated: int = 0
    rejected: list[tuple[Entry, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Named:
    """An entry at its real street, with the key of its text."""

    entry: Entry
    street: int
    key: str


def take_in(listed: RiskList, district: int, because: Because) -> Taken:
    """Take in one list of a district, in one transaction. Raises UserError for one that is older than what is in."""
    taken = Taken()
    with db.transaction_block():
        db.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if _is_in(listed, district):
            taken.repeated = len(listed.entries)
            return taken
        streets = _streets_by_name(district)
        named = []
        for entry in listed.entries:
            if street := streets.get(entry.street) or streets.get(street_core(entry.street)):
                named.append(Named(entry, street[0], addresses.key(addresses.parse(entry.text, entry.street))))
            else:
                taken.rejected.append((entry, f"there is no street {entry.street} in {PlaceId(district).code}"))
        _record(listed, district, named, taken, because)
    return taken


def district_named(listed: RiskList) -> int:
    """The district that a list names, of its province. Raises UserError when the tree has none or several of that name."""
    found = db.rows(
        "SELECT d.id, p.name FROM places_place d LEFT JOIN places_place p ON p.id = d.id / %s::bigint * %s::bigint"
        " WHERE d.level = %s AND d.name = %s",
        [Level.PROVINCE.width, Level.PROVINCE.width, Level.DISTRICT, listed.city],
    )
    exact = [place for place, province in found if province == listed.province] or [place for place, _ in found]
    if len(exact) != 1:
        many = "no district" if not exact else "several districts"
        raise UserError(f"{listed.path}: there is {many} called {listed.city}; run `tongxin load places` first")
    return int(exact[0])


def _is_in(listed: RiskList, district: int) -> bool:
    digest = _digest(listed)
    found = Publication.objects.using(db.alias()).filter(place_id=district)
    one = found.filter(day=listed.day).first()
    if one is not None and bytes(one.digest) == digest:
        return True
    if one is not None:
        raise UserError(f"{listed.path}: another list of {listed.day} is in already; it is not overwritten")
    later = found.filter(at__gte=listed.at).order_by("at").first()
    if later is not None:
        raise UserError(
            f"{listed.path}: the list of {listed.day} comes after that of {later.day}: lists are taken in by their time; "
            "give all files to one command"
        )
    return False


def _digest(listed: RiskList) -> bytes:
    rows = sorted([e.kind, e.street, e.text] for e in listed.entries)
    return hashlib.sha256(orjson.dumps([listed.at.isoformat(), rows])).digest()


def _streets_by_name(district: int) -> dict[str, tuple[int, str]]:
    """The streets by their names, and by what is left of a name without its kind where that is only one street's."""
    found = _streets(district)
    cores = Counter(street_core(name) for _, name in found)
    by_core = {street_core(name): (place, name) for place, name in found if cores[street_core(name)] == 1}
    return by_core | {name: (place, name) for place, name in found}


def _streets(district: int) -> list[tuple[int, str]]:
    lo, hi = PlaceId(district).range
    return db.rows(
        "SELECT id, name FROM places_place WHERE level = %s AND id >= %s AND id < %s", [Level.STREET, lo, hi]
    )


def _record(listed: RiskList, district: int, named: Sequence[Named], taken: Taken, because: Because) -> None:
    publication = Publication.objects.using(db.alias()).create(
        place_id=district, day=listed.day, at=listed.at, digest=_digest(listed), low=list(listed.low)
    )
    own, matched, fresh, gone = _match_all(named, district)
    made = _issue(fresh, publication, because)
    _note_listed(own, listed.at, because.actor)
    rows = [Listing(publication=publication, order_id=order, place_id=n.street, street=n.entry.street, text=n.entry.text)
            for n, order in [*own.items(), *matched.items(), *zip(fresh, (o.pk for o in made), strict=True)]]  # fmt: skip
    Listing.objects.using(db.alias()).bulk_create(rows, batch_size=2000)
    doubles, _, lifted = match(list(own), gone)
    taken.same, taken.own, taken.issued, taken.lifted = len(matched) + len(own), len(own), len(made), len(lifted)
    taken.reworded = _note_rewordings(matched, listed.at, because.actor)
    if doubles:
        close(list(doubles.values()), states.REPLACED, OWN_ORDER, because.actor, listed.at, because)
    if lifted:
        close([order for order, *_ in lifted], states.LIFTED, NOT_LISTED % {"day": listed.day}, because.actor, listed.at, because)
    audit.record(because, "area.list", "publication", publication.pk, district, count=len(rows))
    events.publish(TOPIC, [district])


def _in_force(district: int) -> list[Known]:
    """Orders that the last lists named."""
    lo, hi = PlaceId(district).range
    return db.rows(
        "SELECT id, place_id / 10000000000 * 10000000000, kind, name, key FROM areas_order"
        " WHERE source = 'list' AND state = 'in_force' AND place_id >= %s AND place_id < %s ORDER BY id",
        [lo, hi],
    )


def _own_in_force(district: int) -> list[Known]:
    """The city's own orders in one street each, of the kinds that lists have."""
    lo, hi = PlaceId(district).range
    found = db.rows(
        "SELECT o.id, s.id, o.kind, o.name, s.name FROM areas_order o"
        "  JOIN places_place s ON s.id = o.place_id / 10000000000 * 10000000000 AND s.level = %s"
        " WHERE o.source = 'own' AND o.state = 'in_force' AND o.kind = ANY(%s) AND o.place_id >= %s AND o.place_id < %s"
        " ORDER BY o.id",
        [Level.STREET, list(AS_LISTED), lo, hi],
    )
    return [
        (order, street, AS_LISTED[kind], name, addresses.key(addresses.parse(name, of))) for order, street, kind, name, of in found
    ]


def _match_all(
    named: Sequence[Named], district: int
) -> tuple[dict[Named, int], dict[Named, int], list[Named], list[Known]]:
    """The entries that are the city's own orders, those that are orders of earlier lists, the new ones; and the orders of
    earlier lists that no entry was needed for. The city's own come first where the words are the same, last where they are
    only alike."""
    own_orders, of_lists = _own_in_force(district), _in_force(district)
    own, rest, left = match(named, own_orders, alike=False)
    matched, fresh, gone = match(rest, of_lists)
    more, fresh, _ = match(fresh, left)
    return own | more, matched, fresh, gone


def match(
    named: Sequence[Named], known: Sequence[Known], alike: bool = True
) -> tuple[dict[Named, int], list[Named], list[Known]]:
    """Which entries are which known orders: by the same words, then by the same key, then (``alike``) by a wording that
    ``addresses.same`` takes for the same place; each order once. Answers the matched, the new entries and the orders that
    are no longer named."""
    matched: dict[Named, int] = {}
    left = {order: (street, kind, text, key) for order, street, kind, text, key in known}
    for how in (_by_text, _by_key):
        index: dict[tuple[int, str, str], list[int]] = defaultdict(list)
        for order, row in left.items():
            index[how(*row)].append(order)
        for one in named:
            if one not in matched and (found := index.get(how(one.street, one.entry.kind, one.entry.text, one.key))):
                matched[one] = found.pop(0)
                del left[matched[one]]
    if alike:
        _match_alike([n for n in named if n not in matched], left, matched)
    return matched, [n for n in named if n not in matched], [(order, *row) for order, row in left.items()]


def _by_text(street: int, kind: str, text: str, key: str) -> tuple[int, str, str]:
    return street, kind, text


def _by_key(street: int, kind: str, text: str, key: str) -> tuple[int, str, str]:
    return street, kind, key or f"text:{text}"


def _match_alike(named: Sequence[Named], left: dict[int, tuple[int, str, str, str]], matched: dict[Named, int]) -> None:
    """What came and what went in one street and means the same places: a slip of the pen, a name left out."""
    here: dict[tuple[int, str], dict[int, str]] = defaultdict(dict)
    for order, (street, kind, text, _) in left.items():
        here[street, kind][order] = text
    for one in named:
        gone = here[one.street, one.entry.kind]
        for order, text in gone.items():
            if addresses.same(text, one.entry.text, one.entry.street):
                matched[one] = order
                del gone[order], left[order]
                break


def _issue(fresh: Sequence[Named], publication: Publication, because: Because) -> list[Order]:
    zone, packs = clock.city_zone(), {n.street: pack_at(n.street, publication.at) for n in fresh}
    orders = []
    for one in fresh:
        says = terms.terms_of(packs[one.street], one.entry.kind)
        times = rules.clock(says, publication.at, None, zone)
        orders.append(
            Order(
                place_id=one.street, kind=one.entry.kind, size="building", name=one.entry.text, key=one.key, source="list",
                basis=says.rule, cause_kind="list", cause_id=publication.pk, issued_by=because.actor,
                reason_zh=f"{publication.day:%Y年%m月%d日}公布的风险区名单", issued_at=publication.at,
                reason_en=f"On the list of risk areas published on {publication.day}", starts_at=publication.at,
                last_day=times.last_day, due_at=times.due_at, ends_at=times.ends_at, decision=times.decision.as_json(),
            )
        )  # fmt: skip
    made = Order.objects.using(db.alias()).bulk_create(orders, batch_size=2000)
    known = _addresses(fresh)
    standing = [(order, known[one.street, _address_key(one)]) for order, one in zip(made, fresh, strict=True)]
    open_ones = [_part(order, address) for order, address in standing if not address.settled]
    Part.objects.using(db.alias()).bulk_create(open_ones, batch_size=2000)
    settle.stand([(order, address) for order, address in standing if address.settled], because)
    Event.objects.using(db.alias()).bulk_create(
        [Event(order=o, place_id=o.place_id, at=publication.at, event="listed", actor=because.actor, note=o.name) for o in made],
        batch_size=2000,
    )  # fmt: skip
    return made


def _part(order: Order, address: Address) -> Part:
    return Part(
        order=order, place_id=address.place_id, place_end=PlaceId(address.place_id).range[1], address_id=address.pk
    )


def _address_key(one: Named) -> str:
    return one.key or f"text:{one.entry.text}"


def _addresses(fresh: Sequence[Named]) -> dict[tuple[int, str], Address]:
    """The unsettled addresses of new entries, made where they are new."""
    wanted = {(n.street, _address_key(n)): n for n in fresh}
    rows = [
        Address(place_id=street, key=key, text=n.entry.text, parsed=addresses.parse(n.entry.text, n.entry.street).as_json())
        for (street, key), n in wanted.items()
    ]
    Address.objects.using(db.alias()).bulk_create(rows, batch_size=2000, ignore_conflicts=True)
    found = Address.objects.using(db.alias()).filter(place_id__in={s for s, _ in wanted}, key__in={k for _, k in wanted})
    return {(a.place_id, a.key): a for a in found}


def _note_rewordings(matched: dict[Named, int], at: dt.datetime, actor: str) -> int:
    """An area keeps the words under which it is listed now; the change is a line of its timeline, not a lift."""
    names = dict(Order.objects.using(db.alias()).filter(pk__in=list(matched.values())).values_list("pk", "name"))
    changed = [(order, n) for n, order in matched.items() if names[order] != n.entry.text]
    db.execute(
        "UPDATE areas_order o SET name = i.name, key = i.key FROM unnest(%s::bigint[], %s::text[], %s::text[])"
        " AS i (id, name, key) WHERE o.id = i.id",
        [[o for o, _ in changed], [n.entry.text for _, n in changed], [n.key for _, n in changed]],
    )
    Event.objects.using(db.alias()).bulk_create(
        [
            Event(order_id=o, place_id=n.street, at=at, event="reworded", actor=actor, note=n.entry.text,
                  values={"before": names[o]})
            for o, n in changed
        ],
        batch_size=2000,
    )  # fmt: skip
    return len(changed)


def _note_listed(own: dict[Named, int], at: dt.datetime, actor: str) -> None:
    """The first list that names an order of the city's own is a line of its timeline."""
    known = set(Listing.objects.using(db.alias()).filter(order_id__in=list(own.values())).values_list("order_id", flat=True))
    Event.objects.using(db.alias()).bulk_create(
        Event(order_id=order, place_id=n.street, at=at, event="listed", actor=actor, note=n.entry.text)
        for n, order in own.items() if order not in known
    )  # fmt: skip


def link(order: Order, now: dt.datetime, because: Because) -> None:
    """An order that was just signed for places that a list names by the same words takes the place of the list's: one area,
    neither new nor lifted, and from now on the city's own."""
    here = PlaceId(order.place_id)
    if order.kind not in AS_LISTED or here.level < Level.STREET:
        return
    street = int(here.at(Level.STREET))
    ((name,),) = db.rows("SELECT name FROM places_place WHERE id = %s", [street])
    words = Named(Entry(AS_LISTED[order.kind], name, order.name), street, addresses.key(addresses.parse(order.name, name)))
    matched, _, _ = match([words], [k for k in _in_force(int(here.at(Level.DISTRICT))) if k[1] == street], alike=False)
    for before in matched.values():
        close([before], states.REPLACED, OWN_ORDER, because.actor, now, because)
        Order.objects.using(db.alias()).filter(pk=order.pk).update(parent_id=before)
