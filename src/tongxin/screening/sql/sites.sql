-- The sites of a round with what they have taken, and what became of it: one row a site (NULL: the tube's table is not
-- known), the most pending results first. In transit is a pending tube by the last step that its hand-overs show.
-- Expected plan: one scan of the round's tubes, hashed on the table; hand-overs of pending tubes only.
WITH tubes AS (
    SELECT t.station_id, count(*) AS tubes, sum(t.members) AS persons, max(t.last_scan_at) AS last_scan_at,
           count(*) FILTER (WHERE t.result IS NULL) AS pending, count(*) FILTER (WHERE t.result = 0) AS invalid,
           count(*) FILTER (WHERE t.result = 2) AS inconclusive, count(*) FILTER (WHERE t.result = 3) AS positive,
           count(*) FILTER (WHERE t.bad_ids > 0) AS bad_id_number,
           count(*) FILTER (WHERE t.last_scan_at > t.first_report_at) AS clock_suspect,
           count(*) FILTER (WHERE t.header_conflict) AS header_conflict,
           count(*) FILTER (WHERE t.members > t.capacity) AS over_capacity,
           count(*) FILTER (WHERE t.in_two) AS person_in_two_tubes,
           count(*) FILTER (WHERE t.provisional > 0) AS unknown_person
      FROM screening_tube t
     WHERE t.round_id = %(round)s AND t.day = %(day)s AND t.purpose = 1
       AND t.place_id >= %(lo)s AND t.place_id < %(hi)s
     GROUP BY t.station_id
)
SELECT f.id, coalesce(f.name, ''), f.place_id, sum(tubes), sum(persons), max(last_scan_at), sum(pending), sum(invalid),
       sum(inconclusive), sum(positive), sum(bad_id_number), sum(clock_suspect), sum(header_conflict), sum(over_capacity),
       sum(person_in_two_tubes), sum(unknown_person), count(*)
  FROM tubes
  LEFT JOIN screening_station s ON s.id = tubes.station_id
  LEFT JOIN places_facility f ON f.id = s.site_id
 GROUP BY f.id, f.name, f.place_id
 ORDER BY sum(pending) DESC, f.name
