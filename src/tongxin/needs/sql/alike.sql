-- Live needs that may be the same as new ones: of one person, one home, one phone, or of one kind and topic in one unit. At most
-- twenty for each. Expects the indexes need_person, need_home, need_caller_phone and need_place.
WITH new AS (
    SELECT n.id, n.kind, n.topic, n.person_id, n.home_id, n.place_id, n.raised_at
    FROM needs_need n
    WHERE n.id = ANY (%(needs)s::bigint[]) AND NOT n.silent
), near AS (
    SELECT n.id AS need, n.kind, o.id AS other
    FROM new n CROSS JOIN LATERAL (
        SELECT o.id FROM needs_need o WHERE o.person_id = n.person_id ORDER BY o.id DESC LIMIT 20
    ) o
    UNION
    SELECT n.id, n.kind, o.id
    FROM new n CROSS JOIN LATERAL (
        SELECT o.id FROM needs_need o WHERE o.home_id = n.home_id ORDER BY o.id DESC LIMIT 20
    ) o
    UNION
    SELECT n.id, n.kind, o.need_id
    FROM new n JOIN needs_caller c ON c.need_id = n.id CROSS JOIN LATERAL (
        SELECT o.need_id FROM needs_caller o WHERE o.phone_hash = c.phone_hash ORDER BY o.id DESC LIMIT 20
    ) o
    UNION
    SELECT n.id, n.kind, o.id
    FROM new n CROSS JOIN LATERAL (
        SELECT o.id
        FROM needs_need o
        WHERE n.topic <> '' AND o.place_id = n.place_id AND o.state IN ('new', 'open', 'done')
          AND o.kind = n.kind AND o.topic = n.topic AND n.place_id %% 100 <> 0
        ORDER BY o.due_at DESC LIMIT 20
    ) o
)
SELECT x.need, o.id, o.kind, o.topic, o.person_id, o.home_id, o.place_id, o.raised_at,
       ARRAY(SELECT encode(c.phone_hash, 'hex') FROM needs_caller c WHERE c.need_id = o.id AND c.phone_hash IS NOT NULL)
FROM near x
JOIN needs_need o ON o.id = x.other
WHERE x.other <> x.need AND o.state IN ('new', 'open', 'done') AND NOT o.silent AND o.kind = x.kind
