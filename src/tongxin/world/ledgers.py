"""Everybody who works with the ledger in the simulated city: stewards who ask after people and knock at doors, a street that
plans rounds and sends notices, neighbours who offer something and stewards who take it. They look at what is on record."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator
from functools import partial

from tongxin.access.models import User
from tongxin.kit import clock, db
from tongxin.kit.audit import Because
from tongxin.ledgers import kinds, rules, states
from tongxin.ledgers.models import Knock, Offer, Post, Round
from tongxin.ledgers.operations import contacts, offers, rounds
from tongxin.ledgers.operations.contacts import Told
from tongxin.messages import operations as messages
from tongxin.messages import templates
from tongxin.messages.models import Group
from tongxin.messages.operations import NewMessage
from tongxin.people.models import Person
from tongxin.places import queries as tree
from tongxin.places.place_id import Level, PlaceId
from tongxin.tasks import operations as tasks
from tongxin.world import sheets, wishes
from tongxin.world.draws import drawer
from tongxin.world.scenario import STOP, Scenario
from tongxin.world.stewards import STEWARD

STREET, OFFICE = Because("user:street"), Because("user:community")
KINDS = (*kinds.ABOUT_PERSON, kinds.OWNER)
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
MORNING, EVENING = dt.time(7, 30), dt.time(21, 15)
"""Nobody is called or knocked up outside these hours."""
ROUNDS = (dt.time(17, 30), dt.time(20, 15))
"""When a round is planned: for this evening, in the steward's compound on the evening of the demo, and for the next morning."""
LATE, A_DOOR = dt.time(20, 0), 4 * MINUTE
NOTICE = dt.time(18, 30)
Due = tuple[dt.datetime, int, Callable[[dt.datetime], None]]


class Ledgers:
    """Whoever asks after people at home."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario, self._zone = scenario, clock.city_zone()
        self._offers: dict[dt.date, list[sheets.Offered]] = {}
        self._inside: list[int] | None = None

    def due(self, since: dt.datetime, until: dt.datetime) -> list[Due]:
        """What becomes due up to a moment, each with how to do it."""
        found = [*self._work(), *self._doors(), *self._daily(since, until), *self._taken()]
        return [one for one in found if one[0] <= until]

    def _local(self, at: dt.datetime) -> dt.datetime:
        return at.astimezone(self._zone).replace(tzinfo=None)

    def _calm(self, at: dt.datetime) -> dt.datetime:
        """The moment, or some time of the next morning where it lies in the night."""
        local = self._local(at)
        if MORNING <= local.time() < EVENING:
            return at
        day = local.date() + dt.timedelta(days=local.time() >= EVENING)
        later = dt.timedelta(seconds=(local.hour * 3600 + local.minute * 60 + local.second) / 12)
        return dt.datetime.combine(day, MORNING, self._zone) + later

    # -- asking after people ----------------------------------------------------------------------------

    def _work(self) -> Iterator[Due]:
        left = _steward_at()
        for task, kind, subject, no, opened, due, who in db.rows(db.sql("world/ledger_work"), {"kinds": list(KINDS)}):
            rng = drawer(self.scenario.seed, "ledger", kind, no, opened.isoformat())
            late = rng.random() < 0.04
            at = due + rng.uniform(0.5, 5) * HOUR if late else opened + (due - opened) * rng.uniform(0.1, 0.95)
            if kind != kinds.OWNER:
                yield self._calm(at), task, partial(_ask, kind, task, subject, who, rng)
            elif not PlaceId(subject).contains(left):  # that of the steward's community is left to the users of a demo
                yield at, task, partial(_team_answers, task)

    # -- doors --------------------------------------------------------------------------------------------

    def _doors(self) -> Iterator[Due]:
        for knock, position, planned, who in db.rows(db.sql("world/ledger_doors"), {"planner": STREET.actor}):
            yield self._calm(self._begins(planned) + position * A_DOOR), knock, partial(self._knock, knock, who)

    def _begins(self, planned: dt.datetime) -> dt.datetime:
        """At once, or the next morning where it was planned late."""
        local = self._local(planned)
        if local.time() < LATE:
            return planned
        return dt.datetime.combine(local.date() + dt.timedelta(days=1), dt.time(8, 40), self._zone)

    def _knock(self, knock: int, who: str, now: dt.datetime) -> None:
        door = Knock.objects.using(db.alias()).select_related("home", "round").get(pk=knock)
        rng = drawer(self.scenario.seed, "knock", door.round.name, door.place_id, door.home.number)
        result = rng.choices((rounds.SEEN, rounds.NOBODY, rounds.NEEDS, rounds.REFUSED), (85, 10, 3, 2))[0]
        note = rng.choice(wishes.NEEDS["elderly_alone"]) if result == rounds.NEEDS else ""
        rounds.knock(knock, result, note, now, Because(f"user:{who}"))
        if not Knock.objects.using(db.alias()).filter(round=door.round, result="").exists():
            rounds.close(door.round_id, now, STREET)

    # -- what happens every day ---------------------------------------------------------------------------

    def _daily(self, since: dt.datetime, until: dt.datetime) -> Iterator[Due]:
        first, last = self._local(since), self._local(until)
        for date in sorted({first.date(), last.date()}):
            deeds = [(dt.datetime.combine(date, at), partial(_plan, date, nth)) for nth, at in enumerate(ROUNDS)]
            deeds.append((dt.datetime.combine(date, NOTICE), partial(_notify, date)))
            deeds += [(one.at, partial(self._offer, one)) for one in self._offered(date, first)]
            yield from ((at.replace(tzinfo=self._zone), -2, deed) for at, deed in deeds if first < at <= last)

    def _offered(self, date: dt.date, now: dt.datetime) -> list[sheets.Offered]:
        if date not in self._offers:
            self._offers = {day: told for day, told in self._offers.items() if day >= now.date()}
            self._offers[date] = sheets.offers(self.scenario.city, date, self.scenario.seed, self._neighbours())
        return self._offers[date]

    def _neighbours(self) -> list[int]:
        """Those who live in the steward's compound."""
        if self._inside is None:
            lo, hi = PlaceId(_steward_at()).at(Level.COMPOUND).range
            found = Person.objects.using(db.alias()).filter(place_id__gte=lo, place_id__lt=hi).order_by("person_no")
            by_no = self.scenario.city.by_no
            self._inside = [by_no[no] for no in found.values_list("person_no", flat=True) if no in by_no]
        return self._inside

    def _offer(self, one: sheets.Offered, now: dt.datetime) -> None:
        who = self.scenario.city.people[one.who]
        place = Person.objects.using(db.alias()).values_list("place_id", flat=True).get(person_no=who.no)
        offers.make(offers.NewOffer(int(PlaceId(place).at(Level.BUILDING)), one.kind, one.text, who.name, who.phone), now, STREET)

    def _taken(self) -> Iterator[Due]:
        """Some offers are taken by the steward, and used some hours later."""
        rows = Offer.objects.using(db.alias()).filter(state__in=(states.OPEN, states.CLAIMED)).order_by("pk")
        for key, state, kind, at in rows.values_list("pk", "state", "kind", "offered_at"):
            rng = drawer(self.scenario.seed, "offer", kind, at.isoformat())
            taken, used = at + rng.uniform(40, 200) * MINUTE, rng.uniform(300, 1200) * MINUTE
            if rng.random() < 0.6 and state == states.OPEN:
                yield self._calm(taken), key, partial(_take, key)
            elif state == states.CLAIMED:
                yield self._calm(taken + used), key, partial(_use, key)


