"""Orders on sets of places, what belongs to them, and what was published."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class Order(models.Model):
    """An area: a limit on the people of some places, with basis, cause, reason, start and end.

    What it means for a person is a restriction each, caused by the order. ``place_id`` is the smallest place that holds
    all of its parts. ``anchor_at``: when the last case left (NULL: one is inside); ``due_at``: the earliest lawful lift;
    ``ends_at``: when it lapses unless a named person has extended it. ``source`` is "own", or "list" for what another
    authority published: such an order ends when a list no longer names it, and is overdue after its end.
    ``then_kind`` is what it becomes, until ``then_ends_at`` at the latest; ``after`` the kind of the order (``parent``) whose
    next step it is. ``anchor_event`` to ``contact_days`` are what the lift asks for (``areas.rules.Terms``).
    """

    JURISDICTION = "place_id"

    place_id = models.BigIntegerField()
    kind = models.TextField()
    size = models.TextField(help_text="of its largest part, areas.rules.SIZES")
    name = models.TextField(help_text="as it is published: a unit at the finest")
    key = models.TextField(default="", blank=True, help_text="equal for two wordings of the same places in one street")
    source = models.TextField(default="own")
    basis = models.TextField()
    cause_kind = models.TextField()
    cause_id = models.BigIntegerField()
    reason_zh = models.TextField()
    reason_en = models.TextField()
    justification = models.TextField(default="", blank=True)
    issued_by = models.TextField()
    issued_at = models.DateTimeField()
    starts_at = models.DateTimeField()
    anchor_at = models.DateTimeField(null=True)
    last_day = models.DateField(null=True)
    due_at = models.DateTimeField()
    conditions_met_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField()
    state = models.TextField(default="in_force")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(default="", blank=True)
    end_reason = models.TextField(default="", blank=True)
    extended_by = models.TextField(default="", blank=True)
    extension_cause = models.TextField(default="", blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="parts_of")
    persons = models.IntegerField(default=0, help_text="limited by it when it was last counted")
    missing = models.IntegerField(default=0, help_text="of them without a result of the last day")
    lacking = ArrayField(models.BigIntegerField(), null=True, help_text="who they are, where they are few")
    tested_at = models.DateTimeField(null=True, help_text="the last negative result of the others")
    after = models.TextField(default="", db_default="", blank=True)
    then_kind = models.TextField(default="", db_default="", blank=True)
    then_ends_at = models.DateTimeField(null=True)
    anchor_event = models.TextField(default="removed", db_default="removed", help_text="removed or disinfected")
    exempts = ArrayField(models.TextField(), null=True, help_text="findings of cases that do not restart its days")
    negative_within = models.SmallIntegerField(default=1, db_default=1, help_text="last days whose negative results count")
    contact_days = models.SmallIntegerField(default=0, db_default=0, help_text="days since the last exposure of a contact inside")
    test_day = models.DateField(null=True, help_text="the latest test day on which samples were counted")
    untested = models.IntegerField(default=0, db_default=0, help_text="without a sample of that day")
    decision = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="order_ends_after_start"),
            models.CheckConstraint(condition=Q(due_at__lte=F("ends_at")), name="order_due_before_end"),
            models.CheckConstraint(
                condition=~Q(basis="") & ~Q(kind="") & ~Q(name="") & ~Q(reason_zh="") & ~Q(reason_en="") & ~Q(issued_by=""),
                name="order_says_why",
            ),
            models.CheckConstraint(
                condition=Q(cause_kind__in=["case", "result", "exposure", "order", "list"]), name="order_has_cause"
            ),
            models.CheckConstraint(
                condition=Q(state="in_force", ended_at=None) | (~Q(state="in_force") & Q(ended_at__isnull=False)),
                name="order_end_dated",
            ),
            models.CheckConstraint(
                condition=Q(extended_by="", extension_cause="") | (~Q(extended_by="") & ~Q(extension_cause="")),
                name="order_extension_signed",
            ),
            models.CheckConstraint(
                condition=Q(then_kind="", then_ends_at=None) | (~Q(then_kind="") & Q(then_ends_at__gt=F("ends_at"))),
                name="order_step_ends",
            ),
        ]
        indexes = [
            models.Index(fields=["place_id", "due_at"], name="order_place", condition=Q(state="in_force")),
            models.Index(fields=["due_at"], name="order_due", condition=Q(state="in_force", conditions_met_at=None)),
            models.Index(fields=["ends_at"], name="order_ends", condition=Q(state="in_force", source="own")),
            models.Index(fields=["place_id", "issued_at"], name="order_history"),
        ]

    def __str__(self) -> str:
        return self.name


class Part(models.Model):
    """One of the places of an order: a place whole, a floor of it, a home, a facility, or an address that is not settled
    yet (then ``place_id`` is the finest place known)."""

    JURISDICTION = "place_id"

    order = models.ForeignKey(Order, models.CASCADE, related_name="parts")
    place_id = models.BigIntegerField()
    place_end = models.BigIntegerField(help_text="the end of its range of identifiers, not included")
    floor = models.SmallIntegerField(null=True)
    home_id = models.BigIntegerField(null=True)
    facility_id = models.BigIntegerField(null=True)
    address_id = models.BigIntegerField(null=True)
    excluded = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order", "place_id", "floor", "home_id", "facility_id", "address_id"],
                nulls_distinct=False, name="part_once",
            )
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["place_id"], name="part_place"),
            models.Index(fields=["address_id"], name="part_address", condition=Q(address_id__isnull=False)),
        ]


class RollMark(models.Model):
    """What the register does not say about somebody on the roll of an order: away since, exempt, or present without being
    registered here. Everybody else who lives in its places is present. ``place_id`` and ``home_id`` of somebody who is here
    unregistered are where they are: a unit of the area, and the door if it is known."""

    JURISDICTION = "place_id"

    class Status(models.TextChoices):
        AWAY = "away"
        EXEMPT = "exempt"
        UNREGISTERED = "unregistered"

    order = models.ForeignKey(Order, models.CASCADE, related_name="marks")
    person_id = models.BigIntegerField()
    place_id = models.BigIntegerField()
    home_id = models.BigIntegerField(null=True)
    status = models.TextField(choices=Status.choices)
    since = models.DateTimeField()
    by = models.TextField()
    reason = models.TextField(default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["order", "person_id"], name="roll_mark_once")]
        indexes = [models.Index(fields=["person_id"], name="roll_mark_here", condition=Q(status="unregistered"))]


class ExitsCheck(models.Model):
    """Somebody looked: the fire exits and unit doors of an area are open (or not), with a photo."""

    JURISDICTION = "place_id"

    order = models.ForeignKey(Order, models.CASCADE, null=True, related_name="exits")
    place_id = models.BigIntegerField()
    at = models.DateTimeField()
    by = models.TextField()
    is_open = models.BooleanField()
    photo = models.BinaryField()
    photo_kind = models.TextField()
    note = models.TextField(default="", blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(photo=b""), name="exits_photographed")]


class Disinfection(models.Model):
    """The terminal disinfection of an area after its last case had left: by whom, when, who put it on record."""

    JURISDICTION = "place_id"

    order = models.ForeignKey(Order, models.CASCADE, related_name="disinfections")
    place_id = models.BigIntegerField()
    at = models.DateTimeField()
    done_by = models.TextField(help_text="who did it, as they are called")
    by = models.TextField(help_text="who put it on record")
    noted_at = models.DateTimeField()
    note = models.TextField(default="", blank=True)
    photo = models.BinaryField(null=True)
    photo_kind = models.TextField(default="", blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(done_by="") & ~Q(by=""), name="disinfection_by_somebody")]


class Study(models.Model):
    """What a risk study found of a case (``areas.rules.FINDINGS``), signed: whether it draws an area, or restarts the days of
    one, is then the pack's to say."""

    JURISDICTION = "place_id"

    case_id = models.BigIntegerField(unique=True)
    place_id = models.BigIntegerField()
    finding = models.TextField()
    ct = models.FloatField(null=True, help_text="the lowest Ct value of a case from abroad")
    reason = models.TextField()
    by = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(finding__in=["home", "isolated", "repositive", "inbound"]) & ~Q(reason="") & ~Q(by=""),
                name="study_says_why",
            )
        ]


