-- Who holds the posts in force, a row a place: the steward, one deputy, and whether each may see sensitive categories.
CREATE OR REPLACE FUNCTION ledger_posts()
RETURNS TABLE (place_id bigint, steward bigint, steward_sees boolean, deputy bigint, deputy_sees boolean)
LANGUAGE sql STABLE AS $$
    SELECT p.place_id,
           min(p.user_id) FILTER (WHERE p.duty = 'steward'), bool_or(s.sees) FILTER (WHERE p.duty = 'steward'),
           min(p.user_id) FILTER (WHERE p.duty = 'deputy'), bool_or(s.sees) FILTER (WHERE p.duty = 'deputy')
      FROM ledgers_post p
      JOIN access_user u ON u.id = p.user_id AND u.is_active
     CROSS JOIN LATERAL (SELECT EXISTS (
               SELECT FROM access_rolecapability c WHERE c.role_id = u.role_id AND c.capability = 'ledger.sensitive'
           ) AS sees) s
     WHERE p.until IS NULL
     GROUP BY p.place_id
$$;
