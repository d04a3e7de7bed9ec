"""Make a demo: what there is already, a clean slate, the users, the days up to the evening at which one looks at it."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

from django.conf import settings

from tongxin.access import operations as access
from tongxin.access.models import Token, User
from tongxin.chase.models import Chase
from tongxin.kit import audit, clock, clocks, db
from tongxin.kit.audit import Because
from tongxin.kit.errors import UserError
from tongxin.kit.models import AuditEntry
from tongxin.people.models import Person
from tongxin.places.place_id import Level, PlaceId
from tongxin.policy import operations as policy
from tongxin.screening.models import Tube
from tongxin.world import closed, files, intake, rows, stewards
from tongxin.world.actors import Actors
from tongxin.world.rows import Queue, Row
from tongxin.world.scenario import FIRST, STOP, Scenario

PASSWORD = "tongxin-demo-2022"  # noqa: S105 - printed, and only for simulated people
BECAUSE = Because("cli", "demo")
BEGUN, READY = "demo.begun", "demo.ready"
PLACES = resources.files("tongxin.world") / "data" / "nanan.csv"
PEOPLE_A_COMMUNITY = 1_500
PACK = "cn-2022-11-twenty"
MINUTE = dt.timedelta(minutes=1)
MORNING = dt.datetime.combine(FIRST, dt.time(6, 30))
DELIVERIES = tuple(
    dt.datetime.combine(FIRST + dt.timedelta(days=nth), dt.time(hour))
    for nth, hour in ((0, 13), (0, 21), (1, 10), (1, 13), (1, 16), (1, 18), (1, 19))
)  # fmt: skip
"""When stations, couriers and laboratories deliver their files; the last delivery is when the demo begins."""
SHEET, LISTS = DELIVERIES[1], DELIVERIES[2]
TURN = 5 * MINUTE
CLOCKS_EVERY = 30 * MINUTE
KEPT = ("django_migrations", "django_content_type", "access_role", "access_rolecapability")

Tell = Callable[[str, float], None]
"""Told what is being done, and how much of the whole is done (0 to 1)."""


@dataclass(frozen=True)
class Settings:
    """What a demo was made from."""

    place: str
    people: int
    seed: int


ROLES = (
    "operations", "tracer", "community", stewards.STEWARD, "sampling", "lab", "hospital", "desk", "team_medicine", "auditor",
    "administrator",
)  # fmt: skip
NAMES = {
    "operations": "何指挥", "tracer": "罗流调", "community": "唐社区", "sampling": "邓采样", "lab": "程检验",
    "desk": "柳接线", "team_medicine": "钱送药", "hospital": "苏医生", "auditor": "汪审计", "administrator": "姚管理",
}  # fmt: skip


def known() -> Settings | None:
    """What the demo in this database was made from; None where there is none. Raises UserError when the database holds
    something else: a demo never mixes with a city's records."""
    begun = AuditEntry.objects.filter(action=BEGUN).order_by("-pk").first()
    if begun:
        return Settings(**begun.details)
    if _is_empty():
        return None
    raise UserError(
        "this database holds records that are not a demo's; a demo needs a database of its own: set TONGXIN_HOME to "
        "another directory, or DATABASE_URL to an empty database"
    )


def is_ready() -> bool:
    """Whether the demo was made to its end."""
    latest = AuditEntry.objects.filter(action__in=(BEGUN, READY)).order_by("-pk").first()
    return latest is not None and latest.action == READY


def _is_empty() -> bool:
    return not any(model.objects.exists() for model in (Person, Tube, User, Chase))


def wipe() -> None:
    """Empty every table of a demo's database. The caller has asked ``known`` whether it is one."""
    with db.acting_as(db.OWNER), db.transaction_block():
        found = db.rows(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'"
            " AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname NOT LIKE 'procrastinate%%'"
            " AND c.relname <> ALL(%s)",
            [list(KEPT)],
        )
        db.execute(f"TRUNCATE {', '.join(name for (name,) in found)} RESTART IDENTITY")
    clock.forget()


def communities(place: str, people: int) -> list[str]:
    """The communities of a demo: as many of the place's as so many people fill. Raises UserError for another place."""
    with PLACES.open(encoding="utf-8") as file:
        every = [r["code"] for r in csv.DictReader(file) if r["level"] == "community"]
    inside = [code for code in every if code.startswith(place)]
    if not inside:
        raise UserError(f"the demo has the places of Nan'an (500108) only; {place} is not one of them")
    return inside[: max(min(3, len(inside)), round(people / PEOPLE_A_COMMUNITY))]


def scenario(made_from: Settings) -> Scenario:
    return Scenario(communities(made_from.place, made_from.people), made_from.people, made_from.seed)


