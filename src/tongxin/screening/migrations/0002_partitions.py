"""The partitioned tables of members and results, and the function that adds a day to them."""

from django.db import migrations

TABLES = """
CREATE TABLE screening_tube_member (
    tube_id bigint NOT NULL,
    person_id bigint NOT NULL,
    place_id bigint NOT NULL,
    nth bigint NOT NULL DEFAULT 0,
    scanned_at timestamptz NOT NULL,
    day date NOT NULL,
    round_id integer NOT NULL DEFAULT 0,
    marks smallint NOT NULL DEFAULT 0,
    CONSTRAINT tube_member_once PRIMARY KEY (tube_id, person_id, day),
    CONSTRAINT tube_member_round UNIQUE (person_id, round_id, nth, day)
) PARTITION BY LIST (day);

CREATE TABLE screening_tube_result (
    tube_id bigint NOT NULL,
    place_id bigint NOT NULL,
    tested_at timestamptz,
    reported_at timestamptz NOT NULL,
    day date NOT NULL,
    lab_id integer NOT NULL,
    result smallint NOT NULL CHECK (result BETWEEN 0 AND 3),
    ct_orf1ab double precision,
    ct_n double precision,
    report_no text COLLATE "C" NOT NULL,
    CONSTRAINT tube_result_once PRIMARY KEY (tube_id, report_no, day)
) PARTITION BY LIST (day);

CREATE TABLE screening_report_number (
    report_no text COLLATE "C" NOT NULL CONSTRAINT report_number_once PRIMARY KEY,
    tube_id bigint NOT NULL
);

-- A tube is written when it is scanned and once more when it is reported: the second row fits beside the first, and no
-- index is touched.
ALTER TABLE screening_tube SET (fillfactor = 45);
CREATE SEQUENCE screening_tube_block START 1000000;

-- ATTACH takes a lock that lets scans and reports go on; CREATE … PARTITION OF would stop them.
CREATE FUNCTION screening_ensure_day(wanted date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    parent text;
    child text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('screening_ensure_day'));
    FOREACH parent IN ARRAY ARRAY['screening_tube_member', 'screening_tube_result'] LOOP
        child := parent || '_' || to_char(wanted, 'YYYYMMDD');
        IF to_regclass(child) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', child, parent);
            EXECUTE format('ALTER TABLE %I ADD CHECK (day = %L)', child, wanted);
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES IN (%L)', parent, child, wanted);
        END IF;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION screening_ensure_day(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION screening_ensure_day(date) TO tongxin_jobs;
SELECT screening_ensure_day('1900-01-01');
"""

UNDO = """
DROP FUNCTION screening_ensure_day(date);
DROP SEQUENCE screening_tube_block;
DROP TABLE screening_report_number;
DROP TABLE screening_tube_result;
DROP TABLE screening_tube_member;
"""


class Migration(migrations.Migration):
    dependencies = [("screening", "0001_initial")]
    operations = [migrations.RunSQL(TABLES, UNDO)]
