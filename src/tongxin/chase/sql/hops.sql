-- Median and 90th percentile of each hop from the swab to the end, over the members of the chases that were reported in
-- [%(since)s, %(until)s) and not corrected, each member counting once. A hop counts where both its ends are known, so a
-- hop may rest on fewer members than another; its number is given. A hand-over to the laboratory counts once for each
-- member, as in `export hops`. Expected plan: as the board; look-ups by tube.
WITH times AS (
    SELECT t.last_scan_at AS sampled, h.at AS received, c.reported_at AS reported, m.reached_at AS reached,
           m.resampled_at AS retested, m.resulted_at AS resulted, m.resolved_at AS resolved
      FROM chase_member m
      JOIN chase_chase c ON c.tube_id = m.tube_id AND c.state <> 'corrected'
      LEFT JOIN screening_tube t ON t.id = m.tube_id
      LEFT JOIN screening_handover h ON h.tube_id = m.tube_id AND h.step = 4
     WHERE c.reported_at >= %(since)s AND c.reported_at < %(until)s
       AND ((c.place_id >= %(lo)s AND c.place_id < %(hi)s) OR (m.owner_place_id >= %(lo)s AND m.owner_place_id < %(hi)s))
       AND (%(round)s::int IS NULL OR t.round_id = %(round)s::int)
)
SELECT hop, count(span), percentile_cont(0.5) WITHIN GROUP (ORDER BY span), percentile_cont(0.9) WITHIN GROUP (ORDER BY span)
  FROM times
 CROSS JOIN LATERAL (VALUES
       (1, received - sampled), (2, reported - received), (3, reported - sampled), (4, reached - reported),
       (5, retested - reached), (6, resulted - retested), (7, resolved - resulted), (8, resolved - sampled)
       ) AS v (hop, span)
 GROUP BY hop ORDER BY hop
