"""What follows from results by itself: chases open, members are listed, held, followed to their retests; corrections undo it.

Everything is derived from what the database holds, so that it may be called for the same tubes again, in any order.
Rows are locked in one order, tubes before people, and the people of a chase before their retests are looked up: a
retest and a chase that arrive at the same moment find each other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from tongxin.chase import rules, tasks
from tongxin.chase.operations import closing
from tongxin.kit import db, events
from tongxin.kit.audit import Because
from tongxin.places.queries import root
from tongxin.policy.queries import Calendar, pack_at, packs_in_force
from tongxin.restrictions import operations as restrictions
from tongxin.restrictions.rules import hold
from tongxin.screening.rules import is_found
from tongxin.tasks import operations as work
from tongxin.tasks.operations import NewTask

TOPIC = "chase"
SYSTEM = Because("system", rule="chase.follow")


class Listed(NamedTuple):
    """A member just listed."""

    id: int
    tube_id: int
    person_id: int
    place_id: int
    owner_place_id: int
    tube_place_id: int


def tubes_changed(tube_ids: Sequence[int], now: dt.datetime) -> None:
    """Follow tubes that hold or held a positive or inconclusive result, and retests."""
    found, gone, retests, not_positive = [], [], [], []
    for tube, purpose, result in db.rows(
        "SELECT id, purpose, result FROM screening_tube WHERE id = ANY(%s) ORDER BY id", [list(tube_ids)]
    ):
        (retests if purpose == 2 else found if is_found(result) else gone).append(tube)
        if purpose == 2 and result != rules.POSITIVE:
            not_positive.append(tube)
    persons = _persons(found, retests)
    if found:
        _open(found, now)
    if gone:
        closing.correct(gone, now)
    if not_positive:
        closing.withdraw_cases(not_positive, now)
    if persons:
        follow_retests(persons, now)


def _persons(found: Sequence[int], retests: Sequence[int]) -> list[int]:
    """Lock the people of these tubes, in one order, and return them."""
    return [
        p
        for (p,) in db.rows(
            "SELECT p.id FROM people_person p WHERE p.id IN (SELECT m.person_id FROM screening_tube t"
            " JOIN screening_tube_member m ON m.tube_id = t.id AND m.day = t.day WHERE t.id = ANY(%s))"
            " ORDER BY p.id FOR NO KEY UPDATE",
            [[*found, *retests]],
        )
    ]


def _open(tubes: Sequence[int], now: dt.datetime) -> None:
    listed = [Listed(*row) for row in db.rows(db.sql("chase/open"), {"tubes": list(tubes), "now": now})]
    if not listed:
        return
    packs = packs_in_force(now)
    restrictions.impose((_hold(m, now, packs) for m in listed), SYSTEM)
    opened = [NewTask(kind, m.owner_place_id, m.id, m.person_id) for m in listed for kind in (tasks.CALL, tasks.RETEST)]
    watch = {m.tube_id: NewTask(tasks.WATCH, m.tube_place_id, m.tube_id) for m in listed}
    work.open_tasks([*opened, *watch.values()], now, SYSTEM)
    closing.settle({m.tube_id for m in listed}, now)  # a late member opens a chase again
    _confirm_singles(tubes, now)
    tell({m.owner_place_id for m in listed} | {m.tube_place_id for m in listed})


def _hold(member: Listed, now: dt.datetime, packs: Calendar) -> restrictions.NewRestriction:
    pack = packs.at(member.place_id)
    times = hold(
        now, pack.hours("hold.mixed_positive_due"), pack.hours("hold.mixed_positive_ends"),
        pack.rule("hold.mixed_positive_ends"),
    )  # fmt: skip
    return restrictions.NewRestriction(
        kind=tasks.HOLD, subject_kind="person", subject_id=member.person_id, place_id=member.place_id,
        basis=times.decision.rule, cause_kind="result", cause_id=member.tube_id,
        reason_zh="您所在的混检管结果异常，请留在原地等待单人单管复核；复核阴性且不是密接即可解除。",
        reason_en="Your mixed tube came back abnormal. Please stay where you are until your single retest; "
        "if it is negative and you are no close contact, you are free at once.",
        starts_at=now, due_at=times.due_at, ends_at=times.ends_at, decision=times.decision,
    )  # fmt: skip


def _confirm_singles(tubes: Sequence[int], now: dt.datetime) -> None:
    """A positive tube of one person says who is positive."""
    singles = db.rows(
        "SELECT m.person_id, m.place_id, t.result_at, t.id FROM screening_tube t JOIN chase_member m ON m.tube_id = t.id"
        " WHERE t.id = ANY(%s) AND t.result = 3 AND t.kind = 1 AND t.members = 1",
        [list(tubes)],
    )
    closing.record_cases(singles)


class _Found(NamedTuple):
    """A member and the latest retest of the person."""

    id: int
    tube_id: int
    person_id: int
    place_id: int
    owner_place_id: int
    node: str
    known_tube: int | None
    known_result: int | None
    retest: rules.Retest
    resolution: str
    next: rules.Follow


def follow_retests(persons: Sequence[int], now: dt.datetime) -> None:
    """Move on the members of these persons by their latest retests. The persons are locked."""
    found = []
    lookback = pack_at(root(), now).hours("chase.retest_lookback")
    for row in db.rows(db.sql("chase/retests"), {"persons": list(persons), "lookback": lookback}):
        *head, tube, sampled, received, result, result_at, resolution = row
        retest = rules.Retest(tube, sampled, received, result, result_at)
        following = rules.follow_retest(head[5], (head[6], head[7]), retest)
        if following:
            found.append(_Found(*head, retest, resolution, following))
    if found:
        _advance(found, now)
        _work_for(found, now)
        closing.settle({m.tube_id for m in found}, now)
        tell({m.owner_place_id for m in found})


def _advance(found: Sequence[_Found], now: dt.datetime) -> None:
    db.execute(
        db.sql("chase/advance"),
        {
            "members": [m.id for m in found], "nodes": [m.next.node for m in found],
            "tubes": [m.retest.tube_id for m in found], "results": [m.retest.result for m in found],
            "sampled": [m.retest.sampled_at for m in found], "received": [m.retest.received_at for m in found],
            "resulted": [m.retest.result_at for m in found], "now": now,
        },
    )  # fmt: skip


def _work_for(found: Sequence[_Found], now: dt.datetime) -> None:
    """Close the work that the retest made needless, open what it asks for, and record or withdraw cases."""
    every = [m.id for m in found]
    work.complete_for([tasks.CALL], "member", every, "seen", now, SYSTEM)
    by_result = {r: [m for m in found if m.retest.result == r] for r in (-1, 0, 1, 2, 3)}
    sampled = [m.id for m in found if m.retest.result not in (rules.INVALID, rules.INCONCLUSIVE)]
    work.complete_for([tasks.RETEST], "member", sampled, "sampled", now, SYSTEM)
    again, negative, positive = by_result[0] + by_result[2], by_result[1], by_result[3]
    not_positive = [m.id for m in found if m.retest.result != rules.POSITIVE]
    work.cancel_for([tasks.TRANSFER], "member", not_positive, "not positive", now, SYSTEM)
    not_negative = [m.id for m in found if m.retest.result != rules.NEGATIVE]
    work.cancel_for([tasks.JUDGE], "member", not_negative, "not negative", now, SYSTEM)
    wanted = [(tasks.RETEST, again), (tasks.JUDGE, negative), (tasks.TRANSFER, positive)]
    work.open_tasks(
        [NewTask(kind, m.owner_place_id, m.id, m.person_id) for kind, members in wanted for m in members], now, SYSTEM
    )
    closing.record_cases([(m.person_id, m.place_id, m.retest.result_at, m.retest.tube_id) for m in positive])


def people_moved(persons: Sequence[int], now: dt.datetime) -> None:
    """The register learned who members are or where they live: they and their work move there."""
    db.execute(
        "UPDATE chase_case c SET place_id = p.place_id FROM people_person p"
        " WHERE p.id = c.person_id AND c.person_id = ANY(%s) AND c.place_id <> p.place_id",
        [list(persons)],
    )
    moved = db.rows(
        "UPDATE chase_member m SET place_id = p.place_id, owner_place_id = p.place_id / 10000000 * 10000000,"
        " exception = CASE WHEN m.exception = 'no_phone' AND p.phone IS NOT NULL THEN '' ELSE m.exception END"
        " FROM people_person p WHERE p.id = m.person_id AND m.person_id = ANY(%s)"
        " RETURNING m.id, m.owner_place_id, m.person_id, p.place_id",
        [list(persons)],
    )
    if moved:
        work.move_for("member", [(m, owner) for m, owner, _, _ in moved], now, SYSTEM)
        restrictions.move_for("person", list({p: place for _, _, p, place in moved}.items()))
        tell({owner for _, owner, _, _ in moved})


def tubes_needed(tubes: Sequence[int]) -> set[int]:
    """Those of some tubes that a chase stands on, or that hold the retest of a member."""
    query = (
        "SELECT tube_id FROM chase_chase WHERE tube_id = ANY(%(tubes)s)"
        " UNION SELECT retest_tube_id FROM chase_member WHERE retest_tube_id = ANY(%(tubes)s)"
    )
    return {tube for (tube,) in db.rows(query, {"tubes": list(tubes)})}


def tell(places: set[int]) -> None:
    """Let the boards know."""
    events.publish(TOPIC, places)
