"""Visits of residents to the page about themselves, and how often somebody called without one."""

from __future__ import annotations

from django.db import models


class Visit(models.Model):
    """From the number that somebody typed to the end of the visit; kept for a day, so that nobody can try without end.

    There is one for every number, known or not. ``codes`` are the codes that were sent, each as ``[keyed hash, persons]``: two
    people who carry one identity number have two phones. Once the code was right, ``candidates`` are whom it may be, and
    ``person_id`` who it is. The cookie is kept as its SHA-256 alone. Only the jobs role reads this table.
    """

    WEB_GRANT = ""

    token_hash = models.BinaryField(unique=True)
    number_hash = models.BinaryField()
    by_identity = models.BooleanField()
    codes = models.JSONField(default=list)
    candidates = models.JSONField(default=list)
    asked_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0)
    proven_at = models.DateTimeField(null=True)
    person_id = models.BigIntegerField(null=True)
    entered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["number_hash", "asked_at"], name="visit_number")]


class Plea(models.Model):
    """That somebody without a visit asked for help, from which number: a row for each, kept for a day. What was asked is a need.
    Only the jobs role reads this table."""

    WEB_GRANT = ""

    number_hash = models.BinaryField()
    sent_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["number_hash", "sent_at"], name="plea_number")]
