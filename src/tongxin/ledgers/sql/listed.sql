-- Patients of hospitals' lists, written or confirmed, a row each: (whether it is new). What a person chose stays chosen.
INSERT INTO ledgers_hospitalrow AS h
       (category, hospital, key, place_id, state, how, person_id, candidates, said, listed_at, settled_by)
SELECT i.*, %(now)s, ''
  FROM unnest(%(categories)s::text[], %(hospitals)s::text[], %(keys)s::bytea[], %(places)s::bigint[], %(states)s::text[],
              %(hows)s::text[], %(persons)s::bigint[], %(candidates)s::jsonb[], %(said)s::bytea[]) AS i
    ON CONFLICT (category, hospital, key) DO UPDATE SET said = excluded.said, listed_at = excluded.listed_at,
       place_id = CASE WHEN h.settled_by = '' THEN excluded.place_id ELSE h.place_id END,
       state = CASE WHEN h.settled_by = '' THEN excluded.state ELSE h.state END,
       how = CASE WHEN h.settled_by = '' THEN excluded.how ELSE h.how END,
       person_id = CASE WHEN h.settled_by = '' THEN excluded.person_id ELSE h.person_id END,
       candidates = CASE WHEN h.settled_by = '' THEN excluded.candidates ELSE h.candidates END
RETURNING xmax = 0
