"""Everybody who gets medicine to people at home in the simulated city: a pharmacist who looks at orders, stewards with cards,
buyers on their tours, a desk that plans tours twice a day and settles the purses. They look at what is on record."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from tongxin.access.models import User
from tongxin.kit import clock, db
from tongxin.kit.audit import Because
from tongxin.needs.medicine import operations as medicine
from tongxin.needs.medicine import planning, queries, states
from tongxin.needs.medicine import tasks as steps
from tongxin.needs.medicine.models import MedicineOrder, Purchase, Tour
from tongxin.needs.medicine.rules import PAYERS, Paid
from tongxin.places.place_id import Level, PlaceId
from tongxin.solve.purchase import Effort
from tongxin.tasks import operations as tasks
from tongxin.world import sheets, wishes
from tongxin.world.draws import drawer
from tongxin.world.scenario import Scenario

BUYERS = ("team_medicine", "buyer")
PHARMACIST, TEAM, DESK = Because("user:team_medicine"), Because("user:community"), Because("user:desk")
MINUTE = dt.timedelta(minutes=1)
EFFORT = Effort(seconds=60, iterations=60)
"""The plan is that of so many iterations: the same on every machine."""
TODAY, TOMORROW = dt.time(12, 40), dt.time(20, 0)
"""When a tour is planned: for the afternoon, and for the next day."""
SETTLED, REFUNDED = dt.time(7, 20), dt.time(18, 20)
PACE: dict[str, tuple[float, float, float]] = {
    steps.CONSULT: (10, 60, 0.05), steps.BUY: (30, 110, 0.05), steps.DELIVER: (30, 150, 0.05), steps.SOURCE: (60, 200, 0.1),
    steps.CARD: (15, 60, 0.0), steps.CARD_BACK: (30, 150, 0.0),
}  # fmt: skip
"""Minutes that a step takes, from and to, and the share of what is forgotten for hours."""
Due = tuple[dt.datetime, int, Callable[[dt.datetime], None]]


@dataclass(frozen=True)
class Step:
    """An open step of an order, as ``medicine_work.sql`` gives it."""

    task: int
    kind: str
    opened: dt.datetime
    order: int
    ref: str
    state: str
    urgent: bool
    due: dt.datetime
    tour: int | None

    @property
    def name(self) -> str:
        """The name of what was arranged to be seen, else whatever counts the need."""
        return self.ref.split("-")[1] if "-" in self.ref else self.ref


class Medicine:
    """Whoever sees to it that medicine is bought."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario, self._zone = scenario, clock.city_zone()
        self._district = int(PlaceId.parse(scenario.city.communities[0]).at(Level.DISTRICT))

    def due(self, since: dt.datetime, until: dt.datetime) -> list[Due]:
        """What becomes due up to a moment, each with how to do it."""
        found = [Step(*row) for row in db.rows(db.sql("world/medicine_work"), [])]
        tours = Tour.objects.using(db.alias()).in_bulk([s.tour for s in found if s.tour and s.state == states.PLANNED])
        timed = [(self._when(step, tours), step) for step in found]
        return [*self._daily(since, until), *((at, s.task, self._deed(s)) for at, s in timed if at and at <= until)]

    def _rng(self, step: Step, what: str) -> random.Random:
        return drawer(self.scenario.seed, what, step.kind, step.ref, step.opened.isoformat())

    def _when(self, step: Step, tours: Mapping[int, Tour]) -> dt.datetime | None:
        """When somebody has done a step; None for what waits for a tour."""
        if left := wishes.PACE.get((step.name, step.kind)):
            return step.opened + left * MINUTE
        rng = self._rng(step, "when")
        if step.kind == steps.BUY and step.tour in tours:
            return self._bought_at(tours[step.tour], step.order) + rng.triangular(0, 45, 5) * MINUTE
        if step.kind == steps.BUY and not step.urgent and not self._before_the_next_tour(step):
            return None
        least, most, late = PACE[step.kind]
        if rng.random() < late:
            return step.opened + rng.uniform(4, 9) * most * MINUTE
        return step.opened + rng.triangular(least, most, least + (most - least) / 3) * MINUTE

    def _before_the_next_tour(self, step: Step) -> bool:
        """Whether it came too late for the tour of today and is due today."""
        opened, due = (at.astimezone(self._zone) for at in (step.opened, step.due))
        return opened.time() > TODAY and opened.date() == due.date()

    def _bought_at(self, tour: Tour, order: int) -> dt.datetime:
        seconds = next((s["leaves"] for s in tour.stops if s["kind"] == "buy" and order in s["orders"]), 17 * 3600)
        return dt.datetime.combine(tour.day, dt.time(), self._zone) + dt.timedelta(seconds=seconds)

    # -- steps ------------------------------------------------------------------------------------------

    def _deed(self, step: Step) -> Callable[[dt.datetime], None]:
        return partial(DEEDS[step.kind], step, self._rng(step, "done"))

    # -- twice a day --------------------------------------------------------------------------------------

    def _daily(self, since: dt.datetime, until: dt.datetime) -> Iterator[Due]:
        first, last = (at.astimezone(self._zone).replace(tzinfo=None) for at in (since, until))
        for date in sorted({first.date(), last.date()}):
            next_day = date + dt.timedelta(days=1)
            for at, deed in (
                (SETTLED, partial(_settle, date)), (TODAY, partial(self._plan, date)), (REFUNDED, partial(_refund, date)),
                (TOMORROW, partial(self._plan, next_day)),
            ):  # fmt: skip
                moment = dt.datetime.combine(date, at)
                if first < moment <= last:
                    yield moment.replace(tzinfo=self._zone), -3, deed

    def _plan(self, day: dt.date, now: dt.datetime) -> None:
        """The desk shares what is ready among the buyers, and gives each of them money."""
        buyers = list(User.objects.using(db.alias()).filter(username__in=BUYERS, is_active=True).order_by("pk"))
        made = planning.plan(self._district, day, buyers, now, DESK, EFFORT)
        for tour in made.tours:
            count = sum(len(stop["orders"]) for stop in tour.stops if stop["kind"] == "buy")
            medicine.advance(tour.pk, Decimal(300 + 100 * count), now, DESK)