class Barrier(models.Model):
    """A barrier of an area: where, of what, since when, and when it was taken away. It must be removable at once."""

    JURISDICTION = "place_id"

    order = models.ForeignKey(Order, models.CASCADE, related_name="barriers")
    place_id = models.BigIntegerField()
    where = models.TextField()
    made_of = models.TextField()
    placed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)


class Objection(models.Model):
    """Somebody objects to a limit. Whoever signed what it is against cannot answer it: the database refuses that."""

    JURISDICTION = "place_id"

    order = models.ForeignKey(Order, models.CASCADE, null=True, related_name="objections")
    restriction_id = models.BigIntegerField(null=True)
    person_id = models.BigIntegerField()
    place_id = models.BigIntegerField()
    against = models.TextField(help_text="who signed it")
    signers = ArrayField(models.TextField(), default=list, help_text="everybody who signed some of it")
    text = models.TextField()
    at = models.DateTimeField()
    due_at = models.DateTimeField()
    answered_by = models.TextField(default="", blank=True)
    answered_at = models.DateTimeField(null=True)
    upheld = models.BooleanField(null=True)
    answer = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(answered_by=F("against")) | Q(answered_by=""), name="objection_not_own"),
            models.CheckConstraint(
                condition=Q(answered_by="", answered_at=None) | (~Q(answered_by="") & ~Q(answer="")),
                name="objection_answered_in_words",
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=False) | Q(restriction_id__isnull=False), name="objection_against_something"
            ),
        ]


class Event(models.Model):
    """A line of an order's timeline."""

    JURISDICTION = "place_id"

    order = models.ForeignKey(Order, models.CASCADE, related_name="events")
    place_id = models.BigIntegerField()
    at = models.DateTimeField()
    event = models.TextField()
    actor = models.TextField()
    note = models.TextField(default="", blank=True)
    values = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [models.Index(fields=["order", "at"], name="area_event_order")]


class Publication(models.Model):
    """A list of areas as it was published for a day, by this city or by somebody else. ``low`` are the entries of the low
    list, which limit nobody."""

    JURISDICTION = "place_id"

    place_id = models.BigIntegerField()
    day = models.DateField()
    at = models.DateTimeField()
    digest = models.BinaryField()
    low = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place_id", "day"], name="publication_once")]


class Listing(models.Model):
    """An entry of a published list: the order that it names, in the words of that day."""

    JURISDICTION = "place_id"

    publication = models.ForeignKey(Publication, models.CASCADE, related_name="listings")
    order = models.ForeignKey(Order, models.CASCADE, related_name="listings")
    place_id = models.BigIntegerField()
    street = models.TextField(help_text="as the list writes it")
    text = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["publication", "street", "text"], name="listing_once")]
        indexes = [models.Index(fields=["order"], name="listing_order")]
