"""The only way the system can limit a person or a place."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Restriction(models.Model):
    """A limit with a basis, a cause, a reason, a start and an end; the database refuses one that lacks any of them.

    ``due_at`` is the earliest lawful release if the conditions are met, ``conditions_met_at`` when they were;
    at ``ends_at`` it lapses unless a named person has extended it. Overdue: due, conditions met, not released.
    """

    JURISDICTION = "place_id"

    kind = models.TextField()
    subject_kind = models.TextField(help_text="person, home, place or facility")
    subject_id = models.BigIntegerField()
    place_id = models.BigIntegerField()
    basis = models.TextField(help_text="policy pack and rule")
    cause_kind = models.TextField(help_text="result, exposure or order")
    cause_id = models.BigIntegerField()
    reason_zh = models.TextField()
    reason_en = models.TextField()
    starts_at = models.DateTimeField()
    due_at = models.DateTimeField()
    conditions_met_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    release_kind = models.TextField(default="", blank=True, help_text="released, lapsed or withdrawn")
    release_reason = models.TextField(default="", blank=True)
    released_by = models.TextField(default="", blank=True)
    extended_by = models.TextField(default="", blank=True)
    extension_cause = models.TextField(default="", blank=True)
    decision = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="restriction_ends_after_start"),
            models.CheckConstraint(
                condition=Q(due_at__lte=F("ends_at"), due_at__gte=F("starts_at")), name="restriction_due_inside"
            ),
            models.CheckConstraint(
                condition=~Q(basis="") & ~Q(kind="") & ~Q(reason_zh="") & ~Q(reason_en=""), name="restriction_says_why"
            ),
            models.CheckConstraint(
                condition=Q(cause_kind__in=["result", "exposure", "order"]), name="restriction_has_cause"
            ),
            models.CheckConstraint(
                condition=Q(subject_kind__in=["person", "home", "place", "facility"]), name="restriction_subject_known"
            ),
            models.CheckConstraint(
                condition=Q(extended_by="", extension_cause="") | (~Q(extended_by="") & ~Q(extension_cause="")),
                name="restriction_extension_signed",
            ),
            models.CheckConstraint(
                condition=Q(released_at=None, release_kind="") | (Q(released_at__isnull=False) & ~Q(release_kind="")),
                name="restriction_release_explained",
            ),
            models.UniqueConstraint(
                fields=["kind", "subject_kind", "subject_id", "cause_kind", "cause_id"],
                condition=Q(released_at=None),
                name="restriction_once",
            ),
        ]
        indexes = [
            models.Index(fields=["ends_at"], name="restriction_ends", condition=Q(released_at=None)),
            models.Index(fields=["due_at"], name="restriction_due", condition=Q(released_at=None)),
            models.Index(fields=["subject_kind", "subject_id"], name="restriction_subject"),
            models.Index(fields=["cause_kind", "cause_id"], name="restriction_cause"),
            models.Index(fields=["place_id"], name="restriction_place", condition=Q(released_at=None)),
        ]
