-- name: number_add
INSERT INTO numbers ({Number}) VALUES ({Number:values}) ON CONFLICT (number) DO NOTHING

-- name: number_get
SELECT {Number} FROM numbers WHERE sid = $1 AND account_sid = $2 {lock}

-- name: number_by_number
SELECT {Number} FROM numbers WHERE number = $1 {lock}

-- name: number_delete
DELETE FROM numbers WHERE sid = $1

-- name: number_rename
UPDATE numbers SET friendly_name = $2, date_updated = $3 WHERE sid = $1

-- name: number_page
SELECT {Number} FROM numbers
WHERE account_sid = $1 AND kind = $2 AND number LIKE $3 ESCAPE '\'
  AND ($4 = '' OR friendly_name = $4) {page}

-- name: number_configured_page
-- The same with what was set on each; null where nothing was.
SELECT {Number}, (SELECT hooks FROM number_hooks h WHERE h.sid = numbers.sid) FROM numbers
WHERE account_sid = $1 AND kind = $2 AND number LIKE $3 ESCAPE '\'
  AND ($4 = '' OR friendly_name = $4) {page}

-- name: number_hooks_get
SELECT hooks FROM number_hooks WHERE sid = $1

-- name: number_hooks_of
SELECT h.hooks FROM numbers n JOIN number_hooks h ON h.sid = n.sid WHERE n.number = $1

-- name: number_hooks_put
INSERT INTO number_hooks (sid, hooks) VALUES ($1, $2)
ON CONFLICT (sid) DO UPDATE SET hooks = excluded.hooks

-- name: number_hooks_delete
DELETE FROM number_hooks WHERE sid = $1

-- name: pool_get
SELECT {Number} FROM numbers WHERE sid = $1 AND service_sid = $2 AND kind = $3 {lock}

-- name: pool_usage
-- Of all Services together: the numbers, and those that a session uses.
SELECT COUNT(*), COALESCE(SUM(CASE WHEN in_use > 0 THEN 1 ELSE 0 END), 0)
FROM numbers WHERE service_sid IS NOT NULL

-- name: pool_page
SELECT {Number} FROM numbers WHERE service_sid = $1 AND kind = $2 {page}

-- name: pool_join
UPDATE numbers SET service_sid = $2, is_reserved = $3, in_use = 0, pool_created = $4,
    pool_updated = $4
WHERE sid = $1 AND service_sid IS NULL

-- name: pool_leave
UPDATE numbers SET service_sid = NULL, is_reserved = 0, in_use = 0, pool_created = NULL,
    pool_updated = NULL
WHERE sid = $1

-- name: pool_leave_all
UPDATE numbers SET service_sid = NULL, is_reserved = 0, in_use = 0, pool_created = NULL,
    pool_updated = NULL
WHERE service_sid = $1

-- name: pool_reserve
UPDATE numbers SET is_reserved = $2, pool_updated = $3 WHERE sid = $1

-- name: pool_count
SELECT COUNT(*) FROM numbers WHERE service_sid = $1 AND is_reserved = $2

-- name: pool_use_each (postgres)
-- The same for a set of numbers, in one order for all who count; returns those that are in a pool.
UPDATE numbers SET in_use = in_use + asked.change
FROM (SELECT * FROM unnest($1::text[], $2::int8[]) AS given (sid, change) ORDER BY sid) AS asked
WHERE numbers.sid = asked.sid AND numbers.service_sid IS NOT NULL
RETURNING numbers.sid

-- name: pool_use
UPDATE numbers SET in_use = in_use + $2 WHERE sid = $1 AND service_sid IS NOT NULL
