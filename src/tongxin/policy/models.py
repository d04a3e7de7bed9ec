"""Which pack holds where, and since when; the response level of a place; what the front line says of a parameter. The
packs themselves are files."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Period(models.Model):
    """A pack in force at a place from a moment to an end (NULL: until further notice). An empty ``pack`` says that the
    place follows the place above again; without any period that is so too, and at the top ``base`` holds.

    A plan that was withdrawn ends where it starts: it never held, and stays on record. Two periods of a place never
    overlap: a constraint trigger sees to it (migration 0002), for the embedded server has no btree_gist, which an
    exclusion constraint on a number and a range would need.
    """

    WEB_GRANT = "SELECT"

    place_id = models.BigIntegerField()
    pack = models.TextField(blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    adopted_by = models.TextField()
    reason = models.TextField(default="", blank=True)
    derived_at = models.DateTimeField(null=True, help_text="when what was in force was derived anew under it")
    for_plan = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="followed_by", help_text="the period above whose ceilings began this one"
    )
    instead_of = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="given_up_for", help_text="the place's own period that it ended"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at")), name="period_ends_after_start"
            )
        ]
        indexes = [
            models.Index(fields=["place_id", "starts_at"], name="period_place"),
            models.Index(fields=["starts_at"], name="period_to_derive", condition=Q(derived_at=None)),
        ]


class ResponseLevel(models.Model):
    """The response level of a place from a moment on: 1 is the highest, 4 the lowest, 0 none."""

    WEB_GRANT = "SELECT"

    place_id = models.BigIntegerField()
    level = models.SmallIntegerField()
    starts_at = models.DateTimeField()
    set_by = models.TextField()
    reason = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(level__gte=0, level__lte=4), name="response_level_known"),
            models.UniqueConstraint(fields=["place_id", "starts_at"], name="response_level_once"),
        ]


class Comment(models.Model):
    """What somebody who works with a parameter says of it, for those who answer for the same place and above."""

    JURISDICTION = "place_id"
    WEB_GRANT = "SELECT, INSERT"

    pack = models.TextField()
    key = models.TextField()
    place_id = models.BigIntegerField()
    author = models.TextField()
    at = models.DateTimeField()
    text = models.TextField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="comment_says_something")]
        indexes = [models.Index(fields=["pack", "key", "id"], name="comment_parameter")]
