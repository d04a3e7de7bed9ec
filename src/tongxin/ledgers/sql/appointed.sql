-- A steward or deputy of a place begins: entries in it without an owner (or deputy) become theirs, unless the category is
-- one that they may not see. Those of a unit that has a steward of its own are left to that one. Answers the places.
UPDATE ledgers_entry e
   SET owner_id = CASE WHEN %(duty)s = 'steward' AND e.owner_id IS NULL THEN %(user)s ELSE e.owner_id END,
       deputy_id = CASE WHEN %(duty)s = 'deputy' AND e.deputy_id IS NULL THEN %(user)s ELSE e.deputy_id END,
       by_team = e.by_team AND %(duty)s <> 'steward'
 WHERE e.ended_at IS NULL AND e.place_id >= %(lo)s AND e.place_id < %(hi)s
   AND (%(sees)s OR NOT e.category = ANY (%(sensitive)s))
   AND CASE WHEN %(duty)s = 'steward' THEN e.owner_id IS NULL ELSE e.deputy_id IS NULL END
   AND (e.place_id = %(lo)s OR NOT EXISTS (
           SELECT FROM ledgers_post p
            WHERE p.place_id = e.place_id AND p.duty = %(duty)s AND p.until IS NULL AND p.user_id <> %(user)s))
RETURNING e.place_id
