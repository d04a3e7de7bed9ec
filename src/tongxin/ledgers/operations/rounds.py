"""Door-knocking rounds: planned home by home, results written at the door, closed when done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tongxin.kit import audit, crypto, db, events
from tongxin.kit.audit import Because
from tongxin.ledgers import rules
from tongxin.ledgers.models import Entry, Knock, Round
from tongxin.ledgers.operations import contacts
from tongxin.ledgers.operations.contacts import Told
from tongxin.ledgers.operations.derive import TOPIC
from tongxin.ledgers.registry import Help
from tongxin.people.models import Person
from tongxin.places.place_id import PlaceId
from tongxin.policy.decisions import N_, Refused
from tongxin.policy.queries import pack_at
from tongxin.tasks.rules import smallest_place

SEEN, NOBODY, NEEDS, REFUSED = "seen", "nobody", "needs", "refused"
RESULTS = (SEEN, NOBODY, NEEDS, REFUSED)
OUTCOMES = {SEEN: rules.SEEN, NOBODY: rules.NOT_REACHED, NEEDS: rules.NEEDS_HELP, REFUSED: rules.REFUSED}
MOST_HOMES = 20_000


def plan(
    name: str, places: Sequence[PlaceId], vulnerable_only: bool, now: dt.datetime, because: Because
) -> Round:
    """Plan a round of buildings (or units, compounds): every home, or only those of people on the ledger, in the order in
    which one walks. Raises Refused where there is no such home, or more than MOST_HOMES."""
    whole = smallest_place(int(p) for p in places)
    if whole is None:
        raise Refused(N_("Choose at least one building."))
    with db.transaction_block():
        made = Round(
            place_id=whole, name=name, vulnerable_only=vulnerable_only, planned_at=now, planned_by=because.actor,
            due_at=now + pack_at(whole, now).hours("ledger.round_within"),
        )  # fmt: skip
        made.save(force_insert=True)
        ranges = [p.range for p in places]
        homes = db.execute(
            db.sql("ledgers/plan_round"),
            {
                "round": made.pk, "los": [a for a, _ in ranges], "his": [b for _, b in ranges], "vulnerable": vulnerable_only,
                "lo": min(a for a, _ in ranges), "hi": max(b for _, b in ranges),
            },
        )  # fmt: skip
        if not 0 < homes <= MOST_HOMES:
            raise Refused(N_("There are %(homes)s such homes; a round has 1 to %(most)s."), homes=homes, most=MOST_HOMES)
        audit.record(because, "round.planned", "round", made.pk, whole, count=homes)
        events.publish(TOPIC, [whole])
    return made


def knock(knock_id: int, result: str, note: str, now: dt.datetime, because: Because) -> Knock:
    """Write what came of a door. Everybody on the ledger who lives behind it was seen by that, or is to be looked for;
    whoever needs help gets it. A result may be corrected while the round is open.

    Raises Refused for a closed round or an unknown result, Knock.DoesNotExist where it is not seen.
    """
    rules.check_known(result, RESULTS)
    with db.transaction_block():
        door = Knock.objects.select_for_update(of=("self",)).select_related("round").get(pk=knock_id)
        if door.round.closed_at:
            raise Refused(N_("This round is closed."))
        again = door.result == result
        door.result, door.at, door.by, door.note = result, now, because.actor, crypto.encrypt(note)
        door.save(update_fields=["result", "at", "by", "note"])
        audit.record(because, "round.knocked", "home", door.home_id, door.place_id)
        if not again:
            _tell_ledger(door, note, now, because)
        events.publish(TOPIC, [door.place_id])
    return door


def _tell_ledger(door: Knock, note: str, now: dt.datetime, because: Because) -> None:
    persons = sorted(
        Entry.objects.filter(person__home_id=door.home_id, ended_at=None).values_list("person_id", flat=True).distinct()
    )
    outcome = OUTCOMES[door.result]
    if door.result == NEEDS:  # who of the home needs it is not known: it is asked once, all of them were seen
        someone = persons[0] if persons else Person.objects.filter(home_id=door.home_id).values_list("pk", flat=True).first()
        asked = Help(door.place_id, someone, door.home_id, note, knock_id=door.pk)
        contacts.ask_help(asked, now, because)
        outcome = rules.SEEN
    for person in persons:
        contacts.record(person, Told(rules.DOOR, outcome, note, door.round_id), now, because)


def close(round_id: int, now: dt.datetime, because: Because) -> Round:
    """Close a round; what was not knocked at stays so. Raises Refused when it is closed."""
    with db.transaction_block():
        found = Round.objects.select_for_update(of=("self",)).get(pk=round_id)
        if found.closed_at:
            raise Refused(N_("This round is closed."))
        found.closed_at, found.closed_by = now, because.actor
        found.save(update_fields=["closed_at", "closed_by"])
        audit.record(because, "round.closed", "round", found.pk, found.place_id)
        events.publish(TOPIC, [found.place_id])
    return found
