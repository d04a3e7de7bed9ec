-- Who in the register may be meant by each row of a list: the same identity number, the same phone, or the same name with
-- the same birthday. `n` numbers the rows. Expected plan: index look-ups by id_hash, phone_hash and name.
WITH wanted AS (
    SELECT * FROM unnest(%(numbers)s::int[], %(ids)s::bytea[], %(phones)s::bytea[], %(names)s::text[], %(births)s::date[])
        AS w (n, id_hash, phone_hash, name, birth_date)
), found AS (
    SELECT w.n, p.id FROM wanted w JOIN people_person p ON p.id_hash = w.id_hash
    UNION SELECT w.n, p.id FROM wanted w JOIN people_person p ON p.phone_hash = w.phone_hash
    UNION SELECT w.n, p.id FROM wanted w JOIN people_person p ON p.name = w.name AND p.birth_date = w.birth_date
)
SELECT w.n, p.id, p.place_id, coalesce(p.id_hash = w.id_hash, false), coalesce(p.phone_hash = w.phone_hash, false),
       coalesce(p.name = w.name, false), coalesce(p.birth_date = w.birth_date, false)
  FROM found f JOIN wanted w USING (n) JOIN people_person p ON p.id = f.id
 WHERE NOT p.provisional
 ORDER BY w.n, p.id
