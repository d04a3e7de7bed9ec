"""Rounds, tables, tubes, members, results, hand-overs.

``Tube`` carries what its scans and reports add up to, so that a list needs no look at them. A tube that a laboratory
reported before anybody scanned it is a row too (``purpose`` 0): the unique barcode makes scan and report meet whatever
their order. ``TubeMember`` and ``TubeResult`` are partitioned by ``day``, the day of the tube's round; what stands
outside any round (retests, reports still without a tube) has the day ``OUTSIDE``.
"""

from __future__ import annotations

import datetime as dt

from django.db import models

OUTSIDE = dt.date(1900, 1, 1)


class Round(models.Model):
    """A round of screening (轮次) on a day; its roll are the residents of its places."""

    WEB_GRANT = "SELECT"

    id = models.AutoField(primary_key=True)
    name = models.TextField(unique=True)
    day = models.DateField()

    def __str__(self) -> str:
        return self.name


class RoundPlace(models.Model):
    """A place whose residents are on the roll of a round."""

    JURISDICTION = "place_id"

    round = models.ForeignKey(Round, models.CASCADE, related_name="roll")
    place_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "place_id"], name="round_place_once")]


class Station(models.Model):
    """A table of a sampling site."""

    JURISDICTION = "place_id"

    id = models.AutoField(primary_key=True)
    site = models.ForeignKey("places.Facility", models.PROTECT)
    code = models.TextField()
    place_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "code"], name="station_once")]


class Tube(models.Model):
    """A sample tube. ``result`` is the one that holds: NULL pending, 0 invalid, 1 negative, 2 inconclusive, 3 positive."""

    JURISDICTION = "place_id"

    class Purpose(models.IntegerChoices):
        UNSCANNED = 0
        SCREENING = 1
        RETEST = 2

    class Kind(models.IntegerChoices):
        SINGLE = 1
        HOUSEHOLD = 2
        POOL = 3

    first_scan_at = models.DateTimeField(null=True)
    last_scan_at = models.DateTimeField(null=True)
    first_report_at = models.DateTimeField(null=True)
    result_at = models.DateTimeField(null=True)
    place_id = models.BigIntegerField()
    day = models.DateField(db_default=OUTSIDE)
    round = models.ForeignKey(Round, models.PROTECT, null=True, db_constraint=False, db_index=False)
    station = models.ForeignKey(Station, models.PROTECT, null=True, db_constraint=False, db_index=False)
    purpose = models.SmallIntegerField(db_default=0, choices=Purpose.choices)
    kind = models.SmallIntegerField(null=True, choices=Kind.choices)
    capacity = models.SmallIntegerField(null=True)
    members = models.SmallIntegerField(db_default=0)
    provisional = models.SmallIntegerField(db_default=0, help_text="members whom the register does not know")
    bad_ids = models.SmallIntegerField(db_default=0, help_text="registered members scanned with a wrong identity number")
    reports = models.SmallIntegerField(db_default=0)
    result = models.SmallIntegerField(null=True)
    in_two = models.BooleanField(db_default=False, help_text="a member is in another tube of the round")
    header_conflict = models.BooleanField(db_default=False, help_text="its scans disagree about round, kind or capacity")
    barcode = models.TextField(db_collation="C")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["barcode"], name="tube_barcode_once")]
        # No index on the result: an index on what a report changes would make every report touch all indexes.
        indexes = [
            models.Index(fields=["station", "first_scan_at"], name="tube_queue"),
            models.Index(fields=["place_id", "day"], name="tube_place"),
        ]

    def __str__(self) -> str:
        return self.barcode


class TubeMember(models.Model):
    """A person in a tube. ``nth`` is 0 for the first tube of a person in a round and the tube's id for any other;
    ``marks`` adds 1 for a person the register did not know and 2 for a wrong identity number."""

    JURISDICTION = "place_id"
    PROVISIONAL, BAD_ID = 1, 2

    pk = models.CompositePrimaryKey("tube_id", "person_id", "day")
    tube_id = models.BigIntegerField()
    person_id = models.BigIntegerField()
    place_id = models.BigIntegerField()
    nth = models.BigIntegerField(default=0)
    scanned_at = models.DateTimeField()
    day = models.DateField()
    round_id = models.IntegerField(default=0)
    marks = models.SmallIntegerField(default=0)

    class Meta:
        managed = False
        db_table = "screening_tube_member"


class TubeResult(models.Model):
    """One report for a tube, as the laboratory sent it. All are kept; the tube says which holds."""

    JURISDICTION = "place_id"

    pk = models.CompositePrimaryKey("tube_id", "report_no", "day")
    tube_id = models.BigIntegerField()
    place_id = models.BigIntegerField()
    tested_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField()
    day = models.DateField()
    lab_id = models.IntegerField()
    result = models.SmallIntegerField()
    ct_orf1ab = models.FloatField(null=True)
    ct_n = models.FloatField(null=True)
    report_no = models.TextField()

    class Meta:
        managed = False
        db_table = "screening_tube_result"


class ReportNumber(models.Model):
    """Every report number ever seen and its tube: what makes a repeated report count once, across all days."""

    WEB_GRANT = "SELECT"

    report_no = models.TextField(primary_key=True, db_collation="C")
    tube_id = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "screening_report_number"


class Handover(models.Model):
    """A step of a tube on its way: closed, boxed, couriered, received, tested — when, by whom, in which box."""

    JURISDICTION = "place_id"

    tube = models.ForeignKey(Tube, models.CASCADE, db_index=False, db_constraint=False)
    step = models.SmallIntegerField()
    at = models.DateTimeField()
    actor = models.TextField()
    box = models.TextField(default="", blank=True)
    place_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tube", "step"], name="handover_once")]
        indexes = [models.Index(fields=["box", "at"], name="handover_boxed", condition=models.Q(step=2))]


class BoxStep(models.Model):
    """A step of a whole box, in one row: it holds for every tube that was boxed in it within the pack's time before.
    The box's name is used again the next day."""

    WEB_GRANT = "SELECT"

    box = models.TextField()
    step = models.SmallIntegerField()
    at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["box", "step", "at"], name="box_step_once")]
