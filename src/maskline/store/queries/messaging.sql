-- name: messaging_service_add
INSERT INTO messaging_services ({MessagingService}) VALUES ({MessagingService:values})

-- name: messaging_service_get
-- What changes it, puts numbers into it or takes them out comes after this, one after another.
SELECT {MessagingService} FROM messaging_services WHERE sid = $1 AND account_sid = $2 {lock}

-- name: messaging_service_peek
SELECT {MessagingService} FROM messaging_services WHERE sid = $1

-- name: messaging_service_page
SELECT {MessagingService} FROM messaging_services WHERE account_sid = $1 {page}

-- name: messaging_service_update
UPDATE messaging_services SET friendly_name = $2, inbound_request_url = $3, inbound_method = $4,
    fallback_url = $5, fallback_method = $6, status_callback = $7, sticky_sender = $8,
    mms_converter = $9, smart_encoding = $10, scan_message_content = $11,
    fallback_to_long_code = $12, area_code_geomatch = $13, synchronous_validation = $14,
    validity_period = $15, usecase = $16, use_inbound_webhook_on_number = $17, date_updated = $18
WHERE sid = $1

-- name: messaging_service_delete
DELETE FROM messaging_services WHERE sid = $1

-- name: sender_get
SELECT {Number} FROM numbers WHERE sid = $1 AND messaging_service_sid = $2 AND kind = $3 {lock}

-- name: sender_page
SELECT {Number} FROM numbers WHERE messaging_service_sid = $1 AND kind = $2 {page}

-- name: sender_count
SELECT (SELECT COUNT(*) FROM numbers WHERE messaging_service_sid = $1)
    + (SELECT COUNT(*) FROM alpha_senders WHERE messaging_service_sid = $1)

-- name: sender_join
UPDATE numbers SET messaging_service_sid = $2, messaging_since = $3,
    diverted = (SELECT 1 - m.use_inbound_webhook_on_number FROM messaging_services m
                WHERE m.sid = $2),
    advanced_opt_out = (SELECT m.advanced_opt_out FROM messaging_services m WHERE m.sid = $2)
WHERE sid = $1 AND messaging_service_sid IS NULL

-- name: sender_leave
UPDATE numbers SET messaging_service_sid = NULL, messaging_since = NULL, diverted = 0,
    advanced_opt_out = 0
WHERE sid = $1

-- name: sender_leave_all
UPDATE numbers SET messaging_service_sid = NULL, messaging_since = NULL, diverted = 0,
    advanced_opt_out = 0
WHERE messaging_service_sid = $1

-- name: sender_divert
UPDATE numbers SET diverted = $2 WHERE messaging_service_sid = $1 AND diverted <> $2

-- name: messaging_service_set_opt_outs
UPDATE messaging_services SET advanced_opt_out = $2, date_updated = $3 WHERE sid = $1

-- name: sender_set_opt_outs
UPDATE numbers SET advanced_opt_out = $2 WHERE messaging_service_sid = $1

-- name: alpha_add
INSERT INTO alpha_senders ({AlphaSender}) VALUES ({AlphaSender:values}) ON CONFLICT DO NOTHING

-- name: alpha_get
SELECT {AlphaSender} FROM alpha_senders WHERE sid = $1 AND messaging_service_sid = $2

-- name: alpha_page
-- Those of one country, '' being those for all; of any with $2 0.
SELECT {AlphaSender} FROM alpha_senders
WHERE messaging_service_sid = $1 AND (CAST($2 AS BIGINT) = 0 OR iso_country = $3) {page}

-- name: alpha_named
SELECT {AlphaSender} FROM alpha_senders WHERE account_sid = $1 AND alpha_sender = $2
ORDER BY sid

-- name: alpha_delete
DELETE FROM alpha_senders WHERE sid = $1

-- name: alpha_delete_all
DELETE FROM alpha_senders WHERE messaging_service_sid = $1

-- name: sender_free
SELECT {Number} FROM numbers
WHERE account_sid = $1 AND messaging_service_sid IS NULL AND (capabilities & 2) <> 0
ORDER BY sid DESC LIMIT $2
