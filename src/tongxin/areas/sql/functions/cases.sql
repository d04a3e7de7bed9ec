-- The cases of an order that were not withdrawn: those who live in one of its parts (its floors, its homes) and in none that
-- is taken out of it, the same places as `people.sql`, and those found there without being registered. A case that left more
-- than sixty days before the order (or before they were found there) is none of its, nor is one who was away already when they
-- became positive, nor one of which a risk study found what does not restart the days by the order's pack.
CREATE OR REPLACE FUNCTION areas_cases(order_id bigint)
RETURNS TABLE (case_id bigint, person_id bigint, positive_at timestamptz, removed_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT c.id, c.person_id, c.positive_at, c.removed_at
      FROM chase_case c
      JOIN areas_order o ON o.id = $1
      LEFT JOIN people_person p ON p.id = c.person_id
      LEFT JOIN places_home h ON h.id = p.home_id
     WHERE c.withdrawn_at IS NULL
       AND (o.exempts IS NULL
            OR NOT EXISTS (SELECT FROM areas_study s WHERE s.case_id = c.id AND s.finding = ANY (o.exempts)))
       AND (c.removed_at IS NULL OR c.removed_at > o.starts_at - interval '60 days')
       AND c.id IN (
           SELECT k.id FROM areas_part a JOIN chase_case k ON k.place_id >= a.place_id AND k.place_id < a.place_end
            WHERE a.order_id = $1 AND NOT a.excluded AND a.address_id IS NULL AND a.facility_id IS NULL
              AND k.withdrawn_at IS NULL)
       AND EXISTS (
           SELECT FROM areas_part a
            WHERE a.order_id = $1 AND NOT a.excluded AND c.place_id >= a.place_id AND c.place_id < a.place_end
              AND (a.floor IS NULL OR h.floor = a.floor) AND (a.home_id IS NULL OR p.home_id = a.home_id))
       AND NOT EXISTS (
           SELECT FROM areas_part a
            WHERE a.order_id = $1 AND a.excluded AND c.place_id >= a.place_id AND c.place_id < a.place_end
              AND (a.floor IS NULL OR h.floor = a.floor) AND (a.home_id IS NULL OR p.home_id = a.home_id))
       AND NOT EXISTS (
           SELECT FROM areas_rollmark m
            WHERE m.order_id = $1 AND m.person_id = c.person_id
              AND (m.status = 'unregistered' OR (m.status = 'away' AND m.since <= c.positive_at)))
     UNION ALL
    SELECT c.id, c.person_id, c.positive_at, c.removed_at
      FROM areas_rollmark m
      JOIN chase_case c ON c.person_id = m.person_id
      JOIN areas_order o ON o.id = m.order_id
     WHERE m.order_id = $1 AND m.status = 'unregistered' AND c.withdrawn_at IS NULL
       AND (c.removed_at IS NULL OR c.removed_at >= m.since)
       AND (o.exempts IS NULL
            OR NOT EXISTS (SELECT FROM areas_study s WHERE s.case_id = c.id AND s.finding = ANY (o.exempts)))
$$;
