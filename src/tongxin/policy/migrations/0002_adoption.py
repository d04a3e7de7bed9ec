"""Periods get an end, a reason and no overlap; response levels; comments."""

from django.db import migrations, models
from django.db.models import F, Q

# Periods written before they had an end ended where the next one of their place began.
CLOSE = """
UPDATE policy_period p SET ends_at = n.next, derived_at = CASE WHEN p.starts_at <= now() THEN now() END
FROM (SELECT id, lead(starts_at) OVER (PARTITION BY place_id ORDER BY starts_at) AS next FROM policy_period) n
WHERE n.id = p.id
"""

# Judged after each row; the lock lets one transaction at a time write periods, so that of two that adopt at once the
# second sees what the first has done. `policy.operations` takes the same lock before it reads.
ALONE = """
CREATE FUNCTION policy_period_alone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7401010);
    IF EXISTS (
        SELECT 1 FROM policy_period p
        WHERE p.place_id = NEW.place_id AND p.id <> NEW.id
          AND tstzrange(p.starts_at, p.ends_at) && tstzrange(NEW.starts_at, NEW.ends_at)
    ) THEN
        RAISE EXCEPTION 'two policy periods of place % overlap', NEW.place_id
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'period_alone', TABLE = 'policy_period';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER period_alone AFTER INSERT OR UPDATE ON policy_period
    FOR EACH ROW EXECUTE FUNCTION policy_period_alone()
"""


class Migration(migrations.Migration):
    dependencies = [("policy", "0001_initial")]
    operations = [
        migrations.AddField("period", "ends_at", models.DateTimeField(null=True)),
        migrations.AddField("period", "reason", models.TextField(blank=True, default="")),
        migrations.AddField(
            "period",
            "derived_at",
            models.DateTimeField(null=True, help_text="when what was in force was derived anew under it"),
        ),
        migrations.AlterField("period", "pack", models.TextField(blank=True)),
        migrations.RemoveConstraint("period", "period_once"),
        migrations.RunSQL(CLOSE, migrations.RunSQL.noop),
        migrations.AddIndex("period", models.Index(fields=["place_id", "starts_at"], name="period_place")),
        migrations.AddIndex(
            "period", models.Index(condition=Q(derived_at=None), fields=["starts_at"], name="period_to_derive")
        ),
        migrations.AddConstraint(
            "period",
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gte=F("starts_at")), name="period_ends_after_start"
            ),
        ),
        migrations.RunSQL(ALONE, "DROP TRIGGER period_alone ON policy_period; DROP FUNCTION policy_period_alone()"),
        migrations.CreateModel(
            name="ResponseLevel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place_id", models.BigIntegerField()),
                ("level", models.SmallIntegerField()),
                ("starts_at", models.DateTimeField()),
                ("set_by", models.TextField()),
                ("reason", models.TextField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=Q(level__gte=0, level__lte=4), name="response_level_known"),
                    models.UniqueConstraint(fields=("place_id", "starts_at"), name="response_level_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("pack", models.TextField()),
                ("key", models.TextField()),
                ("place_id", models.BigIntegerField()),
                ("author", models.TextField()),
                ("at", models.DateTimeField()),
                ("text", models.TextField()),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=~Q(text=""), name="comment_says_something")],
                "indexes": [models.Index(fields=["pack", "key", "id"], name="comment_parameter")],
            },
        ),
    ]