def _ask(kind: str, task: int, person: int, who: str, rng: random.Random, now: dt.datetime) -> None:
    """Mostly somebody is heard and well; who is looked for is found."""
    because, draw = Because(f"user:{who}"), rng.random()
    if kind == kinds.CHECK:
        tasks.complete(task, rng.choice((rules.SEEN, "elsewhere", "hospital")), {"note": "邻居说的，已核实"}, now, because)
    elif kind == kinds.VISIT:
        contacts.record(person, Told(rules.DOOR, rules.NOT_REACHED if draw < 0.15 else rules.SEEN), now, because)
    else:
        contacts.record(person, _told(draw, rng), now, because)


def _told(draw: float, rng: random.Random) -> Told:
    if draw < 0.06:
        return Told(rules.PHONE, rules.NOT_REACHED)
    how = rng.choice((rules.PHONE, rules.PHONE, rules.DOOR, rules.VIDEO))
    if draw < 0.085:
        return Told(how, rules.NEEDS_HELP, rng.choice(wishes.NEEDS["elderly_alone"]))
    return Told(how, rules.REFUSED if draw < 0.1 else rules.SEEN, rng.choice(sheets.NOTES))


def _team_answers(task: int, now: dt.datetime) -> None:
    tasks.complete(task, "team", {}, now, OFFICE)


def _steward() -> User:
    return User.objects.using(db.alias()).get(username=STEWARD)


def _steward_at() -> int:
    """A building of the steward of the demo; 0 where there is none."""
    post = Post.objects.using(db.alias()).filter(user__username=STEWARD, duty=Post.Duty.STEWARD, until=None).order_by("pk").first()
    return post.place_id if post else 0


def _plan(date: dt.date, nth: int, now: dt.datetime) -> None:
    """A round of those on the ledger in one compound: another one every day, the steward's on the evening of the demo."""
    posts = Post.objects.using(db.alias()).filter(duty=Post.Duty.STEWARD, until=None)
    compounds = sorted({int(PlaceId(p).at(Level.COMPOUND)) for p in posts.values_list("place_id", flat=True)})
    if not compounds:
        return
    own = compounds.index(int(PlaceId(_steward_at()).at(Level.COMPOUND)))
    chosen = compounds[(own + 2 * (date - STOP.date()).days + nth) % len(compounds)]
    name = f"{date:%m-%d} 敲门行动 {tree.names([chosen])[chosen]}"
    if not Round.objects.using(db.alias()).filter(name=name).exists():
        rounds.plan(name, [PlaceId(chosen)], True, now, STREET)


def _take(offer: int, now: dt.datetime) -> None:
    offers.claim(offer, _steward(), now)


def _use(offer: int, now: dt.datetime) -> None:
    offers.close(offer, states.COMPLETE, _steward(), now)


def _notify(date: dt.date, now: dt.datetime) -> None:
    """The community tells the groups of the buildings something, once a day."""
    found = Group.objects.using(db.alias()).filter(active=True).order_by("pk")[:50]
    messages.queue(
        [NewMessage(f"notice:demo:{date}:{group.pk}", templates.NOTICE_GROUP.key, group.place_id, group_id=group.pk,
                    params={"text": sheets.NOTICE}) for group in found], now, OFFICE,
    )  # fmt: skip
