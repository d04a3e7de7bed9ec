"""The function that takes a day out of the partitioned tables again."""

from django.db import migrations

# A partition cannot be dropped without stopping the table for a moment: who waits for that longer than two seconds
# gives up, so that scans never queue behind a deletion, and the next sweep tries again.
DROP_DAY = """
CREATE FUNCTION screening_drop_day(unwanted date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    parent text;
BEGIN
    IF unwanted = '1900-01-01' THEN
        RAISE EXCEPTION 'what stands outside any round has no day to drop';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('screening_ensure_day'));
    FOREACH parent IN ARRAY ARRAY['screening_tube_member', 'screening_tube_result'] LOOP
        EXECUTE format('DROP TABLE IF EXISTS %I', parent || '_' || to_char(unwanted, 'YYYYMMDD'));
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION screening_drop_day(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION screening_drop_day(date) TO tongxin_jobs;
"""


class Migration(migrations.Migration):
    dependencies = [("screening", "0002_partitions")]
    operations = [migrations.RunSQL(DROP_DAY, "DROP FUNCTION screening_drop_day(date)")]
