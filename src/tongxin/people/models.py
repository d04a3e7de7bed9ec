"""The register: who lives behind which door."""

from __future__ import annotations

from django.db import models

from tongxin.places.models import Home


class Person(models.Model):
    """A resident or worker. ``person_no`` decides who somebody is; identity numbers may be shared or wrong.

    A person scanned before the register knows them is *provisional*: a number and the place of the sampling site,
    until the register arrives. ``place_id`` is the unit in which the person lives. Identity number and phone are
    encrypted; their keyed hashes find a person and are not unique.
    """

    JURISDICTION = "place_id"

    person_no = models.TextField(db_collation="C")
    name = models.TextField(db_default="", blank=True)
    sex = models.TextField(db_default="", blank=True)
    birth_date = models.DateField(null=True)
    place_id = models.BigIntegerField()
    home = models.ForeignKey(Home, models.PROTECT, null=True, db_index=False)
    category = models.TextField(db_default="", blank=True)
    id_number = models.BinaryField(null=True)
    id_hash = models.BinaryField(null=True)
    phone = models.BinaryField(null=True)
    phone_hash = models.BinaryField(null=True)
    provisional = models.BooleanField(db_default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person_no"], name="person_no_once")]
        indexes = [
            models.Index(fields=["place_id"], name="person_place"),
            models.Index(fields=["place_id", "id"], name="person_registered", condition=models.Q(provisional=False)),
            models.Index(fields=["name"], opclasses=["text_pattern_ops"], name="person_name"),
            models.Index(fields=["home"], name="person_home"),
            models.Index(fields=["id_hash"], name="person_id_hash", condition=models.Q(id_hash__isnull=False)),
            models.Index(fields=["phone_hash"], name="person_phone_hash", condition=models.Q(phone_hash__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name or self.person_no
