-- An order goes on as another one: its places, who is away, exempt or here without being registered, and what was disinfected,
-- with it. Answers nothing.
WITH parts AS (
    INSERT INTO areas_part (order_id, place_id, place_end, floor, home_id, facility_id, address_id, excluded)
    SELECT %(to)s, place_id, place_end, floor, home_id, facility_id, address_id, excluded
      FROM areas_part WHERE order_id = %(from)s AND %(parts)s
), marks AS (
    INSERT INTO areas_rollmark (order_id, person_id, place_id, home_id, status, since, by, reason)
    SELECT %(to)s, person_id, place_id, home_id, status, since, by, reason FROM areas_rollmark WHERE order_id = %(from)s AND %(parts)s
)
INSERT INTO areas_disinfection (order_id, place_id, at, done_by, by, noted_at, note, photo, photo_kind)
SELECT %(to)s, place_id, at, done_by, by, noted_at, note, photo, photo_kind FROM areas_disinfection WHERE order_id = %(from)s
