-- name: service_add
INSERT INTO services ({Service}) VALUES ({Service:values}) ON CONFLICT DO NOTHING

-- name: service_get
SELECT {Service} FROM services WHERE sid = $1 AND account_sid = $2 {lock:share}

-- name: service_by_name
SELECT {Service} FROM services WHERE account_sid = $1 AND unique_name = $2 {lock:share}

-- name: service_page
SELECT {Service} FROM services WHERE account_sid = $1 {page}

-- name: service_update
UPDATE services SET unique_name = $2, chat_instance_sid = $3, callback_url = $4,
    intercept_callback_url = $5, out_of_session_callback_url = $6, default_ttl = $7,
    geo_match_level = $8, number_selection_behavior = $9, date_updated = $10
WHERE sid = $1

-- name: service_delete
DELETE FROM services WHERE sid = $1

-- name: service_bury
INSERT INTO deleted_services (sid, account_sid, date_deleted) VALUES ($1, $2, $3)

-- name: service_was_deleted
SELECT 1 FROM deleted_services WHERE sid = $1 AND account_sid = $2

-- name: service_delete_sessions
DELETE FROM sessions WHERE service_sid = $1

-- name: service_delete_participants
DELETE FROM participants
WHERE session_sid IN (SELECT sid FROM sessions WHERE service_sid = $1)

-- name: service_delete_interactions
DELETE FROM interactions
WHERE session_sid IN (SELECT sid FROM sessions WHERE service_sid = $1)
