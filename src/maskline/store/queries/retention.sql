-- What is removed by its age. An account on legal hold ($2: the switch) keeps all it has. CROSS JOIN
-- has SQLite go through the accounts first, each of which an index leads to its oldest records.

-- name: aged_sessions
-- Sessions that ended before $1. The end is looked at twice, for one that is opened again meanwhile.
SELECT {Session} FROM sessions
WHERE date_ended < $1 AND sid IN (
    SELECT s.sid FROM accounts a CROSS JOIN sessions s
    WHERE (a.switches & CAST($2 AS BIGINT)) = 0 AND s.account_sid = a.sid AND s.date_ended < $1
    LIMIT $3) {lock:skip}

-- name: aged_messages
-- Messages made before $1, without the letters: texts and media messages stand in one order.
SELECT m.sid FROM accounts a CROSS JOIN messages m
WHERE (a.switches & CAST($2 AS BIGINT)) = 0 AND m.account_sid = a.sid AND substr(m.sid, 3) < $1
LIMIT $3

-- name: aged_message_remove
DELETE FROM messages WHERE sid = $1

-- name: aged_calls_remove
DELETE FROM calls WHERE sid IN (
    SELECT c.sid FROM accounts a CROSS JOIN calls c
    WHERE (a.switches & CAST($2 AS BIGINT)) = 0 AND c.account_sid = a.sid AND c.sid < $1
    LIMIT $3)

-- name: aged_alerts_remove
DELETE FROM alerts WHERE sid IN (
    SELECT x.sid FROM accounts a CROSS JOIN alerts x
    WHERE (a.switches & CAST($2 AS BIGINT)) = 0 AND x.account_sid = a.sid AND x.sid < $1
    LIMIT $3)

-- name: aged_jobs_remove
-- Jobs that were given up; no other ever.
DELETE FROM outbox WHERE sid IN (
    SELECT j.sid FROM accounts a CROSS JOIN outbox j
    WHERE (a.switches & CAST($2 AS BIGINT)) = 0 AND j.state = 'dead' AND j.account_sid = a.sid
      AND j.sid < $1
    LIMIT $3)

-- name: aged_handset_messages_remove
DELETE FROM handset_messages
WHERE sid IN (SELECT sid FROM handset_messages WHERE sid < $1 ORDER BY sid LIMIT $2)

-- name: affinity_walk
SELECT service_sid, identifier, number_sid, active, last_used FROM affinities
WHERE (service_sid, identifier, number_sid) > ($1, $2, $3)
ORDER BY service_sid, identifier, number_sid LIMIT $4

-- name: aged_affinity_remove
DELETE FROM affinities
WHERE service_sid = $1 AND identifier = $2 AND number_sid = $3 AND active = 0 AND last_used < $4
  AND NOT EXISTS (SELECT 1 FROM services s JOIN accounts a ON a.sid = s.account_sid
                  WHERE s.sid = $1 AND (a.switches & CAST($5 AS BIGINT)) <> 0)
