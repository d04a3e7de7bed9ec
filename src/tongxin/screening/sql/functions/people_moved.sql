-- People became known to the register, or live elsewhere now: their samples follow them, and the tubes' counts.
-- Returns the tubes concerned. Expected plan: index look-ups by (person, …) in each partition, then by tube.
CREATE OR REPLACE FUNCTION screening_people_moved(persons bigint[]) RETURNS bigint[]
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    tubes bigint[];
BEGIN
    WITH moved AS (
        UPDATE screening_tube_member m SET place_id = p.place_id, marks = m.marks & ~1
          FROM people_person p WHERE p.id = ANY (persons) AND m.person_id = p.id RETURNING m.tube_id)
    SELECT array_agg(DISTINCT tube_id) INTO tubes FROM moved;

    UPDATE screening_tube t SET provisional = a.provisional, bad_ids = a.bad_ids
      FROM (SELECT t.id, count(*) FILTER (WHERE m.marks & 1 <> 0) AS provisional,
                   count(*) FILTER (WHERE m.marks = 2) AS bad_ids
              FROM screening_tube t JOIN screening_tube_member m ON m.tube_id = t.id AND m.day = t.day
             WHERE t.id = ANY (tubes) GROUP BY t.id) a
     WHERE t.id = a.id AND (t.provisional, t.bad_ids) IS DISTINCT FROM (a.provisional, a.bad_ids);
    RETURN coalesce(tubes, '{}');
END $$;
