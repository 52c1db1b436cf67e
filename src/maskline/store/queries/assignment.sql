-- name: affinity_take
INSERT INTO affinities (service_sid, identifier, number_sid, active, last_used)
VALUES ($1, $2, $3, 1, $4)
ON CONFLICT (service_sid, identifier, number_sid)
DO UPDATE SET active = affinities.active + 1, last_used = excluded.last_used

-- name: affinity_release
UPDATE affinities SET active = active - 1, last_used = $4
WHERE service_sid = $1 AND identifier = $2 AND number_sid = $3
RETURNING active

-- name: affinity_forget_number
-- A number leaves its pool when nobody uses it any more.
DELETE FROM affinities WHERE number_sid = $1 AND active = 0

-- name: affinity_forget_service
DELETE FROM affinities WHERE service_sid = $1

-- name: affinity_of
SELECT active, last_used FROM affinities
WHERE service_sid = $1 AND identifier = $2 AND number_sid = $3

-- name: candidate_first
-- Of two people: how many numbers each met that are free for them now, counted up to $4; null for
-- one who never met any. Where neither did, the least loaded number of the class $5 and the reach
-- $6 too: all are new to them.
SELECT CASE WHEN EXISTS (SELECT 1 FROM affinities WHERE service_sid = $1 AND identifier = $2)
            THEN (SELECT COUNT(*) FROM (SELECT 1 FROM affinities
                                        WHERE service_sid = $1 AND identifier = $2 AND active = 0
                                        LIMIT $4) free) END,
       CASE WHEN EXISTS (SELECT 1 FROM affinities WHERE service_sid = $1 AND identifier = $3)
            THEN (SELECT COUNT(*) FROM (SELECT 1 FROM affinities
                                        WHERE service_sid = $1 AND identifier = $3 AND active = 0
                                        LIMIT $4) free) END,
    {n.Number}
FROM (SELECT 1) AS always
LEFT JOIN numbers n ON n.sid = (
    SELECT m.sid FROM numbers m
    WHERE m.service_sid = $1 AND m.is_reserved = 0 AND m.dial_class = $5 AND m.reach = $6
      AND NOT EXISTS (SELECT 1 FROM affinities WHERE service_sid = $1 AND identifier IN ($2, $3))
    ORDER BY m.in_use LIMIT 1 {lock:spare:m})

-- name: candidate_known
-- Numbers that the person met before and that are free for them now, among the $8 least recently
-- used of those that they left after $9 and by $10. $6 is the partner's number, $7 is 1 to want it
-- and -1 to avoid it. With a $9 the numbers are cooling down: the one that began first comes first.
SELECT {n.Number}
FROM (SELECT number_sid, last_used FROM affinities
      WHERE service_sid = $1 AND identifier = $2 AND active = 0
        AND last_used > $9 AND last_used <= $10
      ORDER BY last_used LIMIT $8) a
JOIN numbers n ON n.sid = a.number_sid
WHERE n.service_sid = $1 AND n.is_reserved = 0 AND n.dial_class = $3
  AND ($4 = '' OR n.area_code = $4) AND (n.reach & $5) = $5
ORDER BY CASE WHEN n.sid = $6 THEN 0 - $7 ELSE 0 END,
    CASE WHEN $9 > 0 THEN a.last_used ELSE 0 END, n.in_use, a.last_used
LIMIT 1

-- name: candidate_both_know
-- The least loaded number that both people met before and that is free for both, among the $7 that
-- $2 used least recently. $2 left it after $8 and by $9, $3 after $10 and by $11.
SELECT {n.Number}
FROM (SELECT number_sid, last_used FROM affinities
      WHERE service_sid = $1 AND identifier = $2 AND active = 0
        AND last_used > $8 AND last_used <= $9
      ORDER BY last_used LIMIT $7) a
JOIN affinities b ON b.service_sid = $1 AND b.identifier = $3 AND b.number_sid = a.number_sid
  AND b.active = 0 AND b.last_used > $10 AND b.last_used <= $11
JOIN numbers n ON n.sid = a.number_sid
WHERE n.service_sid = $1 AND n.is_reserved = 0 AND n.dial_class = $4
  AND ($5 = '' OR n.area_code = $5) AND (n.reach & $6) = $6
