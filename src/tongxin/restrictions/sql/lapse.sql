-- End what has reached its end, at its end. Expects the partial index restriction_ends. Answers communities (places cut
-- to `width`) and how many ended in each. A row that somebody holds, perhaps to extend it, waits for the next run.
WITH ended AS (
    SELECT id
    FROM restrictions_restriction
    WHERE released_at IS NULL AND ends_at <= %(now)s
    ORDER BY id
    FOR UPDATE SKIP LOCKED
), lapsed AS (
    UPDATE restrictions_restriction r
    SET released_at = r.ends_at, release_kind = 'lapsed', release_reason = %(reason)s, released_by = 'clock'
    FROM ended e
    WHERE r.id = e.id
    RETURNING r.place_id
)
SELECT place_id - place_id %% %(width)s, count(*) FROM lapsed GROUP BY 1
