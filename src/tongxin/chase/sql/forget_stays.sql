-- Delete the stays whose community has neither an open chase of the person nor work about them any more.
-- Expected plan: the few stays whole, members and tasks by person.
DELETE FROM people_stay s
 WHERE s.cause = %(cause)s
   AND NOT EXISTS (
       SELECT FROM chase_member m JOIN chase_chase c ON c.tube_id = m.tube_id
        WHERE m.person_id = s.person_id AND m.owner_place_id = s.place_id
          AND (c.state = 'open' OR EXISTS (
               SELECT FROM tasks_task t
                WHERE t.subject_kind = 'member' AND t.subject_id = m.id AND t.state IN ('open', 'claimed'))))