def begin(made_from: Settings) -> None:
    """Leave the mark that this is a demo, before anything else is written."""
    _set(MORNING)
    audit.record(Because("cli", "demo", details=asdict(made_from)), BEGUN, "demo")


def make(world: Scenario, tell: Tell) -> None:
    """From an empty database to the evening of the outbreak day."""
    folder = settings.HOME / "demo"
    tell("register", 0.0)
    with resources.as_file(PLACES) as places:
        intake.load("places", places)
    intake.load("facilities", files.write_facilities(folder, world.city))
    intake.load("people", files.write_register(folder, world.city))
    intake.load("coordinates", files.write_map(folder, world.city))
    intake.load("rounds", files.write_rounds(folder, [world.day(0), world.day(1)]))
    add_users(world)
    _adopt(world)
    stewards.appoint(world, PlaceId.parse(busiest(world)), PASSWORD, clock.now())
    closed.earlier(STOP.replace(tzinfo=clock.city_zone()))
    queue = Queue()
    queue.add(row for nth in (0, 1) for row in rows.of_day(world.day(nth)))
    actors = Actors(world, intake.InProcess(), queue, sets_clock=True)
    whole = STOP - MORNING
    at = MORNING
    for until in (*DELIVERIES, STOP):
        while at < until:
            following = min(at + TURN, until)
            _work(actors, at, following)
            at = following
            tell("outbreak", (at - MORNING) / whole)
        _deliver(folder / f"{until:%Y-%m-%dT%H%M}", queue.take(until, urgent=False), until == DELIVERIES[0])
        _hand_in(folder, world, until)
    closed.evening(clock.now())
    clocks.sweep(clock.now())
    audit.record(BECAUSE, READY, "demo")


def _adopt(world: Scenario) -> None:
    """The rules of the time hold in the city."""
    user = User.objects.using(db.alias()).get(username="operations")
    policy.adopt(district(world), PACK, clock.now(), user, "国务院联防联控机制二十条", clock.now())


def _work(actors: Actors, since: dt.datetime, until: dt.datetime) -> None:
    zone = clock.city_zone()
    actors.work(since.replace(tzinfo=zone), until.replace(tzinfo=zone), calm=False)
    if (until - MORNING) % CLOCKS_EVERY < TURN:
        clocks.sweep(clock.now())


def _deliver(folder: Path, due: Sequence[Row], bad: bool) -> None:
    made = files.write_day(folder, due, bad)
    for kind in intake.ORDER:
        if kind in made:
            intake.load(kind, made[kind])


def _hand_in(folder: Path, world: Scenario, at: dt.datetime) -> None:
    """The street hands in its sheet on the eve, the hospitals theirs the next morning."""
    if at == SHEET:
        intake.load("ledger", files.write_ledger(folder, world.city, at))
    elif at == LISTS:
        for path in files.write_hospitals(folder, world.city):
            intake.load("ledger-hospital", path)


def _set(at: dt.datetime) -> None:
    clock.set_time(at, speed=0)


def district_of(made_from: Settings) -> int:
    """The district in which a demo plays."""
    return int(PlaceId.parse(communities(made_from.place, made_from.people)[0]).at(Level.DISTRICT))


def district(world: Scenario) -> int:
    return int(PlaceId.parse(world.city.communities[0]).at(Level.DISTRICT))


def add_users(world: Scenario) -> None:
    """One user a role, a second buyer, and who signs areas; the community worker answers for the community in which the demo has
    most to show."""
    for role in ROLES:
        if role == stewards.STEWARD:  # made with the posts
            continue
        place = int(PlaceId.parse(busiest(world))) if role == "community" else district(world)
        access.create_user(role, NAMES[role], role, [place], PASSWORD, BECAUSE)
    access.create_user("buyer", "孙采购", "team_medicine", [district(world)], PASSWORD, BECAUSE)
    access.create_user(closed.STREET, "金街道", "operations", [district(world)], PASSWORD, BECAUSE)


def busiest(world: Scenario) -> str:
    """The community of most members of found tubes."""
    people = world.city.people
    where = [people[who].community for who in sorted(world.day(1).people_found())]
    return max(world.city.communities, key=lambda code: (where.count(code), code))


def logins() -> dict[str, str]:
    """The passwords of the demo's users by their names."""
    named = (*ROLES, closed.STREET)  # who signed the areas, and may answer an objection to what others signed
    return dict.fromkeys(User.objects.filter(username__in=named).values_list("username", flat=True), PASSWORD)


def device_token(world: Scenario) -> str:
    """A token for the simulated stations, couriers and laboratories; earlier ones end."""
    for name in Token.objects.filter(name__startswith="demo-", revoked_at=None).values_list("name", flat=True):
        access.revoke_token(name, BECAUSE)
    name = f"demo-{Token.objects.count() + 1}"
    return access.add_token(name, district(world), ("scan.write", "report.write", "handover.write"), BECAUSE)
