-- The tubes of a day in the order of their ids, a page after another. Expected plan: the primary key of the day's
-- partition, read from %(after)s on.
SELECT DISTINCT tube_id
  FROM screening_tube_member
 WHERE day = %(day)s AND tube_id > %(after)s
 ORDER BY tube_id
 LIMIT %(limit)s
