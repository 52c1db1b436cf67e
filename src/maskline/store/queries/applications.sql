-- name: application_add
INSERT INTO applications ({Application}) VALUES ({Application:values})

-- name: application_get
SELECT {Application} FROM applications WHERE sid = $1 AND account_sid = $2

-- name: application_page
SELECT {Application} FROM applications
WHERE account_sid = $1 AND ($2 = '' OR friendly_name = $2) {page}

-- name: application_update
UPDATE applications SET friendly_name = $2, voice_url = $3, voice_method = $4,
    voice_fallback_url = $5, voice_fallback_method = $6, voice_caller_id_lookup = $7,
    status_callback = $8, status_callback_method = $9, sms_url = $10, sms_method = $11,
    sms_fallback_url = $12, sms_fallback_method = $13, sms_status_callback = $14,
    message_status_callback = $15, public_application_connect_enabled = $16, date_updated = $17
WHERE sid = $1

-- name: application_off_numbers
-- $1 is the SID in quotes, as it stands in their settings; no address there is just that.
UPDATE number_hooks SET hooks = replace(hooks, $1, '""')
WHERE sid IN (SELECT sid FROM numbers WHERE account_sid = $2) AND hooks LIKE '%' || $1 || '%'

-- name: application_delete
DELETE FROM applications WHERE sid = $1 AND account_sid = $2
