-- The chases of a place, as the caller may see them: one row a tube. A chase whose site stands in [lo, hi) is `own`, with
-- all that is known of the tube. A tube that was sampled elsewhere shows through its members that a community in [lo, hi)
-- answers for; what its chase says is NULL where the caller does not see that row, and its state is that of these members.
-- Runs with the rights of the caller, whose jurisdiction applies. `since` is the report, or the listing where the report
-- is not to be seen. Expected plan: both tables once; NOT IN as a hashed subplan, for the planner takes the scope for a
-- few rows and would look up each member's chase by itself.
CREATE OR REPLACE FUNCTION chase_heads(lo bigint, hi bigint)
RETURNS TABLE (tube_id bigint, own boolean, state text, result smallint, since timestamptz, place_id bigint)
LANGUAGE sql STABLE AS $$
    SELECT c.tube_id, true, c.state, c.result, c.reported_at, c.place_id
      FROM chase_chase c
     WHERE c.place_id >= lo AND c.place_id < hi
    UNION ALL
    SELECT m.tube_id, false,
           coalesce(min(c.state), CASE
               WHEN bool_and(m.resolution = 'corrected') THEN 'corrected'
               WHEN bool_or(m.node IN ('listed', 'reached', 'held', 'resampled', 'received', 'resulted', 'refused')) THEN 'open'
               ELSE 'resolved' END),
           min(c.result), coalesce(min(c.reported_at), min(m.listed_at)), min(m.tube_place_id)
      FROM chase_member m
      LEFT JOIN chase_chase c ON c.tube_id = m.tube_id
     WHERE m.owner_place_id >= lo AND m.owner_place_id < hi
       AND m.tube_id NOT IN (SELECT o.tube_id FROM chase_chase o WHERE o.place_id >= lo AND o.place_id < hi)
     GROUP BY m.tube_id
$$;
