-- name: smpp_part_add
INSERT INTO smpp_parts ({SmppPart}) VALUES ({SmppPart:values}) ON CONFLICT DO NOTHING

-- name: smpp_group
SELECT {SmppPart} FROM smpp_parts
WHERE carrier = $1 AND sender = $2 AND number = $3 AND reference = $4 AND total = $5 ORDER BY part

-- name: smpp_group_finish
UPDATE smpp_parts SET is_done = 1
WHERE carrier = $1 AND sender = $2 AND number = $3 AND reference = $4 AND total = $5

-- name: smpp_group_drop
DELETE FROM smpp_parts
WHERE carrier = $1 AND sender = $2 AND number = $3 AND reference = $4 AND total = $5

-- name: smpp_unfinished
-- All parts of at most $3 messages that are complete, or that began to wait before $2.
SELECT {p.SmppPart} FROM smpp_parts p
JOIN (SELECT carrier, sender, number, reference, total FROM smpp_parts
      WHERE carrier = $1 AND is_done = 0
      GROUP BY carrier, sender, number, reference, total
      HAVING COUNT(*) = total OR MIN(date_created) < $2
      LIMIT $3) g
  ON p.carrier = g.carrier AND p.sender = g.sender AND p.number = g.number
 AND p.reference = g.reference AND p.total = g.total
ORDER BY p.carrier, p.sender, p.number, p.reference, p.total, p.part

-- name: smpp_parts_expire
DELETE FROM smpp_parts WHERE carrier = $1 AND date_created < $2 AND is_done = 1

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
