"""The ledger: who is vulnerable, who answers for them, when they were last seen; stewards, hospitals' lists, rounds, offers."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from tongxin.access.models import User
from tongxin.people.models import Person
from tongxin.places.models import Home

IN_FORCE = Q(until=None)


class Entry(models.Model):
    """A person on the ledger, for one category. ``place_id`` is the unit where the person lives.

    ``owner`` answers by name and ``deputy`` stands in; without an owner the community's team answers. ``next_due`` is when
    the next contact is due under ``rule`` (pack and rhythm); ``last_seen_*`` says when, by whom and how the person was last
    seen or heard. ``plan`` is the encrypted 健康安全保障方案. An entry ends with a reason and is kept.
    """

    JURISDICTION = "place_id"

    class Source(models.TextChoices):
        REGISTER = "register"
        HOSPITAL = "hospital"
        DOOR = "door"
        SELF = "self"
        SHEET = "sheet"

    person = models.ForeignKey(Person, models.CASCADE, db_constraint=False, db_index=False)
    place_id = models.BigIntegerField()
    category = models.TextField()
    source = models.TextField(choices=Source.choices)
    plan = models.BinaryField(null=True)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="ledger_entries", db_index=False)
    deputy = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    by_team = models.BooleanField(db_default=False, help_text="the community's team answers, as somebody decided")
    began_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True)
    last_seen_by = models.TextField(default="", blank=True)
    last_seen_how = models.TextField(default="", blank=True)
    next_due = models.DateTimeField()
    rule = models.TextField()
    confirmed_at = models.DateTimeField(null=True, help_text="when a hospital's list last named the person")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(default="", blank=True)
    ended_reason = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "category"], condition=Q(ended_at=None), name="ledger_entry_once")
        ]
        indexes = [
            models.Index(fields=["next_due", "id"], name="ledger_due", condition=Q(ended_at=None)),
            models.Index(fields=["place_id"], name="ledger_place", condition=Q(ended_at=None)),
            models.Index(fields=["owner"], name="ledger_owner", condition=Q(ended_at=None)),
            models.Index(fields=["person"], name="ledger_person"),
        ]


class Contact(models.Model):
    """An attempt to see or hear somebody on the ledger, and what came of it."""

    JURISDICTION = "place_id"

    person = models.ForeignKey(Person, models.CASCADE, db_constraint=False, db_index=False)
    place_id = models.BigIntegerField()
    at = models.DateTimeField()
    by = models.TextField()
    how = models.TextField()
    outcome = models.TextField()
    note = models.BinaryField(null=True)
    round = models.ForeignKey("Round", models.SET_NULL, null=True, db_index=False)

    class Meta:
        indexes = [models.Index(fields=["person", "-id"], name="ledger_contact_person")]


class Post(models.Model):
    """A steward (楼栋管家) of a building or unit, or a deputy, from a time on, until it ends."""

    JURISDICTION = "place_id"

    class Duty(models.TextChoices):
        STEWARD = "steward"
        DEPUTY = "deputy"

    place_id = models.BigIntegerField()
    duty = models.TextField(choices=Duty.choices)
    user = models.ForeignKey(User, models.PROTECT, related_name="posts", db_index=False)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    appointed_by = models.TextField()
    ended_reason = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["place_id"], condition=Q(until=None, duty="steward"), name="ledger_one_steward"
            ),
            models.UniqueConstraint(fields=["place_id", "user"], condition=IN_FORCE, name="ledger_post_once"),
        ]
        indexes = [models.Index(fields=["user"], name="ledger_post_user", condition=IN_FORCE)]


class DoorHead(models.Model):
    """One of the two residents (双楼门长) who speak for the doors of a building."""

    JURISDICTION = "place_id"

    place_id = models.BigIntegerField()
    person = models.ForeignKey(Person, models.CASCADE, db_constraint=False, db_index=False)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    appointed_by = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["place_id", "person"], condition=IN_FORCE, name="ledger_door_head_once")
        ]


class HospitalRow(models.Model):
    """Somebody on a hospital's list, and who that is here. ``place_id`` is the person's, the smallest place that holds all
    ``candidates``, or the whole city's where nobody here is known by the row.

    What the hospital wrote is encrypted; ``key`` finds the same patient on the same hospital's next list.
    """

    JURISDICTION = "place_id"

    class State(models.TextChoices):
        MATCHED = "matched"
        AMBIGUOUS = "ambiguous"
        UNKNOWN = "unknown"
        DISMISSED = "dismissed"

    category = models.TextField()
    hospital = models.TextField()
    key = models.BinaryField()
    place_id = models.BigIntegerField()
    state = models.TextField(choices=State.choices)
    how = models.TextField(default="", blank=True, help_text="by what the person was known: identity, phone, birth, chosen")
    person = models.ForeignKey(Person, models.CASCADE, null=True, db_constraint=False, db_index=False)
    candidates = models.JSONField(default=list)
    said = models.BinaryField(null=True, help_text="encrypted JSON: what the row says")
    listed_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["category", "hospital", "key"], name="ledger_hospital_row_once")]
        indexes = [
            models.Index(fields=["state", "id"], name="ledger_hospital_state"),
            models.Index(fields=["person", "category"], name="ledger_hospital_person"),
        ]


class Round(models.Model):
    """A door-knocking round (敲门行动) of some buildings. ``place_id`` is the smallest place that holds them."""

    JURISDICTION = "place_id"

    place_id = models.BigIntegerField()
    name = models.TextField()
    vulnerable_only = models.BooleanField(default=False)
    planned_at = models.DateTimeField()
    planned_by = models.TextField()
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(default="", blank=True)


class Knock(models.Model):
    """A home of a round: ``result`` is empty until somebody has knocked. ``position`` is the order in which one walks."""

    JURISDICTION = "place_id"

    round = models.ForeignKey(Round, models.CASCADE, related_name="knocks", db_index=False)
    home = models.ForeignKey(Home, models.CASCADE, db_index=False)
    place_id = models.BigIntegerField()
    position = models.IntegerField()
    result = models.TextField(default="", blank=True)
    at = models.DateTimeField(null=True)
    by = models.TextField(default="", blank=True)
    note = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "home"], name="ledger_knock_once"),
            models.UniqueConstraint(fields=["round", "position"], name="ledger_knock_order"),
        ]
        indexes = [models.Index(fields=["round", "place_id"], name="ledger_knock_place")]


class Offer(models.Model):
    """What a neighbour offers: a spare pack of salt, a ride. It says nothing about anybody's health."""

    JURISDICTION = "place_id"

    class State(models.TextChoices):
        OPEN = "open"
        CLAIMED = "claimed"
        DONE = "done"
        WITHDRAWN = "withdrawn"

    place_id = models.BigIntegerField()
    kind = models.TextField()
    text = models.TextField()
    name = models.TextField(default="", blank=True)
    phone = models.BinaryField(null=True)
    state = models.TextField(choices=State.choices, default=State.OPEN)
    offered_at = models.DateTimeField()
    offered_by = models.TextField()
    until = models.DateTimeField()
    claimed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    claimed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["until", "id"], name="ledger_offer_open", condition=Q(state__in=["open", "claimed"]))]
