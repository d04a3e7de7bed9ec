-- For each address the compounds and communities of its street that its words may mean, the best first, at most %(most)s an
-- address: (address, place, rank). Rank 0: the compound (or road and number) has exactly that name; 1: the same name without 小区,
-- 社区 or 村; 2: one name holds the other; 3: the name of a community begins like it. A shorter difference comes first.
-- Expected plan: places by range of each street, joined once a street.
WITH wanted AS (
    SELECT w.*, regexp_replace(w.needle, '(社区|小区|村)$', '') AS core
      FROM unnest(%(ids)s::bigint[], %(los)s::bigint[], %(his)s::bigint[], %(needles)s::text[], %(roads)s::text[])
        AS w (id, lo, hi, needle, road)
), streets AS (
    SELECT DISTINCT lo, hi FROM wanted
), places AS MATERIALIZED (
    SELECT s.lo, p.id, p.level, p.name,
           regexp_replace(p.name, '(社区居民委员会|社区居委会|居民委员会|居委会|社区|小区|村委会|村)$', '') AS core
      FROM streets s JOIN places_place p ON p.id >= s.lo AND p.id < s.hi AND p.level IN (5, 6)
), ranked AS (
    SELECT w.id AS address, p.id AS place, r.rank,
           row_number() OVER (PARTITION BY w.id ORDER BY r.rank, abs(length(p.name) - length(w.needle)), p.level DESC, p.id) AS nth
      FROM wanted w
      JOIN places p USING (lo)
     CROSS JOIN LATERAL (
           SELECT CASE
                  WHEN p.level = 6 AND (p.name = w.needle OR (w.road <> '' AND p.name = w.road)) THEN 0
                  WHEN length(p.core) > 1 AND p.core = w.core THEN 1
                  WHEN p.level = 6 AND length(p.core) > 1 AND length(w.core) > 1
                       AND (strpos(p.name, w.core) > 0 OR strpos(w.needle, p.core) > 0) THEN 2
                  WHEN p.level = 6 AND w.road <> '' AND length(p.core) > 1 AND strpos(w.road, p.core) > 0 THEN 2
                  WHEN p.level = 5 AND length(p.core) > 1 AND length(w.core) > 1
                       AND (starts_with(w.core, p.core) OR starts_with(p.core, w.core)) THEN 3
                  END AS rank) r
     WHERE r.rank IS NOT NULL
)
SELECT address, place, rank FROM ranked WHERE nth <= %(most)s ORDER BY address, nth
