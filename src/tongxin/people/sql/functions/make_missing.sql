-- Make a provisional person, at the place given (the sampling site's), of every number that the register does not know.
-- Shares the register until the end of the transaction: it does not change under a scan that is being written.
-- Expected plan: index look-ups by person_no.
CREATE OR REPLACE FUNCTION people_make_missing(numbers text[], places bigint[]) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7401001);
    INSERT INTO people_person (person_no, place_id, provisional)
    SELECT i.number, min(i.place), true FROM unnest(numbers, places) AS i (number, place)
     WHERE NOT EXISTS (SELECT FROM people_person p WHERE p.person_no = i.number)
     GROUP BY i.number ORDER BY i.number COLLATE "C"
    ON CONFLICT (person_no) DO NOTHING;
END $$;
