"""Which pack holds where, and since when. The packs themselves are files."""

from __future__ import annotations

from django.db import models


class Period(models.Model):
    """A pack in force at a place from a moment (until the next one there). Without any, ``base`` holds."""

    WEB_GRANT = "SELECT"

    place_id = models.BigIntegerField()
    pack = models.TextField()
    starts_at = models.DateTimeField()
    adopted_by = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place_id", "starts_at"], name="period_once")]
