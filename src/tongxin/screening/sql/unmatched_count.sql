-- How many tubes were reported and never scanned. Expected plan: tubes by (place, day).
SELECT count(*) FROM screening_tube WHERE purpose = 0 AND day = '1900-01-01' AND reports > 0
