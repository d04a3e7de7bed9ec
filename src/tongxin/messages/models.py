"""The outbox: messages, the groups and channels through which they go, and a place's own wording of a template."""

from __future__ import annotations

from django.db import models

from tongxin.messages import states

LANGUAGES = ("zh-hans", "en")


class Group(models.Model):
    """The chat group of a building or compound. ``url`` is the Apprise URL of its robot, encrypted; without one the
    channel for groups of the nearest place carries its messages."""

    JURISDICTION = "place_id"

    place_id = models.BigIntegerField()
    label = models.TextField()
    url = models.BinaryField(null=True)
    language = models.TextField(default="zh-hans")
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place_id", "label"], name="group_once")]

    def __str__(self) -> str:
        return self.label


class Channel(models.Model):
    """What carries the messages of a place to one audience: an Apprise URL, encrypted, in which ``{phone}`` (and, for
    receipts, ``{token}``) stand where the gateway needs them. The nearest active one, going up from a place, holds."""

    JURISDICTION = "place_id"

    class Audience(models.TextChoices):
        PERSON = "person"
        GROUP = "group"

    place_id = models.BigIntegerField()
    audience = models.TextField(choices=Audience.choices)
    label = models.TextField()
    url = models.BinaryField()
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["place_id", "audience"], condition=models.Q(active=True), name="channel_active_once"
            )
        ]

    def __str__(self) -> str:
        return self.label


class Recipient(models.Model):
    """Counts the messages to one person, group or number, so that each has its place in the row."""

    WEB_GRANT = ""

    key = models.TextField(primary_key=True)
    last = models.BigIntegerField()
    last_at = models.DateTimeField()


class Message(models.Model):
    """One message to one recipient for one cause: ``key`` exists once.

    ``recipient`` and ``number`` give its place in the row of that recipient. Phone and parameters are encrypted; the text
    is made when it is sent or looked at. ``token`` is what a gateway gives back in a receipt.
    """

    JURISDICTION = "place_id"
    WEB_GRANT = "SELECT"

    class Audience(models.TextChoices):
        PERSON = "person"
        GROUP = "group"
        NUMBER = "number"

    key = models.TextField(unique=True)
    token = models.TextField(unique=True)
    place_id = models.BigIntegerField()
    audience = models.TextField(choices=Audience.choices)
    person_id = models.BigIntegerField(null=True)
    group = models.ForeignKey(Group, models.PROTECT, null=True)
    phone = models.BinaryField(null=True)
    phone_hash = models.BinaryField(null=True)
    template = models.TextField()
    params = models.BinaryField(null=True)
    language = models.TextField()
    urgent = models.BooleanField()
    recipient = models.TextField()
    number = models.BigIntegerField()
    state = models.TextField(default=states.QUEUED)
    reason = models.TextField(default="", blank=True, help_text="why it failed or is unknown: a code of rules.REASONS")
    attempts = models.SmallIntegerField(default=0)
    queued_at = models.DateTimeField()
    queued_by = models.TextField()
    not_before = models.DateTimeField(help_text="quiet hours hold it back until then")
    next_try_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recipient", "number"], name="message_order")]
        indexes = [
            models.Index(fields=["place_id", "id"], name="message_place"),
            models.Index(fields=["next_try_at"], name="message_due", condition=models.Q(state="queued")),
            models.Index(
                fields=["recipient", "number"], name="message_pending", condition=models.Q(state__in=["queued", "sending"])
            ),
            models.Index(fields=["taken_at"], name="message_sending", condition=models.Q(state="sending")),
            models.Index(
                fields=["id"], include=["state"], name="message_open",
                condition=models.Q(state__in=["queued", "sending", "failed", "unknown"]),
            ),
            models.Index(fields=["changed_at"], name="message_old"),
            models.Index(fields=["person_id"], name="message_person", condition=models.Q(person_id__isnull=False)),
        ]


class Wording(models.Model):
    """A place's own words for a template, for the place and all that stands in it."""

    JURISDICTION = "place_id"

    place_id = models.BigIntegerField()
    template = models.TextField()
    text_zh = models.TextField()
    text_en = models.TextField()
    changed_at = models.DateTimeField()
    changed_by = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place_id", "template"], name="wording_once")]
