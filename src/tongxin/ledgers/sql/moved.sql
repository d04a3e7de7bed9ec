-- Entries follow their persons to another unit; in another building its steward answers, where there is one who may see
-- such a category, else nobody yet. Answers (person, place). Expected plan: index look-ups by person.
WITH posts AS MATERIALIZED (
    SELECT * FROM ledger_posts()
)
UPDATE ledgers_entry e
   SET place_id = p.place_id,
       owner_id = CASE WHEN e.place_id / 100 = p.place_id / 100 THEN e.owner_id
                       WHEN x.steward_sees OR NOT e.category = ANY (%(sensitive)s) THEN x.steward END,
       deputy_id = CASE WHEN e.place_id / 100 = p.place_id / 100 THEN e.deputy_id
                        WHEN x.deputy_sees OR NOT e.category = ANY (%(sensitive)s) THEN x.deputy END,
       by_team = e.by_team AND e.place_id / 100 = p.place_id / 100
  FROM people_person p
  LEFT JOIN LATERAL (
      SELECT * FROM posts q WHERE q.place_id IN (p.place_id, p.place_id - p.place_id %% 100) AND q.steward IS NOT NULL
       ORDER BY q.place_id DESC LIMIT 1
  ) x ON true
 WHERE p.id = ANY (%(persons)s) AND e.person_id = p.id AND e.ended_at IS NULL AND e.place_id <> p.place_id
RETURNING e.person_id, e.place_id
