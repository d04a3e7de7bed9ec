"""From a positive tube to every member resolved."""

from __future__ import annotations

from django.db import models


class Chase(models.Model):
    """The chase of one tube whose result is positive or inconclusive. One a tube, ever: a correction closes it, a new
    positive opens it again."""

    JURISDICTION = "place_id"

    class State(models.TextChoices):
        OPEN = "open"
        RESOLVED = "resolved"
        CORRECTED = "corrected"

    tube = models.OneToOneField("screening.Tube", models.PROTECT, primary_key=True, db_constraint=False)
    place_id = models.BigIntegerField()
    state = models.TextField(default=State.OPEN, choices=State.choices)
    result = models.SmallIntegerField()
    opened_at = models.DateTimeField()
    reported_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "opened_at"], name="chase_board")]


class Member(models.Model):
    """One person of a chased tube on the way from listed to resolved (``chase.states``).

    ``place_id`` is the unit where the person lives; ``owner_place_id`` the community that answers for the chase of this
    person (another one after a hand-over). ``retest`` is the result of the latest retest: NULL none,
    -1 pending, else as for tubes.
    """

    JURISDICTION = "owner_place_id"

    tube_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    place_id = models.BigIntegerField()
    owner_place_id = models.BigIntegerField()
    tube_place_id = models.BigIntegerField()
    node = models.TextField()
    exception = models.TextField(default="", blank=True)
    calls = models.SmallIntegerField(default=0)
    call_code = models.TextField()
    listed_at = models.DateTimeField()
    reached_at = models.DateTimeField(null=True)
    held_at = models.DateTimeField(null=True)
    resampled_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    resulted_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolution = models.TextField(default="", blank=True)
    retest_tube_id = models.BigIntegerField(null=True)
    retest = models.SmallIntegerField(null=True)
    contact = models.BooleanField(null=True, help_text="judged a close contact (M4)")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tube_id", "person_id"], name="chase_member_once")]
        indexes = [
            models.Index(fields=["person_id"], name="chase_member_person"),
            models.Index(fields=["owner_place_id"], name="chase_member_owner"),
            models.Index(fields=["retest_tube_id"], name="chase_member_retest"),
        ]


class Call(models.Model):
    """One attempt to reach a member, by phone or at the door."""

    JURISDICTION = "place_id"

    member = models.ForeignKey(Member, models.CASCADE, related_name="call_log")
    place_id = models.BigIntegerField()
    at = models.DateTimeField()
    actor = models.TextField()
    channel = models.TextField(help_text="phone or door")
    outcome = models.TextField()
    note = models.TextField(default="", blank=True)


class Case(models.Model):
    """The least that is known of a positive: who, where, since when, and when they left home for care."""

    JURISDICTION = "place_id"

    person_id = models.BigIntegerField(unique=True)
    place_id = models.BigIntegerField()
    positive_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    cause_tube_id = models.BigIntegerField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["place_id"], name="case_place", condition=models.Q(withdrawn_at=None))]
