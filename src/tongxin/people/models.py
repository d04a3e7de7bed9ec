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


class Stay(models.Model):
    """A person who is known to be elsewhere than at home, for the community that answers there: as much as it needs to
    find and call them. It exists while that community answers and is deleted with the work that brought it about.
    """

    JURISDICTION = "place_id"

    person = models.ForeignKey(Person, models.CASCADE, db_constraint=False)
    place_id = models.BigIntegerField()
    cause = models.TextField(help_text="which stage's work brought it about")
    since = models.DateTimeField()
    person_no = models.TextField()
    name = models.TextField()
    category = models.TextField()
    phone = models.BinaryField(null=True)
    home_place_id = models.BigIntegerField()
    door = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "place_id", "cause"], name="stay_once")]
        indexes = [models.Index(fields=["place_id"], name="stay_place")]

    def __str__(self) -> str:
        return self.name or self.person_no
