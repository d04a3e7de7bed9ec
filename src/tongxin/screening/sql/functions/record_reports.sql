-- Take in laboratory reports, whatever their order and repetition: one element of each array a report.
-- A report for a tube that nobody scanned makes the tube, unscanned, at `nowhere`; the unique barcode makes it meet its
-- scans. Reports whose number is known are left alone here. Returns the number of new reports, the tubes the chase must
-- look at (what held before or holds now is positive or inconclusive, or a retest), and the tubes that carry a flag.
-- Expected plan: index look-ups by report number and barcode; no sequential scan.
CREATE OR REPLACE FUNCTION screening_record_reports(
    numbers text[], barcodes text[], lab_ids integer[], results smallint[], cts_orf1ab double precision[],
    cts_n double precision[], tested timestamptz[], reported timestamptz[], nowhere bigint,
    OUT accepted integer, OUT touched bigint[], OUT flagged bigint[])
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    fresh text[];
    turned bigint[];
BEGIN
    -- A plan made once serves a station's batch; a large one is worth a plan that knows its size.
    PERFORM set_config('plan_cache_mode', CASE WHEN cardinality(barcodes) > 1000 THEN 'force_custom_plan'
                                               ELSE 'force_generic_plan' END, true);

    INSERT INTO screening_tube (barcode, place_id)
    SELECT DISTINCT i.barcode, nowhere FROM unnest(barcodes) AS i (barcode)
     WHERE NOT EXISTS (SELECT FROM screening_tube t WHERE t.barcode = i.barcode)
     ORDER BY i.barcode
    ON CONFLICT (barcode) DO NOTHING;

    PERFORM FROM screening_tube WHERE barcode = ANY (barcodes) ORDER BY barcode FOR NO KEY UPDATE;

    WITH news AS (
        INSERT INTO screening_report_number (report_no, tube_id)
        SELECT i.number, t.id FROM unnest(numbers, barcodes) AS i (number, barcode)
          JOIN screening_tube t ON t.barcode = i.barcode ORDER BY i.number COLLATE "C"
        ON CONFLICT (report_no) DO NOTHING RETURNING report_no)
    SELECT array_agg(report_no) INTO fresh FROM news;
    accepted := coalesce(cardinality(fresh), 0);
    IF accepted = 0 THEN
        RETURN;
    END IF;

    INSERT INTO screening_tube_result (tube_id, place_id, tested_at, reported_at, day, lab_id, result, ct_orf1ab, ct_n, report_no)
    SELECT t.id, t.place_id, i.tested_at, i.reported_at, t.day, i.lab_id, i.result, i.ct_orf1ab, i.ct_n, i.number
      FROM unnest(numbers, barcodes, lab_ids, results, cts_orf1ab, cts_n, tested, reported)
           AS i (number, barcode, lab_id, result, ct_orf1ab, ct_n, tested_at, reported_at)
      JOIN unnest(fresh) AS f (number) USING (number)
      JOIN screening_tube t ON t.barcode = i.barcode
     ORDER BY t.id;

    -- Which result holds is a maximum (valid before invalid, later before earlier, worse before better), so each
    -- report can be folded in by itself, in any order.
    WITH best AS (
        SELECT DISTINCT ON (i.barcode) i.barcode, i.result, i.reported_at,
               count(*) OVER tube AS reports, min(i.reported_at) OVER tube AS first_report_at
          FROM unnest(numbers, barcodes, results, reported) AS i (number, barcode, result, reported_at)
          JOIN unnest(fresh) AS f (number) USING (number)
        WINDOW tube AS (PARTITION BY i.barcode)
         ORDER BY i.barcode, i.result > 0 DESC, i.reported_at DESC, i.result DESC
    ), folded AS (
        UPDATE screening_tube t SET
               reports = t.reports + b.reports, first_report_at = least(t.first_report_at, b.first_report_at),
               result = CASE WHEN n.holds THEN b.result ELSE t.result END,
               result_at = CASE WHEN n.holds THEN b.reported_at ELSE t.result_at END
          FROM best b
          JOIN screening_tube o ON o.barcode = b.barcode
         CROSS JOIN LATERAL (SELECT o.result IS NULL OR (b.result > 0, b.reported_at, b.result)
                                                      > (o.result > 0, o.result_at, o.result) AS holds) n
         WHERE t.id = o.id
        RETURNING t.id, t.purpose, t.result AS now, o.result AS before)
    SELECT array_agg(id) INTO turned FROM folded
     WHERE purpose = 2 OR (purpose = 1 AND (now >= 2 OR before >= 2));
    touched := turned;

    SELECT array_agg(t.id) INTO flagged FROM screening_tube t
     WHERE t.barcode = ANY (barcodes) AND t.last_scan_at > t.first_report_at;
END $$;
