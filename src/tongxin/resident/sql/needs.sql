-- The needs of one person: those about the person, and those that the person asked for. `own` says whether the words are the
-- person's: typed on this page, or said from the person's own phone. A merged one stands where it was merged into. A silent call
-- leaves no trace here, nor what was asked for quietly, whatever became of it. From the indexes need_person and need_caller_person.
WITH mine AS (
    SELECT n.id, false AS own FROM needs_need n WHERE n.person_id = %(person)s
    UNION ALL
    SELECT n.id, c.channel = 'web' OR c.phone_hash = (SELECT phone_hash FROM people_person WHERE id = %(person)s)
    FROM needs_caller c
    JOIN needs_need n ON n.channel = c.channel AND n.source_ref = c.source_ref
    WHERE c.person_id = %(person)s
)
SELECT n.id, coalesce(n.merged_into_id, n.id), coalesce(bool_or(m.own), false),
       EXISTS (
           SELECT 1 FROM needs_caller o
           WHERE o.need_id = coalesce(n.merged_into_id, n.id) AND o.person_id IS DISTINCT FROM %(person)s
       )
FROM mine m
JOIN needs_need n ON n.id = m.id
LEFT JOIN needs_need s ON s.id = n.merged_into_id
WHERE NOT n.silent AND n.suggested_kind <> 'violence' AND n.source_ref NOT LIKE %(quiet)s AND NOT coalesce(s.silent, false)
  AND (%(one)s::bigint IS NULL OR n.id = %(one)s::bigint)
  AND (%(after)s::bigint IS NULL OR n.id < %(after)s::bigint)
  AND (NOT %(live)s OR coalesce(s.state, n.state) IN ('new', 'open', 'done'))
GROUP BY n.id
ORDER BY n.id DESC
LIMIT %(limit)s