def _settle(date: dt.date, now: dt.datetime) -> None:
    """The purses of the days before, to the cent; what a buyer laid out is said."""
    for tour in Tour.objects.using(db.alias()).filter(day__lt=date, settled_at=None).order_by("pk"):
        missing = queries.balance(tour, queries.spent(tour), Decimal(0)).missing
        reason = "超出预支部分由采购员垫付，已另行报销" if missing < 0 else ""
        medicine.settle(tour.pk, max(missing, Decimal(0)), reason, now, DESK)


def _refund(date: dt.date, now: dt.datetime) -> None:
    """A box is taken back each day, where somebody bought with money."""
    paid = Purchase.objects.using(db.alias()).filter(day=date, price__gt=20).exclude(payer="insurance").order_by("pk").first()
    if paid and not paid.refund:
        medicine.refund(paid.pk, (paid.price / 2).quantize(Decimal("0.01")), now, DESK)


def _order(step: Step) -> MedicineOrder:
    found = queries.one(step.order)
    assert found is not None
    return found


def _consult(step: Step, rng: random.Random, now: dt.datetime) -> None:
    order, arranged = _order(step), step.name in wishes.MEDICINE
    if step.name == wishes.UNCLEAR or (rng.random() < 0.03 and not arranged):
        tasks.complete(step.task, "see_doctor", {"note": "症状不明，先看医生"}, now, PHARMACIST)
        return
    said = queries.items_of(order)
    drug = sheets.drug_of(said[0]["name"] if said else "", rng)
    card = step.name == wishes.CARD if arranged else rng.random() < 0.35
    shops = queries.shops(int(PlaceId(order.place_id).at(Level.DISTRICT)))
    hospitals = [s.pk for s in shops if s.kind == "hospital"]
    sold_at = rng.choice(hospitals) if hospitals and not arranged and not order.special and rng.random() < 0.2 else None
    medicine.consult(order.pk, [drug], "饭后服，已电话核对", card, sold_at, now, PHARMACIST)


def _card(step: Step, rng: random.Random, now: dt.datetime) -> None:
    medicine.card(step.order, "collected", "楼栋管家", now, TEAM)


def _card_back(step: Step, rng: random.Random, now: dt.datetime) -> None:
    medicine.card(step.order, "returned", "本人", now, TEAM)


def _buy(step: Step, rng: random.Random, now: dt.datetime) -> None:
    order = _order(step)
    buyer = order.tour.buyer if order.tour else User.objects.using(db.alias()).get(username=BUYERS[0])
    because = Because(buyer.actor)
    if order.card == "collected":
        medicine.card(order.pk, "passed_on", buyer.name, now, because)
    price = Decimal(f"{12 + 90 * rng.random():.2f}")
    payer = "insurance" if order.card_needed else rng.choices(PAYERS, (7, 1, 2))[0]
    medicine.buy(order.pk, Paid(price, payer, f"D{step.task:06d}"), _shop(order), buyer, now, because)
    days = 4 if step.name == wishes.CHRONIC else rng.choice((14, 28)) if rng.random() < 0.25 else 0
    if days and order.person_id:
        medicine.prescribe(order.pk, days, now, PHARMACIST)


def _shop(order: MedicineOrder) -> int | None:
    """Where the tour says that it is bought."""
    stops: list[dict[str, Any]] = order.tour.stops if order.tour else []
    return next((s["place"] for s in stops if s["kind"] == "buy" and order.pk in s["orders"]), order.sold_at_id)


def _found(step: Step, rng: random.Random, now: dt.datetime) -> None:
    order = _order(step)
    hospitals = [s.pk for s in queries.shops(int(PlaceId(order.place_id).at(Level.DISTRICT))) if s.kind == "hospital"]
    where = "" if hospitals else "外区医院匀出"
    medicine.found(order.pk, rng.choice(hospitals) if hospitals else None, where, now, PHARMACIST)


def _outcome(name: str) -> Callable[[Step, random.Random, dt.datetime], None]:
    def deed(step: Step, rng: random.Random, now: dt.datetime) -> None:
        tasks.complete(step.task, name, {}, now, TEAM)

    return deed


DEEDS: dict[str, Callable[[Step, random.Random, dt.datetime], None]] = {
    steps.CONSULT: _consult, steps.CARD: _card, steps.CARD_BACK: _card_back, steps.BUY: _buy,
    steps.DELIVER: _outcome("delivered"), steps.SOURCE: _found,
}  # fmt: skip
