"""The city's clock, the audit trail, imports and the events that live boards follow."""

from __future__ import annotations

from django.db import models


class Clock(models.Model):
    """The setting of the city's clock (see ``kit.clock``): one row or none."""

    id = models.SmallIntegerField(primary_key=True)
    city = models.DateTimeField()
    real = models.DateTimeField()
    speed = models.FloatField()


class AuditEntry(models.Model):
    """Who did or saw what, why and under which rule; written in the transaction of the deed. Never changed."""

    JURISDICTION = "place_id"
    OPEN_INSERT = True

    at = models.DateTimeField()
    actor = models.TextField()
    action = models.TextField()
    subject_kind = models.TextField()
    subject_id = models.TextField(default="", blank=True)
    place_id = models.BigIntegerField(null=True)
    count = models.IntegerField(default=1)
    reason = models.TextField(default="", blank=True)
    rule = models.TextField(default="", blank=True)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "-id"], name="audit_subject"),
            models.Index(fields=["actor", "-id"], name="audit_actor"),
            models.Index(fields=["place_id", "-id"], name="audit_place"),
        ]


class Import(models.Model):
    """One file taken in. It is finished when ``finished_at`` is set; a killed one is taken up at its next chunk."""

    JURISDICTION = "place_id"
    OPEN_INSERT = True

    kind = models.TextField()
    file_name = models.TextField()
    file_size = models.BigIntegerField()
    block_bytes = models.IntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    actor = models.TextField()
    place_id = models.BigIntegerField(null=True)
    accepted = models.BigIntegerField(default=0)
    repeated = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    error = models.TextField(default="", blank=True)


class ImportChunk(models.Model):
    """A chunk that is in, written in the transaction of its rows; where the file stood behind it."""

    run = models.ForeignKey(Import, models.CASCADE, related_name="chunks")
    ordinal = models.IntegerField()
    end = models.BigIntegerField()
    line = models.BigIntegerField()
    digest = models.TextField()
    accepted = models.IntegerField()
    repeated = models.IntegerField()
    rejected = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "ordinal"], name="import_chunk_once")]


class ImportReject(models.Model):
    """A row that could not be taken in, as it stood, with the reason; given back as a file."""

    run = models.ForeignKey(Import, models.CASCADE, related_name="rejects")
    line = models.BigIntegerField()
    reason = models.TextField()
    raw = models.TextField()


class ColumnMapping(models.Model):
    """A shape of sheets (its headings) and which of its columns is which field; remembered once somebody confirmed it.
    Headings are words of a form and tell nothing about anybody."""

    kind = models.TextField()
    signature = models.TextField()
    headings = models.JSONField(default=list)
    mapping = models.JSONField(default=dict, help_text="plain heading: field name, empty where it is kept by its heading")
    seen_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.TextField(default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "signature"], name="column_mapping_once")]


class Key(models.Model):
    """The fingerprint of the key file with which fields are encrypted: one row. Another key would not read them."""

    WEB_GRANT = "SELECT"

    id = models.SmallIntegerField(primary_key=True)
    fingerprint = models.TextField()
