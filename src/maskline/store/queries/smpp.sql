-- name: smpp_sent_add
-- An SMSC that begins to count anew gives an id to another message.
INSERT INTO smpp_sent (carrier, provider_id, message_sid, part, total, status, error_code,
    date_created)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (carrier, provider_id) DO UPDATE
SET message_sid = excluded.message_sid, part = excluded.part, total = excluded.total,
    status = excluded.status, error_code = excluded.error_code,
    date_created = excluded.date_created

-- name: smpp_sent_part
SELECT s.carrier, s.provider_id, s.message_sid, m.recipient, s.part, s.total, s.status,
    s.error_code, s.date_created
FROM smpp_sent s JOIN messages m ON m.sid = s.message_sid
WHERE s.carrier = $1 AND s.provider_id = $2

-- name: smpp_sent_whole
SELECT carrier, provider_id, sid, recipient, 1, 1, status, error_code, date_created FROM messages
WHERE direction <> 'inbound' AND carrier = $1 AND provider_id = $2 ORDER BY sid DESC LIMIT 1

-- name: smpp_sent_of
SELECT s.carrier, s.provider_id, s.message_sid, m.recipient, s.part, s.total, s.status,
    s.error_code, s.date_created
FROM smpp_sent s JOIN messages m ON m.sid = s.message_sid
WHERE s.message_sid = (SELECT message_sid FROM smpp_sent WHERE carrier = $1 AND provider_id = $2)
ORDER BY s.part

-- name: smpp_sent_settle
UPDATE smpp_sent SET status = $3, error_code = $4
WHERE carrier = $1 AND provider_id = $2 AND status NOT IN ('delivered', 'undelivered', 'failed')

-- name: smpp_sent_expire
DELETE FROM smpp_sent WHERE carrier = $1 AND date_created < $2

-- name: smpp_seen
SELECT 1 FROM messages
WHERE direction = 'inbound' AND carrier = $1 AND provider_id >= $2 AND provider_id < $3
  AND date_created >= $4 AND date_created < $5 LIMIT 1
