-- Let the steps of boxes hold for the tubes that were boxed in them at most `within` before. Whichever comes first, box
-- or tube, the result is the same: the earliest time of a step holds. Returns the retests among the tubes that it changed.
-- Expected plan: boxed tubes by (box, at), steps by (box, step, at).
CREATE OR REPLACE FUNCTION screening_spread_boxes(boxes text[], within interval, OUT touched bigint[])
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    WITH written AS (
        INSERT INTO screening_handover AS h (tube_id, step, at, actor, box, place_id)
        SELECT DISTINCT ON (b.tube_id, s.step) b.tube_id, s.step, s.at, s.actor, s.box, b.place_id
          FROM unnest(boxes) AS i (box)
          JOIN screening_boxstep s ON s.box = i.box
          JOIN screening_handover b ON b.box = s.box AND b.step = 2 AND b.at > s.at - within AND b.at <= s.at
         ORDER BY b.tube_id, s.step, s.at
        ON CONFLICT (tube_id, step) DO UPDATE SET at = excluded.at, actor = excluded.actor, box = excluded.box
         WHERE excluded.at < h.at
        RETURNING tube_id)
    SELECT array_agg(t.id) INTO touched FROM written w JOIN screening_tube t ON t.id = w.tube_id AND t.purpose = 2;
END $$;
