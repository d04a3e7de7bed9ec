-- Insert people or change what the register now says otherwise; one element of each array a person, numbers distinct.
-- Encrypted fields differ at every encryption, so their keyed hashes tell whether they changed.
-- Returns (person id, whether they became known or live behind another door now) for every person that was written.
-- Expected plan: index look-ups by person_no.
WITH incoming AS (
    SELECT * FROM unnest(%(numbers)s::text[], %(names)s::text[], %(sexes)s::text[], %(births)s::date[],
                         %(places)s::bigint[], %(homes)s::bigint[], %(categories)s::text[], %(ids)s::bytea[],
                         %(id_hashes)s::bytea[], %(phones)s::bytea[], %(phone_hashes)s::bytea[])
        AS i (person_no, name, sex, birth_date, place_id, home_id, category, id_number, id_hash, phone, phone_hash)
), before AS MATERIALIZED (
    SELECT p.person_no, p.home_id, p.provisional FROM people_person p JOIN incoming USING (person_no)
), written AS (
    INSERT INTO people_person AS p (person_no, name, sex, birth_date, place_id, home_id, category, id_number, id_hash,
                                    phone, phone_hash, provisional)
    SELECT person_no, name, sex, birth_date, place_id, home_id, category, id_number, id_hash, phone, phone_hash, false
      FROM incoming
    ON CONFLICT (person_no) DO UPDATE SET
           name = excluded.name, sex = excluded.sex, birth_date = excluded.birth_date, place_id = excluded.place_id,
           home_id = excluded.home_id, category = excluded.category, id_number = excluded.id_number,
           id_hash = excluded.id_hash, phone = excluded.phone, phone_hash = excluded.phone_hash, provisional = false
     WHERE (p.name, p.sex, p.birth_date, p.home_id, p.category, p.id_hash, p.phone_hash, p.provisional)
           IS DISTINCT FROM (excluded.name, excluded.sex, excluded.birth_date, excluded.home_id, excluded.category,
                             excluded.id_hash, excluded.phone_hash, false)
    RETURNING p.id, p.person_no, p.home_id)
SELECT w.id, b.person_no IS NULL OR b.provisional OR b.home_id IS DISTINCT FROM w.home_id
  FROM written w LEFT JOIN before b USING (person_no);
