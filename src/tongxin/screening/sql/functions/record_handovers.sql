-- Take in hand-overs; one element of each array a (tube, step), each once. A tube that nobody scanned yet is made, as
-- for reports. Returns how many steps were new, and the retests among the tubes.
-- Expected plan: index look-ups by barcode and (tube, step).
CREATE OR REPLACE FUNCTION screening_record_handovers(
    barcodes text[], steps smallint[], boxes text[], actors text[], times timestamptz[], nowhere bigint,
    OUT accepted integer, OUT touched bigint[])
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO screening_tube (barcode, place_id)
    SELECT DISTINCT i.barcode, nowhere FROM unnest(barcodes) AS i (barcode)
     WHERE NOT EXISTS (SELECT FROM screening_tube t WHERE t.barcode = i.barcode)
     ORDER BY i.barcode
    ON CONFLICT (barcode) DO NOTHING;

    WITH written AS (
        INSERT INTO screening_handover AS h (tube_id, step, at, actor, box, place_id)
        SELECT t.id, i.step, i.at, i.actor, i.box, t.place_id
          FROM unnest(barcodes, steps, boxes, actors, times) AS i (barcode, step, box, actor, at)
          JOIN screening_tube t ON t.barcode = i.barcode ORDER BY t.id, i.step
        ON CONFLICT (tube_id, step) DO UPDATE SET at = excluded.at, actor = excluded.actor, box = excluded.box
         WHERE excluded.at < h.at
        RETURNING xmax = 0 AS is_new)
    SELECT count(*) FILTER (WHERE is_new) INTO accepted FROM written;

    SELECT array_agg(id) INTO touched FROM screening_tube WHERE barcode = ANY (barcodes) AND purpose = 2;
END $$;
