-- Tubes of a round, a page at a time by their number: of a site, with a flag, with a result (-1: pending) or, if they wait
-- for a result, at a step of their way (0: scanned, nothing after); each condition may be NULL. %(only)s (or NULL) narrows it to
-- some tubes, %(but)s leaves some out.
-- The flags are written out as in screening_flags, which costs twice as much over a round.
-- Expected plan: tubes by their primary key from the last one on, filtered, until the page is full.
SELECT t.id, t.barcode, t.kind, t.capacity, t.members, t.result, t.last_scan_at, t.result_at, screening_flags(t),
       coalesce(f.name, ''), coalesce(s.code, ''), h.step, h.at, coalesce(h.box, '')
  FROM screening_tube t
  LEFT JOIN screening_station s ON s.id = t.station_id
  LEFT JOIN places_facility f ON f.id = s.site_id
  LEFT JOIN LATERAL (
       SELECT step, at, box FROM screening_handover WHERE tube_id = t.id ORDER BY step DESC LIMIT 1) h ON true
 WHERE t.round_id = %(round)s AND t.day = %(day)s AND t.purpose = 1
   AND t.place_id >= %(lo)s AND t.place_id < %(hi)s AND t.id > %(after)s
   AND (%(only)s::bigint[] IS NULL OR t.id = ANY (%(only)s::bigint[])) AND t.id <> ALL (%(but)s::bigint[])
   AND (%(site)s::bigint IS NULL OR s.site_id = %(site)s::bigint)
   AND CASE %(flag)s::text
       WHEN 'bad_id_number' THEN t.bad_ids > 0
       WHEN 'clock_suspect' THEN t.last_scan_at > t.first_report_at
       WHEN 'header_conflict' THEN t.header_conflict
       WHEN 'over_capacity' THEN t.members > t.capacity
       WHEN 'person_in_two_tubes' THEN t.in_two
       WHEN 'unknown_person' THEN t.provisional > 0
       ELSE true END
   AND (%(result)s::int IS NULL OR coalesce(t.result, -1) = %(result)s::int)
   AND (%(step)s::int IS NULL OR (t.result IS NULL AND coalesce(h.step, 0) = %(step)s::int))
 ORDER BY t.id LIMIT %(limit)s
