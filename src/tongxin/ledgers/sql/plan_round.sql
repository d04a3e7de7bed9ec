-- The homes of a round in the order in which one walks: building by building, unit by unit, from the top floor down.
-- With `vulnerable` only those where somebody on the ledger lives. `ranges` are the buildings or units.
INSERT INTO ledgers_knock (round_id, home_id, place_id, position, result, by)
SELECT %(round)s, h.id, h.place_id,
       row_number() OVER (ORDER BY h.place_id, h.floor DESC, h.number, h.id), '', ''
  FROM places_home h
 WHERE EXISTS (SELECT FROM unnest(%(los)s::bigint[], %(his)s::bigint[]) AS r (lo, hi) WHERE h.place_id >= r.lo AND h.place_id < r.hi)
   AND h.place_id >= %(lo)s AND h.place_id < %(hi)s
   AND (NOT %(vulnerable)s OR EXISTS (
        SELECT FROM people_person p JOIN ledgers_entry e ON e.person_id = p.id AND e.ended_at IS NULL WHERE p.home_id = h.id))
