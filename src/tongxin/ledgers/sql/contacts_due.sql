-- Persons on the ledger whose next contact is due soon and who have no open task about it: (person, place, due, owner).
-- `leads` say how long before it is due the task is opened, between `lo` and `hi`. Expected plan: index ledger_due.
WITH leads AS (
    SELECT * FROM unnest(%(los)s::bigint[], %(his)s::bigint[], %(leads)s::interval[]) AS l (lo, hi, lead)
)
SELECT e.person_id, min(e.place_id), min(e.next_due),
       (array_agg(e.owner_id ORDER BY e.next_due, e.id) FILTER (WHERE e.owner_id IS NOT NULL))[1]
  FROM ledgers_entry e
  JOIN leads l ON e.place_id >= l.lo AND e.place_id < l.hi
 WHERE e.ended_at IS NULL AND e.next_due <= %(now)s + l.lead AND e.next_due <= %(latest)s
   AND NOT EXISTS (
       SELECT FROM tasks_task t
        WHERE t.subject_kind = %(subject)s AND t.subject_id = e.person_id AND t.kind = ANY (%(kinds)s)
          AND t.state IN ('open', 'claimed'))
 GROUP BY e.person_id
 ORDER BY 3, 1
 LIMIT %(most)s
