"""The tree of places, homes in it, facilities that stand in it, and named sets of places."""

from __future__ import annotations

from django.db import models


class Place(models.Model):
    """A node of the tree, from province to unit, under its printed name. The identifier is a ``PlaceId``."""

    WEB_GRANT = "SELECT"

    id = models.BigIntegerField(primary_key=True)
    parent_id = models.BigIntegerField()
    name = models.TextField()
    level = models.SmallIntegerField()
    lon = models.FloatField(null=True, help_text="degrees east, WGS 84")
    lat = models.FloatField(null=True, help_text="degrees north, WGS 84")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["parent_id", "name"], name="place_name_once")]

    def __str__(self) -> str:
        return self.name


class Home(models.Model):
    """A door: the number on it, its unit and its floor (0 when the number does not tell it)."""

    JURISDICTION = "place_id"

    place_id = models.BigIntegerField()
    number = models.TextField()
    floor = models.SmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place_id", "number"], name="home_once")]


class Facility(models.Model):
    """A sampling site, laboratory, hospital, hotel, depot, market, checkpoint or enterprise, standing in a place; ``kind`` is
    one of ``rules.FACILITIES``."""

    JURISDICTION = "place_id"

    code = models.TextField(unique=True)
    name = models.TextField()
    kind = models.TextField()
    place_id = models.BigIntegerField(db_index=True)
    lon = models.FloatField(null=True, help_text="degrees east, WGS 84")
    lat = models.FloatField(null=True, help_text="degrees north, WGS 84")

    def __str__(self) -> str:
        return self.name


class Zone(models.Model):
    """A named set of places (片区, 网格): scopes, rounds and orders may use it."""

    JURISDICTION = "place_id"

    name = models.TextField()
    place_id = models.BigIntegerField(help_text="the smallest place that holds all of it")


class ZonePlace(models.Model):
    zone = models.ForeignKey(Zone, models.CASCADE, related_name="members")
    place_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["zone", "place_id"], name="zone_place_once")]


class Address(models.Model):
    """A free text whose community is not known: it stands at the finest place that is (a street), under a key of its own,
    until somebody settles it. ``settled`` are then the places that it means."""

    JURISDICTION = "place_id"

    place_id = models.BigIntegerField()
    text = models.TextField()
    key = models.TextField()
    parsed = models.JSONField(default=dict, blank=True)
    settled = models.JSONField(default=list, blank=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place_id", "key"], name="address_once")]
        indexes = [models.Index(fields=["place_id"], name="address_open", condition=models.Q(settled_at=None))]

    def __str__(self) -> str:
        return self.text
