-- name: carrier_add
INSERT INTO carriers ({CarrierAccount}) VALUES ({CarrierAccount:values}) ON CONFLICT DO NOTHING

-- name: carrier_get
SELECT {CarrierAccount} FROM carriers WHERE name = $1 {lock}

-- name: carrier_all
SELECT {CarrierAccount} FROM carriers ORDER BY name

-- name: carrier_marks
-- What changes with every change of an account, and costs little to look at.
SELECT name, date_updated FROM carriers ORDER BY name

-- name: carrier_update
UPDATE carriers SET settings = $2, credentials = $3, date_updated = $4 WHERE name = $1

-- name: carrier_delete
DELETE FROM carriers WHERE name = $1

-- name: carrier_numbers
SELECT number FROM numbers WHERE carrier = $1 ORDER BY number LIMIT $2

-- name: number_moves
UPDATE numbers SET carrier = $2, date_updated = $3 WHERE sid = $1

-- name: synced_put
INSERT INTO synced_numbers ({SyncedNumber}) VALUES ({SyncedNumber:values})
ON CONFLICT (number) DO UPDATE SET carrier = excluded.carrier,
    provider_id = excluded.provider_id, hooks = excluded.hooks,
    date_created = excluded.date_created

-- name: synced_get
SELECT {SyncedNumber} FROM synced_numbers WHERE number = $1 {lock}

-- name: synced_of
SELECT {SyncedNumber} FROM synced_numbers WHERE carrier = $1 ORDER BY number

-- name: synced_delete
DELETE FROM synced_numbers WHERE number = $1
