"""An area is judged the same by the pure rule and by the statement that judges thousands."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.parity import small
from tests.parity.small import COMMUNITY, DAY, at

from tongxin.areas import asks, rules, terms
from tongxin.areas.models import Order, Part, Study
from tongxin.areas.operations import issue, judge
from tongxin.chase.models import Case, Member
from tongxin.kit import db
from tongxin.kit.audit import Because
from tongxin.people.models import Person
from tongxin.policy.schema import load

pytest_plugins = ["tests.parity.fixtures"]
pytestmark = pytest.mark.usefixtures("town")
ZONE, HOUR = small.ZONE, dt.timedelta(hours=1)
_names, _tubes = itertools.count(1), itertools.count(1)
# What is known of one person: the hour of a swab on the last day (or the day before it: below zero), and its result.
SWAB = st.tuples(st.integers(-30, 29), st.sampled_from([None, 0, 1, 1, 1, 2, 3]))
PERSON = st.tuples(st.sampled_from(["present", "present", "present", "away", "exempt"]), st.lists(SWAB, max_size=2))
CASES = st.lists(st.tuples(st.booleans(), st.booleans(), st.sampled_from(["", "", "home", "repositive"])), max_size=2)
UNDER = st.sampled_from([("cn-2022-11-twenty", "high"), ("cn-2022-12-ten", "high"), ("cn-2022-06-ninth", "sealed")])
# Where days count from disinfection: None, else the hours after the cases left when somebody did it (None: nobody did).
DISINFECTED = st.sampled_from([None, None, [], [1], [-1]])
CONTACT = st.none() | st.integers(-40, 10)


def swab(person: Person, hour: int, result: int | None, within: int = 1) -> dt.datetime | None:
    """A tube of one person around the last day, with its result two hours later; when the result came if it is negative and
    of the days that count."""
    scanned = at(0) + hour * HOUR
    reported = scanned + 2 * HOUR
    ((tube,),) = db.rows(
        "INSERT INTO screening_tube (barcode, place_id, day, purpose, members, result, result_at, reports, in_two, header_conflict)"
        " VALUES (%s, %s, %s, 1, 1, %s, %s, 1, false, false) RETURNING id",
        [f"A{next(_names)}", COMMUNITY, DAY, result, reported if result is not None else None],
    )
    db.execute(
        "INSERT INTO screening_tube_member (tube_id, person_id, place_id, nth, scanned_at, day, round_id, marks)"
        " VALUES (%s, %s, %s, %s, %s, %s, 1, 0)",
        [tube, person.pk, COMMUNITY, tube, scanned, DAY],
    )
    return reported if result == 1 and hour >= -24 * (within - 1) else None


def town_of(people: list[tuple[str, list[tuple[int, int | None]]]], within: int) -> tuple[list[Person], rules.Facts]:
    """The people of a unit with their swabs, and what a person who looks at the door would know."""
    numbers = [f"A{next(_names)}" for _ in people]
    for n, number in enumerate(numbers):
        small.register(number, building=f"{numbers[0]}", room=f"{101 + n}")
    found = list(Person.objects.filter(person_no__in=numbers).order_by("pk"))
    missing, last, present = [], None, 0
    for person, (status, swabs) in zip(found, people, strict=True):
        negatives = [n for n in (swab(person, *one, within) for one in swabs) if n]
        if status != "present":
            continue
        present += 1
        if negatives:
            last = max(filter(None, [last, min(negatives)]))
        else:
            missing.append((person.pk, ""))
    return found, rules.Facts(0, present, missing, last)


@given(
    people=st.lists(PERSON, min_size=1, max_size=4), cases=CASES, hour=st.integers(-30, 40), under=UNDER,
    disinfected=DISINFECTED, contact=CONTACT,
)  # fmt: skip
@settings(
    max_examples=90, deadline=None, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
def test_rule_and_statement_agree(
    people: Any, cases: Any, hour: int, under: Any, disinfected: list[int] | None, contact: int | None
) -> None:
    with db.transaction_block():
        says = terms.terms_of(load(under[0]), under[1])
        if disinfected is not None:
            says = dataclasses.replace(says, anchor="disinfected")
        found, facts = town_of(people, says.negative_within)
        starts = at(10, day=-says.clear_days)
        times = rules.clock(says, starts, starts, ZONE)
        order = Order.objects.create(
            place_id=found[0].place_id, kind=under[1], size="unit", name="楼", basis=says.rule, cause_kind="case", cause_id=1,
            reason_zh="有", reason_en="a case", issued_by="user:x", issued_at=starts, starts_at=starts, anchor_at=starts,
            last_day=times.last_day, due_at=times.due_at, ends_at=times.ends_at, **{**terms.columns(says), "then_kind": ""},
        )  # fmt: skip
        assert times.last_day == DAY
        place = found[0].place_id
        Part.objects.create(order=order, place_id=place, place_end=place + 1)
        for person, (status, _) in zip(found, people, strict=True):
            if status != "present":
                order.marks.create(person_id=person.pk, place_id=place, status=status, since=starts, by="user:x")
        assert issue.limit(order, Because("test")) == facts.present
        inside = left = 0
        for n, (removed, withdrawn, finding) in enumerate(cases[: len(found)]):
            case = Case.objects.create(
                person_id=found[n].pk, place_id=place, positive_at=starts, cause_tube_id=1,
                removed_at=starts if removed else None, withdrawn_at=starts if withdrawn else None,
            )  # fmt: skip
            if finding:
                Study.objects.create(case_id=case.pk, place_id=place, finding=finding, reason="seen", by="user:x", at=starts)
            counts = not withdrawn and finding not in says.exempts and people[n][0] != "away"
            inside, left = inside + (counts and not removed), left + (counts and removed)
        for after in disinfected or []:
            order.disinfections.create(place_id=place, at=starts + after * HOUR, done_by="队", by="user:x", noted_at=starts)
        clean = disinfected is None or not left or any(after >= 0 for after in disinfected)
        exposed = exposure(found, people, contact)
        now = at(0) + hour * HOUR
        free_at = rules.contacts_free(says.contact_days, exposed, ZONE)
        asked = rules.Facts(inside, facts.present, facts.missing, facts.last_negative_at, clean, free_at)
        wanted = rules.standing(says, times, asked, now)
        params = {"orders": [order.pk], "asked": [says.all_negative], "whole": [True], "now": now, "zone": "Asia/Shanghai", "most": 500}
        one = judge.Judged(*db.rows(db.sql("areas/judge"), params)[0])
        order.refresh_from_db()
        assert one.dirty is not clean and one.contacts_free_at == free_at
        assert asks.waits([order]).get(order.pk, asks.NOTHING) == (not clean, exposed if says.contact_days else None)
        assert one.inside == inside and one.persons == facts.present
        assert one.missing == (len(facts.missing) if says.all_negative else 0)
        assert sorted(one.lacking) == (sorted(p for p, _ in facts.missing) if says.all_negative else [])
        assert one.met_at == order.conditions_met_at == wanted.met_at
        late = swab_some(found, order)
        again = judge.Judged(*db.rows(db.sql("areas/judge"), {**params, "whole": [False]})[0])
        params["whole"] = [True]
        whole = judge.Judged(*db.rows(db.sql("areas/judge"), params)[0])
        for name in ("persons", "missing", "met_at", "lacking"):
            assert getattr(again, name) == getattr(whole, name), (name, late)
        raise_back()


def exposure(found: list[Person], people: Any, contact: int | None) -> dt.datetime | None:
    """The first of the people was judged a contact, so many days before or after the last day; what counts is who is here."""
    if contact is None:
        return None
    listed = at(9) + contact * 10 * HOUR
    one = found[0]
    Member.objects.create(
        tube_id=next(_tubes), person_id=one.pk, place_id=one.place_id, owner_place_id=COMMUNITY, tube_place_id=COMMUNITY,
        node="resolved", call_code="1", listed_at=listed, contact=True,
    )  # fmt: skip
    return listed if people[0][0] == "present" else None


def swab_some(found: list[Person], order: Order) -> int:
    """Some of those who lacked a result get one: judged by them alone it must come out as judged whole."""
    lacking = set(order.lacking or [])
    some = [p for n, p in enumerate(found) if p.pk in lacking and n % 2 == 0]
    for person in some:
        swab(person, 20, 1)
    return len(some)


def raise_back() -> None:
    """Take the example back; the next one begins in the same town."""
    from django.db import transaction

    transaction.set_rollback(True, using=db.JOBS)
