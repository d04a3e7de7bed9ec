"""Work for a human: what, where, by when, whose."""

from __future__ import annotations

from django.db import models


class Task(models.Model):
    """One piece of work. ``kind`` is declared in ``tasks.kinds``; its subject is a row of another stage.

    ``escalation`` counts how often it was passed up the tree (0: with its owner); ``escalate_at`` is the next time.
    A subject has at most one open task of a kind.
    """

    JURISDICTION = "place_id"

    class State(models.TextChoices):
        OPEN = "open"
        CLAIMED = "claimed"
        DONE = "done"
        CANCELLED = "cancelled"

    kind = models.TextField()
    state = models.TextField(default=State.OPEN, choices=State.choices)
    place_id = models.BigIntegerField()
    subject_kind = models.TextField()
    subject_id = models.BigIntegerField()
    person_id = models.BigIntegerField(null=True)
    params = models.JSONField(default=dict, blank=True)
    team = models.TextField(help_text="the role that does such work")
    owner = models.ForeignKey("access.User", models.SET_NULL, null=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    frees = models.IntegerField(db_default=0, help_text="person-hours of restriction that end if this one is done")
    escalation = models.SmallIntegerField(default=0)
    escalate_at = models.DateTimeField(null=True)
    rule = models.TextField(help_text="pack and rule that set the due time")
    outcome = models.TextField(default="", blank=True)
    evidence = models.JSONField(default=dict, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_kind", "subject_id"],
                condition=models.Q(state__in=["open", "claimed"]),
                name="task_open_once",
            )
        ]
        indexes = [
            models.Index(fields=["place_id", "due_at"], name="task_list", condition=models.Q(state__in=["open", "claimed"])),
            models.Index(fields=["escalate_at"], name="task_clock", condition=models.Q(state__in=["open", "claimed"])),
            models.Index(fields=["owner", "due_at"], name="task_owner", condition=models.Q(state__in=["open", "claimed"])),
            models.Index(fields=["due_at", "id"], name="task_due", condition=models.Q(state__in=["open", "claimed"])),
            models.Index(fields=["subject_kind", "subject_id"], name="task_subject"),
            models.Index(
                fields=["-frees", "due_at", "id"], name="task_next_knock",
                condition=models.Q(state__in=["open", "claimed"], frees__gt=0),
            ),
        ]


class TaskEvent(models.Model):
    """What happened to a task: opened, claimed, handed over, escalated, done, cancelled."""

    JURISDICTION = "place_id"
    OPEN_INSERT = True

    task = models.ForeignKey(Task, models.CASCADE, related_name="events")
    place_id = models.BigIntegerField()
    at = models.DateTimeField()
    event = models.TextField()
    actor = models.TextField()
    note = models.TextField(default="", blank=True)
