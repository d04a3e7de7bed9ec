-- Move members on after their retests; one element of each array a member.
UPDATE chase_member m SET
       node = i.node, retest_tube_id = i.tube_id, retest = i.result, exception = '',
       resampled_at = i.sampled_at, received_at = i.received_at, resulted_at = i.result_at,
       resolved_at = CASE WHEN i.node = 'resolved' THEN coalesce(m.resolved_at, %(now)s) END,
       resolution = CASE WHEN i.node = 'resolved' THEN 'positive' ELSE '' END,
       contact = CASE WHEN i.node = 'resolved' THEN m.contact END
  FROM unnest(%(members)s::bigint[], %(nodes)s::text[], %(tubes)s::bigint[], %(results)s::int2[],
              %(sampled)s::timestamptz[], %(received)s::timestamptz[], %(resulted)s::timestamptz[])
       AS i (id, node, tube_id, result, sampled_at, received_at, result_at)
 WHERE m.id = i.id
