-- name: outbox_add
INSERT INTO outbox ({Job}) VALUES ({Job:values})

-- name: outbox_get
SELECT {Job} FROM outbox WHERE sid = $1

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

-- name: outbox_claim
UPDATE outbox SET owner = $2, due_at = $3 WHERE sid = $1

-- name: outbox_give_back
UPDATE outbox SET owner = '', due_at = $2 WHERE sid = $1

-- name: outbox_orphaned
-- What a process held when it ended without giving it back.
UPDATE outbox SET owner = '', due_at = date_created WHERE state = 'pending' AND owner <> ''

-- name: outbox_count
SELECT COUNT(*) FROM outbox WHERE state = $1

-- name: handset_message_add
INSERT INTO handset_messages (sid, handset, direction, peer, body, media, reference, date_created)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING

-- name: handset_message_page
SELECT sid, handset, direction, peer, body, media, reference, date_created
FROM handset_messages WHERE handset = $1 AND sid > $2 ORDER BY sid LIMIT $3
