"""What people need: raised by callers, confirmed by an operator, done by a team, closed by the resident's word."""

from __future__ import annotations

from django.db import models

from tongxin.needs import states
from tongxin.needs.medicine.models import CardStep, MedicineOrder, Prescription, Purchase, Tour

__all__ = [
    "Caller", "CardStep", "GlossaryWord", "Likeness", "MedicineOrder", "Need", "NeedEvent", "Prescription", "Purchase", "Tour",
    "Webhook",
]  # fmt: skip


class Need(models.Model):
    """One need. ``place_id`` is the finest place known (a unit at best; the district for a silent one, so that nobody closer
    sees that it exists). Text, form and promise are encrypted: they tell of health.

    ``channel`` and ``source_ref`` say where it came from; together they are unique, so that what is sent twice counts once.
    ``suggested_*`` is what the rules made of the text, with the ``words`` that led to it; what an operator changed is measured
    by comparing. ``acted_by`` did the work, ``closed_how`` is whose word closed it.
    """

    JURISDICTION = "place_id"

    channel = models.TextField()
    source_ref = models.TextField()
    raised_at = models.DateTimeField()
    received_at = models.DateTimeField()
    place_id = models.BigIntegerField()
    home_id = models.BigIntegerField(null=True)
    person_id = models.BigIntegerField(null=True)
    vulnerable = models.BooleanField(db_default=False)
    text = models.BinaryField(null=True)
    details = models.BinaryField(null=True)
    kind = models.TextField()
    urgency = models.SmallIntegerField()
    topic = models.TextField(db_default="", blank=True)
    silent = models.BooleanField(db_default=False)
    suggested_kind = models.TextField()
    suggested_urgency = models.SmallIntegerField()
    words = models.JSONField(default=list, blank=True)
    state = models.TextField(default=states.NEW, choices=[(s, s) for s in states.STATES])
    due_at = models.DateTimeField()
    rule = models.TextField()
    version = models.IntegerField(db_default=0, help_text="counts every change: two operators never overwrite each other")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.TextField(db_default="", blank=True)
    promised_at = models.DateTimeField(null=True)
    promise = models.BinaryField(null=True)
    watched = models.BooleanField(db_default=False)
    done_at = models.DateTimeField(null=True)
    acted_by = models.TextField(db_default="", blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_how = models.TextField(db_default="", blank=True)
    satisfaction = models.SmallIntegerField(null=True)
    reopened = models.SmallIntegerField(db_default=0)
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, related_name="merged")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "source_ref"], name="need_source_once"),
            models.CheckConstraint(condition=models.Q(urgency__gte=0, urgency__lte=2), name="need_urgency"),
            models.CheckConstraint(
                condition=~models.Q(state="closed") | ~models.Q(closed_how=""), name="need_closed_by_a_word"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="need_inbox", condition=models.Q(state__in=states.LIVE)),
            models.Index(
                fields=["place_id", "due_at"], include=["kind", "state", "urgency", "watched", "silent"], name="need_place",
                condition=models.Q(state__in=states.LIVE),
            ),
            models.Index(
                fields=["due_at", "id"], name="need_emergency",
                condition=models.Q(urgency=0, state__in=(states.NEW, states.OPEN)),
            ),
            models.Index(fields=["due_at", "id"], name="need_watched", condition=models.Q(watched=True)),
            models.Index(
                fields=["promised_at", "id"], name="need_promised",
                condition=models.Q(promised_at__isnull=False, state__in=states.LIVE),
            ),
            models.Index(fields=["-raised_at", "-id"], name="need_latest"),
            models.Index(
                fields=["confirmed_at"], include=["place_id", "kind", "suggested_kind", "silent"], name="need_read",
                condition=models.Q(confirmed_at__isnull=False),
            ),
            models.Index(fields=["person_id"], name="need_person", condition=models.Q(person_id__isnull=False)),
            models.Index(fields=["home_id"], name="need_home", condition=models.Q(home_id__isnull=False)),
            models.Index(fields=["place_id", "raised_at"], name="need_raised"),
            models.Index(fields=["done_at"], name="need_done", condition=models.Q(done_at__isnull=False)),
        ]


class Caller(models.Model):
    """Somebody who asked: the resident, a relative, a neighbour. Merged needs keep all of theirs, and each is told."""

    JURISDICTION = "place_id"

    need = models.ForeignKey(Need, models.CASCADE, related_name="callers")
    place_id = models.BigIntegerField()
    channel = models.TextField()
    source_ref = models.TextField()
    raised_at = models.DateTimeField()
    person_id = models.BigIntegerField(null=True)
    name = models.BinaryField(null=True)
    phone = models.BinaryField(null=True)
    phone_hash = models.BinaryField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "source_ref"], name="need_caller_once")]
        indexes = [
            models.Index(fields=["need"], name="need_caller_need"),
            models.Index(fields=["phone_hash"], name="need_caller_phone", condition=models.Q(phone_hash__isnull=False)),
            models.Index(fields=["person_id"], name="need_caller_person", condition=models.Q(person_id__isnull=False)),
        ]


class NeedEvent(models.Model):
    """What happened to a need. The note is encrypted, for it tells what was said."""

    JURISDICTION = "place_id"

    need = models.ForeignKey(Need, models.CASCADE, related_name="events")
    place_id = models.BigIntegerField()
    at = models.DateTimeField()
    event = models.TextField()
    actor = models.TextField()
    note = models.BinaryField(null=True)

    class Meta:
        indexes = [models.Index(fields=["need", "id"], name="need_event_need")]


class Likeness(models.Model):
    """Two needs that may be one, with the reason; an operator merges them or says that they are two."""

    JURISDICTION = "place_id"

    need = models.ForeignKey(Need, models.CASCADE, related_name="alike")
    other = models.ForeignKey(Need, models.CASCADE, related_name="alike_of")
    place_id = models.BigIntegerField()
    reason = models.TextField()
    decided = models.TextField(db_default="", blank=True, help_text="merged, two, or empty while nobody has decided")
    decided_by = models.TextField(db_default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["need", "other"], name="need_likeness_once")]
        indexes = [models.Index(fields=["other"], name="need_likeness_other")]


class GlossaryWord(models.Model):
    """A word of the city's own, or one of the project's that the city changed or switched off."""

    text = models.TextField(unique=True)
    kind = models.TextField()
    urgency = models.SmallIntegerField()
    topic = models.TextField(default="", blank=True)
    active = models.BooleanField(default=True)
    changed_at = models.DateTimeField()
    changed_by = models.TextField()


class Webhook(models.Model):
    """A chat group or mini-programme that may raise needs: its address' name, its secret, and where its needs stand."""

    WEB_GRANT = "SELECT, INSERT, UPDATE"
    JURISDICTION = "place_id"

    name = models.TextField(unique=True)
    place_id = models.BigIntegerField()
    secret = models.BinaryField()
    active = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    made_by = models.TextField()
