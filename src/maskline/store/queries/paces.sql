-- name: paces_begin
-- A row to hold, for what has none yet.
INSERT INTO paces (name, at, used, queue_end) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING

-- name: paces_held
SELECT name, at, used, queue_end FROM paces WHERE name IN (SELECT value FROM json_each($1))

-- name: paces_held (postgres)
-- In one order, so that two processes never wait for each other. The clocks of processes differ; the
-- database has one. It is looked at as each row is held, so that the last one has the time.
SELECT held.*, (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint FROM (
    SELECT name, at, used, queue_end FROM paces
    WHERE name = ANY (ARRAY(SELECT json_array_elements_text($1::json))) ORDER BY name {lock}
) AS held

-- name: paces_seen
SELECT name, queue_end FROM paces WHERE name IN (SELECT value FROM json_each($1))

-- name: paces_seen (postgres)
SELECT name, queue_end FROM paces
WHERE name = ANY (ARRAY(SELECT json_array_elements_text($1::json)))

-- name: pace_seen
SELECT at, used FROM paces WHERE name = $1

-- name: pace_take
UPDATE paces SET at = $2, used = $3 WHERE name = $1

-- name: pace_queue
UPDATE paces SET queue_end = $2 WHERE name = $1

-- name: paces_queued
SELECT name, queue_end FROM paces WHERE queue_end > $1 ORDER BY queue_end DESC LIMIT $2

-- name: paces_expire
-- What is full and has no queue is as good as none.
DELETE FROM paces WHERE name IN (SELECT name FROM paces WHERE at <= $1 AND queue_end <= $1 LIMIT $2)
