"""Medicine: what was ordered, whose card is where, who bought it for how much, and what comes back by itself."""

from __future__ import annotations

from django.db import models

from tongxin.needs.medicine import states


class MedicineOrder(models.Model):
    """One resident's medicine. ``items``, ``note`` and ``found_at`` are encrypted: JSON ``[{"name", "strength", "amount"}]``, what
    the pharmacist or doctor said, and who has a special drug where no facility sells it. ``sold_at`` names the facility where
    alone it is to be had (a hospital's prescription, a search that found it); null: any pharmacy that has it. ``due_at`` is its
    need's."""

    JURISDICTION = "place_id"

    need = models.OneToOneField("needs.Need", models.CASCADE, related_name="medicine")
    place_id = models.BigIntegerField()
    person_id = models.BigIntegerField(null=True)
    state = models.TextField(default=states.REGISTERED, choices=[(s, s) for s in states.STATES])
    items = models.BinaryField(null=True)
    note = models.BinaryField(null=True)
    found_at = models.BinaryField(null=True)
    special = models.BooleanField(default=False)
    card_needed = models.BooleanField(default=False)
    card = models.TextField(db_default="", blank=True, help_text="the last step of the insurance card")
    sold_at = models.ForeignKey("places.Facility", models.SET_NULL, null=True, related_name="+")
    due_at = models.DateTimeField()
    urgent = models.BooleanField(default=False)
    registered_at = models.DateTimeField()
    consulted_at = models.DateTimeField(null=True)
    consulted_by = models.TextField(db_default="", blank=True)
    tour = models.ForeignKey("needs.Tour", models.SET_NULL, null=True, related_name="orders")
    bought_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], name="medicine_board", condition=models.Q(state__in=states.OPEN)),
            models.Index(fields=["tour"], name="medicine_tour", condition=models.Q(tour__isnull=False)),
            models.Index(fields=["person_id"], name="medicine_person", condition=models.Q(person_id__isnull=False)),
        ]


class CardStep(models.Model):
    """One hand-over of an insurance card: collected, passed on, returned; from whom to whom."""

    JURISDICTION = "place_id"

    order = models.ForeignKey(MedicineOrder, models.CASCADE, related_name="card_steps")
    place_id = models.BigIntegerField()
    at = models.DateTimeField()
    step = models.TextField()
    actor = models.TextField()
    holder = models.TextField(help_text="who has it now")


class Tour(models.Model):
    """A buyer's day: the stops in order (``[{"facility", "arrive", "orders"}]``), and the purse."""

    JURISDICTION = "place_id"

    place_id = models.BigIntegerField()
    day = models.DateField()
    buyer = models.ForeignKey("access.User", models.PROTECT, related_name="+")
    stops = models.JSONField(default=list, blank=True)
    planned_at = models.DateTimeField()
    planned_by = models.TextField()
    advanced = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    returned = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(db_default="", blank=True)
    settled_reason = models.TextField(db_default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["buyer", "day"], name="tour_buyer_day_once")]
        indexes = [models.Index(fields=["place_id", "day"], name="tour_place_day")]


class Purchase(models.Model):
    """What was paid for an order, by whom, where; and what was given back. Yuan."""

    JURISDICTION = "place_id"

    order = models.ForeignKey(MedicineOrder, models.PROTECT, related_name="purchases")
    place_id = models.BigIntegerField()
    buyer = models.ForeignKey("access.User", models.PROTECT, related_name="+")
    day = models.DateField()
    facility = models.ForeignKey("places.Facility", models.PROTECT, null=True, related_name="+")
    price = models.DecimalField(max_digits=12, decimal_places=2)
    payer = models.TextField()
    receipt = models.TextField()
    refund = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    bought_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "receipt"], name="purchase_receipt_once")]
        indexes = [models.Index(fields=["buyer", "day"], name="purchase_buyer_day")]


class Prescription(models.Model):
    """What somebody takes for good: it comes back as a need before it runs out, by itself."""

    JURISDICTION = "place_id"

    person_id = models.BigIntegerField()
    place_id = models.BigIntegerField()
    items = models.BinaryField()
    every_days = models.SmallIntegerField()
    supplied_on = models.DateField()
    comes_back_on = models.DateField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["comes_back_on"], name="prescription_due", condition=models.Q(ended_at=None)),
            models.Index(fields=["person_id"], name="prescription_person"),
        ]
