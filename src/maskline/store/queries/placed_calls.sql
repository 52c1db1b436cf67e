-- name: placed_call_put
INSERT INTO placed_calls (call_sid, account_sid, placed, told) VALUES ($1, $2, $3, 0)
ON CONFLICT (call_sid) DO UPDATE SET placed = excluded.placed

-- name: placed_call_get
SELECT placed FROM placed_calls WHERE call_sid = $1 {lock}

-- name: placed_call_told
SELECT told FROM placed_calls WHERE call_sid = $1 {lock}

-- name: placed_call_tell
UPDATE placed_calls SET told = told + 1 WHERE call_sid = $1

-- name: placed_call_delete
DELETE FROM placed_calls WHERE call_sid = $1

-- Of calls whose own records are gone.
-- name: aged_placed_calls_remove
DELETE FROM placed_calls WHERE call_sid IN (
    SELECT p.call_sid FROM placed_calls p
    WHERE p.call_sid < $1 AND NOT EXISTS (SELECT 1 FROM calls c WHERE c.sid = p.call_sid)
    LIMIT $2)
