-- What a tube is flagged for: the same as screening.rules.flags, in alphabetical order (a parity test compares them).
CREATE OR REPLACE FUNCTION screening_flags(t screening_tube) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT array_remove(ARRAY[
        CASE WHEN t.bad_ids > 0 THEN 'bad_id_number' END,
        CASE WHEN t.last_scan_at > t.first_report_at THEN 'clock_suspect' END,
        CASE WHEN t.header_conflict THEN 'header_conflict' END,
        CASE WHEN t.members > t.capacity THEN 'over_capacity' END,
        CASE WHEN t.in_two THEN 'person_in_two_tubes' END,
        CASE WHEN t.provisional > 0 THEN 'unknown_person' END], NULL)
$$;
