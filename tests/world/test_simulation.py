"""The simulated city: the same seed, the same bytes; nobody real; plausible laboratories."""

import csv
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.screening.rules import good_id
from tongxin.world import behaviour, demo, files, outbreak, rows
from tongxin.world.behaviour import Deed, Member, Story
from tongxin.world.city import make_city
from tongxin.world.days import FOUND, Day
from tongxin.world.outbreak import Outbreak
from tongxin.world.rows import Queue
from tongxin.world.scenario import STOP, Scenario

PEOPLE, SEED = 3_000, 5
NOW = dt.datetime(2022, 11, 26, 15, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def _scenario(seed: int = SEED) -> Scenario:
    return Scenario(demo.communities("500108", PEOPLE), PEOPLE, seed)


@pytest.fixture(scope="module")
def world() -> Scenario:
    return _scenario()


def _write(world: Scenario, folder: Path) -> dict[str, bytes]:
    files.write_register(folder, world.city)
    files.write_rounds(folder, [world.day(0), world.day(1)])
    for nth in (0, 1, 2):
        files.write_day(folder / str(nth), list(rows.of_day(world.day(nth))))
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*.csv"))}


def test_the_same_seed_makes_the_same_city_to_the_byte(world: Scenario, tmp_path: Path) -> None:
    first, again = _write(world, tmp_path / "a"), _write(_scenario(), tmp_path / "b")
    assert len(first) == 2 + 3 * 3
    assert first == again


def test_another_seed_makes_another_city(world: Scenario) -> None:
    assert world.city.people != _scenario(SEED + 1).city.people


def test_nobody_is_real(world: Scenario) -> None:
    people = world.city.people
    assert len(people) >= PEOPLE
    assert all(p.id_number.startswith("99") and good_id(p.id_number) for p in people)
    assert all(p.phone == "" or (p.phone.startswith("100") and len(p.phone) == 11) for p in people)
    assert len({p.no for p in people}) == len({p.id_number for p in people}) == len(people)
    assert all(p.id_number[6:14] == f"{p.born:%Y%m%d}" for p in people)


def test_every_home_building_and_workplace_holds_the_people_who_say_so(world: Scenario) -> None:
    city = world.city
    assert sorted(i for home in city.homes for i in home) == list(range(len(city.people)))
    assert all(city.people[i].home == n for n, home in enumerate(city.homes) for i in home)
    for building in city.buildings:
        assert len({(city.people[i].community, city.people[i].compound, city.people[i].building) for i in building}) == 1
    assert all(city.work_of[i] == n for n, work in enumerate(city.works) for i in work)


def test_reports_are_gb18030_and_the_rest_utf8(world: Scenario, tmp_path: Path) -> None:
    made = files.write_day(tmp_path, list(rows.of_day(world.day(1))), bad=True)
    with open(made["reports"], encoding="gb18030", newline="") as file:
        words = {row["结果"] for row in csv.DictReader(file)}
    assert {"阴性", "阳性", "不知道"} <= words
    assert made["scans"].read_text(encoding="utf-8").startswith("scan_id,round,purpose,tube_barcode")
    assert made["scans"].read_text(encoding="utf-8").rstrip().endswith("too-short,,,")


def test_a_tube_travels_forward_in_time(world: Scenario) -> None:
    for sample in world.day(1).samples:
        times = [sample.closed_at, *(at for _, at, _, _ in sample.steps), *(r.at for r in sample.reports)]
        assert times == sorted(times), sample.barcode


@pytest.mark.parametrize("seed", range(1, 6))
def test_what_an_onlooker_wants_to_see_is_arranged_with_every_seed(seed: int) -> None:
    world = _scenario(seed)
    day, infected = world.day(1), world.outbreak.infected
    assert any(s.kind == "single" for s in day.found)
    assert [s for s in day.found if [r.reading.word for r in s.reports] == ["阳性", "阴性"]]
    taken = [s for s in day.found if len(s.reports) == 1 and not any(m.who in infected for m in s.members)]
    assert [s for s in taken if s.reports[0].at < STOP]
    wanted = {Story.NO_PHONE, Story.SILENT, Story.ELSEWHERE, Story.FORGOTTEN, Story.CALLS_BACK}
    assert wanted <= set(world.stories.values())
    assert sum(len(s.members) for nth in (0, 1) for s in world.day(nth).found if s.reports[0].at < STOP) >= 80


def test_a_later_day_finds_people_too_and_follows_from_the_earlier_ones(world: Scenario) -> None:
    later: list[Day] = [world.day(nth) for nth in (2, 3)]
    assert any(day.found for day in later)
    held = world.day(0).people_found() | world.day(1).people_found()
    pooled = {m.who for s in later[0].samples if s.kind == "pool" for m in s.members}
    assert not held & pooled - {m.who for s in later[0].samples if len(s.members) > s.capacity for m in s.members}


def test_a_pool_dilutes() -> None:
    city = make_city(["500108001002"], 200, 1)
    spread = Outbreak(city, 1)
    spread.infect(0, 0)
    one, ten = (outbreak.read_tube(spread, range(n), 4.0, "T") for n in (1, 10))
    assert one.word == "阳性"
    assert one.ct_orf1ab is not None and ten.ct_orf1ab is not None
    assert 2 < ten.ct_orf1ab - one.ct_orf1ab < 5  # log2(10) is 3.3 cycles


def test_nobody_is_found_before_the_infection_or_long_after() -> None:
    city = make_city(["500108001002"], 100, 1)
    spread = Outbreak(city, 1)
    spread.infect(0, 5)
    assert [outbreak.read_tube(spread, [0], day, "T").word in FOUND for day in (4.0, 5.0, 9.5, 40.0)] == [
        False, False, True, False,
    ]  # fmt: skip


def test_a_queue_gives_every_row_once_in_order(world: Scenario) -> None:
    queue, every = Queue(), list(rows.of_day(world.day(0)))
    queue.add(every)
    noon = dt.datetime.combine(world.day(0).date, dt.time(12))
    early = queue.take(noon, urgent=False)
    assert early and all(r.at <= noon and not r.urgent for r in early)
    rest = [r for urgent in (True, False) for r in queue.take(noon + dt.timedelta(days=3), urgent)]
    assert sorted(early + rest) == sorted(every)


moments = st.integers(1, 600).map(lambda m: NOW - dt.timedelta(minutes=m))
EVENTS = {
    Deed.SAMPLE: "resample", Deed.RECEIVE: "receive", Deed.REPORT: "answer", Deed.JUDGE: "judge",
}  # fmt: skip


@given(
    node=st.sampled_from(behaviour.states.OPEN), story=st.sampled_from(Story), calls=st.integers(0, 6),
    exception=st.sampled_from(("", "no_phone", "no_answer", "elsewhere", "retest_missing")), at=moments,
    called=moments, retest=st.sampled_from((None, -1, 0, 1, 2)), number=st.integers(1, 50),
)  # fmt: skip
def test_actors_do_only_what_the_table_of_nodes_allows(
    node: str, story: Story, calls: int, exception: str, at: dt.datetime, called: dt.datetime, retest: int | None,
    number: int,
) -> None:  # fmt: skip
    """Whatever is on record, there is a next deed, it is allowed at the node, and it lies in the future of the last."""
    member = Member(
        1, "T1", f"P{number}", "500108001002", node, exception, calls, at, called if calls else None, at, at, at, at,
        at, "Q1", retest,
    )  # fmt: skip
    step = behaviour.next_deed(1, member, story)
    assert step is not None
    assert step.at > at
    if step.deed == Deed.CALL:
        event = behaviour.rules.CALL_OUTCOMES[step.outcome]
        assert event is None or behaviour.states.can(node, event)
    elif step.deed == Deed.HAND_OVER:
        assert story == Story.ELSEWHERE
    else:
        assert behaviour.states.can(node, EVENTS[step.deed])
    assert step == behaviour.next_deed(1, member, story)
