-- How many people the orders in force of an inner query limit, each once, by places of a width: (place, persons). Most areas have nobody in common,
-- and what was counted when they were last judged is added up; only where places of two orders overlap, or somebody is in an area
-- without living there, the restrictions are read.
-- Expected plan: orders by key, parts by order, restrictions by index restriction_cause for the few that share somebody.
WITH mine AS MATERIALIZED (
    SELECT id, persons, place_id - place_id %% %(width)s AS cell FROM areas_order WHERE id IN ({orders})
), spans AS (
    SELECT a.order_id, m.cell, a.place_id, a.place_end,
           a.place_id >= max(a.place_end) OVER (
               PARTITION BY m.cell ORDER BY a.place_id, a.place_end DESC, a.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
           ) AS apart, a.id
      FROM mine m JOIN areas_part a ON a.order_id = m.id
     WHERE NOT a.excluded AND a.address_id IS NULL AND a.facility_id IS NULL
), islands AS (
    SELECT order_id, cell,
           count(*) FILTER (WHERE apart) OVER (PARTITION BY cell ORDER BY place_id, place_end DESC, id) AS island
      FROM spans
), marked AS (
    SELECT m.person_id FROM areas_rollmark m JOIN mine ON mine.id = m.order_id WHERE m.status = 'unregistered'
), shared AS (
    SELECT i.order_id
      FROM islands i
      JOIN (SELECT cell, island FROM islands GROUP BY cell, island HAVING count(DISTINCT order_id) > 1) s USING (cell, island)
     UNION
    SELECT r.cause_id
      FROM marked m
      JOIN restrictions_restriction r ON r.subject_kind = 'person' AND r.subject_id = m.person_id AND r.cause_kind = 'order'
       AND r.released_at IS NULL
), counted AS (
    SELECT m.cell, sum(m.persons) AS persons FROM mine m WHERE m.id NOT IN (SELECT order_id FROM shared) GROUP BY m.cell
     UNION ALL
    SELECT m.cell, count(DISTINCT r.subject_id)
      FROM mine m
      JOIN restrictions_restriction r ON r.cause_kind = 'order' AND r.cause_id = m.id AND r.subject_kind = 'person'
       AND r.released_at IS NULL
     WHERE m.id IN (SELECT order_id FROM shared)
     GROUP BY m.cell
)
SELECT cell, sum(persons)::bigint FROM counted GROUP BY cell
