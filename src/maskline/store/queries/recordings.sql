-- name: recording_add
INSERT INTO recordings ({Recording}) VALUES ({Recording:values}) ON CONFLICT DO NOTHING

-- name: recording_of
SELECT {Recording} FROM recordings WHERE call_sid = $1 AND provider_id = $2 {lock}

-- name: recording_get
SELECT {Recording} FROM recordings WHERE sid = $1 AND account_sid = $2 {lock}

-- name: recording_update
UPDATE recordings SET url = $2, status = $3, channels = $4, source = $5, track = $6, duration = $7,
    error_code = $8, start_time = $9, date_updated = $10
WHERE sid = $1

-- name: recording_page
SELECT {Recording} FROM recordings
WHERE account_sid = $1 AND ($2 = '' OR call_sid = $2)
  AND (CAST($3 AS BIGINT) = 0 OR date_created >= $3)
  AND (CAST($4 AS BIGINT) = 0 OR date_created < $4)
  AND (CAST($5 AS BIGINT) = 1 OR status <> 'deleted') {page}

-- name: aged_recordings_remove
DELETE FROM recordings WHERE sid IN (
    SELECT r.sid FROM accounts a CROSS JOIN recordings r
    WHERE (a.switches & CAST($2 AS BIGINT)) = 0 AND r.account_sid = a.sid AND r.sid < $1
    LIMIT $3)
