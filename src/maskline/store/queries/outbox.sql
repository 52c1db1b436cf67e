-- name: outbox_add
INSERT INTO outbox ({Job}) VALUES ({Job:values})

-- name: outbox_add_in_line (postgres)
-- A set of jobs, an array per column. One that would overtake a job of its ordering key which its
-- owner does not hold at that moment is left for whoever takes that. Here and below `state <> 'dead'`
-- stands where an index of what is pending would serve badly: which one is taken must not hang on
-- how long the queue was when somebody looked. OFFSET 0 has the question asked once.
INSERT INTO outbox ({Job})
SELECT {Job} FROM (
    SELECT sid, kind, account_sid, ordering_key, payload, state, attempts,
        CASE WHEN held THEN date_created ELSE lease END AS due_at,
        CASE WHEN held THEN '' ELSE holder END AS owner, last_error, date_created
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[],
            $7::int8[], $8::int8[], $9::text[], $10::text[], $11::int8[])
        AS asked (sid, kind, account_sid, ordering_key, payload, state, attempts, lease, holder,
            last_error, date_created),
    LATERAL (SELECT holder <> '' AND EXISTS (
        SELECT 1 FROM outbox e
        WHERE e.ordering_key = asked.ordering_key AND e.ordering_key <> '' AND e.state <> 'dead'
          AND (e.owner <> asked.holder OR e.due_at <= asked.date_created)) AS held OFFSET 0) AS line
) AS jobs
RETURNING sid, owner

-- name: outbox_get
SELECT {Job} FROM outbox WHERE sid = $1

-- name: outbox_of_account
SELECT {Job} FROM outbox WHERE sid = $1 AND account_sid = $2 {lock}

-- name: outbox_dead_page
SELECT {Job} FROM outbox
WHERE account_sid = $1 AND state = 'dead' AND ($2 = '' OR kind = $2) {page}

-- name: outbox_pending_page
SELECT {Job} FROM outbox
WHERE account_sid = $1 AND state = 'pending' AND ($2 = '' OR kind = $2) {page}

-- name: outbox_revive
-- A dead letter is a job again.
UPDATE outbox SET state = 'pending', attempts = 0, due_at = $2, owner = ''
WHERE sid = $1 AND state <> 'pending'

-- name: outbox_waiting
-- A person's messages to a number that wait for the program's answer, in their order.
SELECT {Job} FROM outbox
WHERE kind = 'out-of-session' AND ordering_key = $1 AND state = 'pending' ORDER BY sid

-- name: outbox_done
DELETE FROM outbox WHERE sid = $1

-- name: outbox_postpone
UPDATE outbox SET attempts = $2, due_at = $3, owner = $4, last_error = $5 WHERE sid = $1

-- name: outbox_set_payload
UPDATE outbox SET payload = $2 WHERE sid = $1

-- name: outbox_bury
UPDATE outbox SET state = 'dead', attempts = $2, owner = '', last_error = $3 WHERE sid = $1

-- name: outbox_due
SELECT {Job} FROM outbox WHERE state = 'pending' AND due_at <= $1 ORDER BY due_at, sid LIMIT $2
{lock:skip}

-- name: outbox_due_in_order (postgres)
-- The same among processes: of jobs with one ordering key only the first, or one whose forerunners
-- are all held by $3 itself, to be run in their order.
SELECT {o.Job} FROM outbox o WHERE o.state = 'pending' AND o.due_at <= $1
  AND (o.ordering_key = '' OR NOT EXISTS (
      SELECT 1 FROM outbox e
      WHERE e.ordering_key = o.ordering_key AND e.ordering_key <> '' AND e.state <> 'dead'
        AND e.sid < o.sid AND (e.owner <> $3 OR e.due_at <= $1)))
ORDER BY o.due_at, o.sid LIMIT $2
{lock:skip}

-- name: outbox_due_behind (postgres)
-- What follows the jobs that $3 claimed just now under the keys $4: nobody else may take it, and it
-- spares a turn for each. Stops at one that another process holds, or that is not due.
SELECT {o.Job} FROM outbox o
WHERE o.state <> 'dead' AND o.due_at <= $1 AND o.ordering_key = ANY ($4) AND o.ordering_key <> ''
  AND (
      SELECT 1 FROM outbox e
      WHERE e.ordering_key = o.ordering_key AND e.ordering_key <> '' AND e.state <> 'dead'
        AND e.sid < o.sid AND e.owner <> $3 AND e.due_at > $1 LIMIT 1) IS NULL
ORDER BY o.sid || '' LIMIT $2
{lock:skip}

-- name: outbox_renew
UPDATE outbox SET due_at = $3 WHERE sid = $1 AND owner = $2 AND state = 'pending'

-- name: outbox_renew_many (postgres)
-- At once: while each took a round trip, whatever else has to do with the jobs waited for the last.
UPDATE outbox SET due_at = $3 WHERE sid = ANY ($1) AND owner = $2 AND state <> 'dead'
RETURNING sid

-- name: outbox_claim
UPDATE outbox SET owner = $2, due_at = $3 WHERE sid = $1

-- name: outbox_give_back
UPDATE outbox SET owner = '', due_at = $3 WHERE sid = $1 AND owner = $2

-- name: outbox_hand_on
-- The same of a job that was begun: its owner's name says so to the next.
UPDATE outbox SET due_at = $3 WHERE sid = $1 AND owner = $2

-- name: outbox_orphaned
-- What a process held when it ended without giving it back. Its name stays: the next one must know
-- that the job may have been begun. The clock may have been set back since it was made.
UPDATE outbox SET due_at = CASE WHEN date_created < $1 THEN date_created ELSE $1 END
WHERE state = 'pending' AND owner <> '' AND due_at <> date_created

-- name: outbox_parked
SELECT ordering_key, sid, due_at FROM outbox
WHERE state = 'pending' AND due_at > $1 AND ordering_key <> '' AND owner = ''
ORDER BY due_at, sid

-- name: outbox_backlog
-- How many wait, how many are given up, each up to a bound, so that a long queue is not counted to
-- its end at every look; and when the oldest that waits was due.
SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE state = 'pending' LIMIT 100000) p),
    (SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE state = 'dead' LIMIT 100000) d),
    (SELECT MIN(due_at) FROM outbox WHERE state = 'pending')

-- name: outbox_pending
SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE state = 'pending' LIMIT $1) p

-- name: outbox_count
SELECT COUNT(*) FROM outbox WHERE state = $1

-- name: handset_message_add
INSERT INTO handset_messages (sid, handset, direction, peer, body, media, reference, date_created)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING

-- name: handset_message_page
SELECT sid, handset, direction, peer, body, media, reference, date_created
FROM handset_messages WHERE handset = $1 AND sid > $2 ORDER BY sid LIMIT $3
