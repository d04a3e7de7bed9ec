-- Take in scans, whatever their order and repetition: one element of each array a scan (bad_marks: 2 for a wrong identity
-- number, else 0). Who is not in the register becomes a provisional person.
-- Tubes are locked in the order of their barcodes; the unique indexes decide what is a repeat (tube, person) and who is
-- in two tubes of a round (person, round, nth). Returns how many scans were new, the tubes the chase must look at
-- (found positive, or a retest), and the tubes that carry a flag.
-- Expected plan: index look-ups by barcode, (tube, person, day) and (person, round, nth, day); no sequential scan.
CREATE OR REPLACE FUNCTION screening_record_scans(
    barcodes text[], round_ids integer[], days date[], purposes smallint[], kinds smallint[], capacities smallint[],
    station_ids integer[], places bigint[], numbers text[], bad_marks smallint[], times timestamptz[],
    OUT accepted integer, OUT touched bigint[], OUT flagged bigint[])
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    second integer := 0;
    twins bigint[];
BEGIN
    -- A plan made once serves a station's batch; a large one is worth a plan that knows its size.
    PERFORM set_config('plan_cache_mode', CASE WHEN cardinality(barcodes) > 1000 THEN 'force_custom_plan'
                                               ELSE 'force_generic_plan' END, true);

    PERFORM people_make_missing(numbers, places);

    INSERT INTO screening_tube AS t (barcode, round_id, day, purpose, kind, capacity, station_id, place_id,
                                     first_scan_at, last_scan_at, header_conflict)
    SELECT i.barcode, (array_agg(nullif(i.round_id, 0) ORDER BY i.n))[1], (array_agg(i.day ORDER BY i.n))[1],
           (array_agg(i.purpose ORDER BY i.n))[1], (array_agg(i.kind ORDER BY i.n))[1],
           (array_agg(i.capacity ORDER BY i.n))[1], (array_agg(i.station_id ORDER BY i.n))[1],
           (array_agg(i.place_id ORDER BY i.n))[1], min(i.at), max(i.at),
           min((i.round_id, i.purpose, i.kind, i.capacity)::text) <> max((i.round_id, i.purpose, i.kind, i.capacity)::text)
      FROM unnest(barcodes, round_ids, days, purposes, kinds, capacities, station_ids, places, times)
           WITH ORDINALITY AS i (barcode, round_id, day, purpose, kind, capacity, station_id, place_id, at, n)
     GROUP BY i.barcode ORDER BY i.barcode COLLATE "C"
    ON CONFLICT (barcode) DO UPDATE SET
           round_id = CASE WHEN t.purpose = 0 THEN excluded.round_id ELSE t.round_id END,
           day = CASE WHEN t.purpose = 0 THEN excluded.day ELSE t.day END,
           kind = CASE WHEN t.purpose = 0 THEN excluded.kind ELSE t.kind END,
           capacity = CASE WHEN t.purpose = 0 THEN excluded.capacity ELSE t.capacity END,
           station_id = CASE WHEN t.purpose = 0 THEN excluded.station_id ELSE t.station_id END,
           place_id = CASE WHEN t.purpose = 0 THEN excluded.place_id ELSE t.place_id END,
           purpose = CASE WHEN t.purpose = 0 THEN excluded.purpose ELSE t.purpose END,
           header_conflict = t.header_conflict OR excluded.header_conflict OR (t.purpose <> 0
               AND (t.round_id, t.purpose, t.kind, t.capacity)
                   IS DISTINCT FROM (excluded.round_id, excluded.purpose, excluded.kind, excluded.capacity)),
           first_scan_at = least(t.first_scan_at, excluded.first_scan_at),
           last_scan_at = greatest(t.last_scan_at, excluded.last_scan_at)
     WHERE t.purpose = 0 OR excluded.last_scan_at > t.last_scan_at OR excluded.first_scan_at < t.first_scan_at
        OR excluded.header_conflict
        OR (t.round_id, t.purpose, t.kind, t.capacity)
           IS DISTINCT FROM (excluded.round_id, excluded.purpose, excluded.kind, excluded.capacity);

    -- Reports that came before the first scan stand outside any day until now.
    UPDATE screening_tube_result r SET day = t.day, place_id = t.place_id
      FROM screening_tube t
     WHERE t.barcode = ANY (barcodes) AND t.reports > 0 AND t.members = 0
       AND r.tube_id = t.id AND r.day = '1900-01-01';

    UPDATE screening_handover h SET place_id = t.place_id FROM screening_tube t
     WHERE t.barcode = ANY (barcodes) AND t.members = 0 AND h.tube_id = t.id AND h.place_id <> t.place_id;

    INSERT INTO screening_tube_member (tube_id, person_id, place_id, nth, scanned_at, day, round_id, marks)
    SELECT t.id, p.id, p.place_id, CASE WHEN t.purpose = 2 THEN t.id ELSE 0 END, i.at, t.day,
           coalesce(t.round_id, 0), i.marks + p.provisional::int
      FROM unnest(barcodes, numbers, bad_marks, times) AS i (barcode, number, marks, at)
      JOIN screening_tube t ON t.barcode = i.barcode
      JOIN people_person p ON p.person_no = i.number
     ORDER BY t.barcode, p.id
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS accepted = ROW_COUNT;

    IF accepted < cardinality(barcodes) THEN
        -- What is not in by now repeats a (tube, person), or is a person's second tube of the round.
        INSERT INTO screening_tube_member (tube_id, person_id, place_id, nth, scanned_at, day, round_id, marks)
        SELECT DISTINCT ON (t.barcode, p.id)
               t.id, p.id, p.place_id, t.id, i.at, t.day, coalesce(t.round_id, 0), i.marks + p.provisional::int
          FROM unnest(barcodes, numbers, bad_marks, times) AS i (barcode, number, marks, at)
          JOIN screening_tube t ON t.barcode = i.barcode
          JOIN people_person p ON p.person_no = i.number
         WHERE NOT EXISTS (SELECT FROM screening_tube_member m
                            WHERE m.tube_id = t.id AND m.person_id = p.id AND m.day = t.day)
         ORDER BY t.barcode, p.id
        ON CONFLICT DO NOTHING;
        GET DIAGNOSTICS second = ROW_COUNT;
        accepted := accepted + second;

        UPDATE screening_tube_member m SET marks = m.marks | i.marks
          FROM unnest(barcodes, numbers, bad_marks) AS i (barcode, number, marks)
          JOIN screening_tube t ON t.barcode = i.barcode
          JOIN people_person p ON p.person_no = i.number
         WHERE i.marks & 2 <> 0 AND m.tube_id = t.id AND m.person_id = p.id AND m.day = t.day
           AND m.marks & 2 = 0;

        -- Never lose a swab: every scan is a member now, or nothing of this is written (and it is tried again).
        IF EXISTS (SELECT FROM unnest(barcodes, numbers) AS i (barcode, number)
                     LEFT JOIN screening_tube t ON t.barcode = i.barcode
                     LEFT JOIN people_person p ON p.person_no = i.number
                     LEFT JOIN screening_tube_member m ON m.tube_id = t.id AND m.person_id = p.id AND m.day = t.day
                    WHERE m.tube_id IS NULL) THEN
            RAISE EXCEPTION 'a scan would have been lost' USING ERRCODE = 'serialization_failure';
        END IF;
    END IF;

    IF second > 0 THEN
        -- Found first and marked by their ids then: an UPDATE that joins may miss a tube that somebody else is changing.
        WITH doubles AS (
            SELECT m.person_id, m.round_id, m.day FROM screening_tube t
              JOIN screening_tube_member m ON m.tube_id = t.id AND m.day = t.day
             WHERE t.barcode = ANY (barcodes) AND t.purpose = 1 AND m.nth <> 0)
        SELECT array_agg(DISTINCT o.tube_id) INTO twins
          FROM doubles d JOIN screening_tube_member o
            ON o.person_id = d.person_id AND o.round_id = d.round_id AND o.day = d.day;

        WITH marked AS (UPDATE screening_tube SET in_two = true WHERE id = ANY (twins) AND NOT in_two RETURNING id)
        SELECT array_agg(id) INTO twins FROM marked;
    END IF;

    UPDATE screening_tube t SET members = a.members, provisional = a.provisional, bad_ids = a.bad_ids
      FROM (SELECT t.id, count(*) AS members, count(*) FILTER (WHERE m.marks & 1 <> 0) AS provisional,
                   count(*) FILTER (WHERE m.marks = 2) AS bad_ids
              FROM screening_tube t JOIN screening_tube_member m ON m.tube_id = t.id AND m.day = t.day
             WHERE t.barcode = ANY (barcodes) GROUP BY t.id) a
     WHERE t.id = a.id AND (t.members, t.provisional, t.bad_ids) IS DISTINCT FROM (a.members, a.provisional, a.bad_ids);

    SELECT array_agg(t.id) FILTER (WHERE t.result >= 2 OR t.purpose = 2),
           array_agg(t.id) FILTER (WHERE screening_flags(t) <> '{}')
      INTO touched, flagged FROM screening_tube t WHERE t.barcode = ANY (barcodes) OR t.id = ANY (twins);
END $$;
