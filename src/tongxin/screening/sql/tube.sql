-- One tube by its barcode: its heading, its times, its reports (all of them) and the steps of its way.
-- Expected plan: the tube by its barcode, the rest by primary keys.
SELECT t.id, t.barcode, t.purpose, t.kind, t.capacity, t.members, t.result, t.first_scan_at, t.last_scan_at,
       t.first_report_at, t.result_at, t.day, t.place_id, t.round_id, r.name, t.station_id, s.code, f.id, f.name, w.name,
       screening_flags(t),
       (SELECT coalesce(jsonb_agg(jsonb_build_array(x.report_no, l.name, x.result, x.ct_orf1ab, x.ct_n, x.tested_at,
                                                    x.reported_at) ORDER BY x.reported_at, x.report_no), '[]')
          FROM screening_tube_result x LEFT JOIN places_facility l ON l.id = x.lab_id
         WHERE x.tube_id = t.id AND x.day = t.day),
       (SELECT coalesce(jsonb_agg(jsonb_build_array(h.step, h.at, h.actor, h.box) ORDER BY h.step), '[]')
          FROM screening_handover h WHERE h.tube_id = t.id)
  FROM screening_tube t
  LEFT JOIN screening_round r ON r.id = t.round_id
  LEFT JOIN screening_station s ON s.id = t.station_id
  LEFT JOIN places_facility f ON f.id = s.site_id
  LEFT JOIN places_place w ON w.id = t.place_id
 WHERE t.barcode = %(code)s
