-- name: rate_put
INSERT INTO rates (process, taken, date_updated) VALUES ($1, $2, $3)
ON CONFLICT (process) DO UPDATE
SET taken = excluded.taken, date_updated = excluded.date_updated

-- name: rate_others
SELECT taken FROM rates WHERE process <> $1 AND date_updated > $2

-- name: rate_expire
DELETE FROM rates WHERE date_updated <= $1