ORDER BY CASE WHEN $8 > 0 THEN a.last_used ELSE 0 END, n.in_use, a.last_used
LIMIT 1

-- name: candidate_one_knows
-- The same, but one that $3 never met.
SELECT {n.Number}
FROM (SELECT number_sid, last_used FROM affinities
      WHERE service_sid = $1 AND identifier = $2 AND active = 0
        AND last_used > $8 AND last_used <= $9
      ORDER BY last_used LIMIT $7) a
JOIN numbers n ON n.sid = a.number_sid
WHERE n.service_sid = $1 AND n.is_reserved = 0 AND n.dial_class = $4
  AND ($5 = '' OR n.area_code = $5) AND (n.reach & $6) = $6
  AND NOT EXISTS (SELECT 1 FROM affinities b WHERE b.service_sid = $1 AND b.identifier = $3
                  AND b.number_sid = n.sid)
ORDER BY CASE WHEN $8 > 0 THEN a.last_used ELSE 0 END, n.in_use, a.last_used
LIMIT 1

-- name: candidate_new_in_class
-- The least loaded number that the person never met, $6 set aside.
SELECT {n.Number} FROM numbers n
WHERE n.service_sid = $1 AND n.is_reserved = 0 AND n.dial_class = $3 AND n.reach = $4
  AND n.sid <> $5
  AND NOT EXISTS (SELECT 1 FROM affinities a WHERE a.service_sid = $1 AND a.identifier = $2
                  AND a.number_sid = n.sid)
ORDER BY n.in_use LIMIT 1 {lock:spare:n}

-- name: candidate_new_in_area
SELECT {n.Number} FROM numbers n
WHERE n.service_sid = $1 AND n.is_reserved = 0 AND n.area_code = $3 AND n.reach = $4
  AND n.sid <> $5
  AND NOT EXISTS (SELECT 1 FROM affinities a WHERE a.service_sid = $1 AND a.identifier = $2
                  AND a.number_sid = n.sid)
ORDER BY n.in_use LIMIT 1 {lock:spare:n}

-- name: candidate_joint
-- The least loaded number that neither of two people ever met.
SELECT {n.Number} FROM numbers n
WHERE n.service_sid = $1 AND n.is_reserved = 0 AND n.dial_class = $4
  AND ($5 = '' OR n.area_code = $5) AND n.reach = $6
  AND NOT EXISTS (SELECT 1 FROM affinities a WHERE a.service_sid = $1 AND a.identifier = $2
                  AND a.number_sid = n.sid)
  AND NOT EXISTS (SELECT 1 FROM affinities a WHERE a.service_sid = $1 AND a.identifier = $3
                  AND a.number_sid = n.sid)
ORDER BY n.in_use LIMIT 1 {lock:spare:n}

-- name: candidate_elsewhere
-- A number that is free for the person at no carrier of the list $7, which begins and ends with a
-- comma. $5 is 1 when the area code must be $4.
SELECT {n.Number} FROM numbers n
WHERE n.service_sid = $1 AND n.is_reserved = 0 AND n.dial_class = $3
  AND (CAST($5 AS BIGINT) = 0 OR n.area_code = $4) AND (n.reach & $6) = $6
  AND $7 NOT LIKE '%,' || n.carrier || ',%'
  AND NOT EXISTS (SELECT 1 FROM affinities a WHERE a.service_sid = $1 AND a.identifier = $2
                  AND a.number_sid = n.sid AND a.active > 0)
ORDER BY CASE WHEN n.area_code = $4 THEN 0 ELSE 1 END, n.in_use, n.sid LIMIT 1

-- name: pool_has_reach
SELECT 1 FROM numbers WHERE service_sid = $1 AND (reach & $2) = $2 LIMIT 1

-- name: pool_has_area
SELECT 1 FROM numbers
WHERE service_sid = $1 AND dial_class = $2 AND ($3 = '' OR area_code = $3) AND (reach & $4) = $4
LIMIT 1

-- name: pool_has_unreserved
SELECT 1 FROM numbers
WHERE service_sid = $1 AND is_reserved = 0 AND dial_class = $2 AND ($3 = '' OR area_code = $3)
  AND (reach & $4) = $4
LIMIT 1
