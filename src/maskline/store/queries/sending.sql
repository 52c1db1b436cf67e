-- name: scheduled_add
INSERT INTO scheduled_messages (message_sid, account_sid, send_at, draft) VALUES ($1, $2, $3, $4)

-- name: scheduled_due
SELECT message_sid, account_sid, send_at, draft FROM scheduled_messages
WHERE send_at <= $1 ORDER BY send_at, message_sid LIMIT $2 {lock:skip}

-- name: scheduled_of_account
SELECT {m.Message} FROM scheduled_messages s JOIN messages m ON m.sid = s.message_sid
WHERE s.account_sid = $1 AND ($2 = '' OR m.messaging_service_sid = $2)
  AND (s.send_at, s.message_sid) > ($3, $4)
ORDER BY s.send_at, s.message_sid LIMIT $5

-- name: scheduled_hour
SELECT send_at FROM scheduled_messages WHERE message_sid = $1

-- name: scheduled_delete
DELETE FROM scheduled_messages WHERE message_sid = $1

-- name: sending_pool
SELECT COALESCE(u.used_at, 0), {n.Number} FROM numbers n
LEFT JOIN sender_uses u ON u.number_sid = n.sid
WHERE n.messaging_service_sid = $1

-- name: sending_names
SELECT COALESCE(u.used_at, 0), {a.AlphaSender} FROM alpha_senders a
LEFT JOIN sender_uses u ON u.number_sid = a.sid
WHERE a.messaging_service_sid = $1

-- name: sticky_get
SELECT number_sid, used_at FROM sticky_senders WHERE messaging_service_sid = $1 AND identifier = $2

-- name: sender_use
INSERT INTO sender_uses (number_sid, used_at) VALUES ($1, $2)
ON CONFLICT (number_sid) DO UPDATE SET used_at = excluded.used_at

-- name: sticky_add
INSERT INTO sticky_senders (messaging_service_sid, identifier, number_sid, used_at)
VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING

-- name: sticky_move
UPDATE sticky_senders SET number_sid = $3, used_at = $4
WHERE messaging_service_sid = $1 AND identifier = $2 AND number_sid = $5

-- name: sticky_forget_sender
DELETE FROM sticky_senders WHERE number_sid = $1

-- name: sticky_forget_service
DELETE FROM sticky_senders WHERE messaging_service_sid = $1

-- name: sticky_forget
DELETE FROM sticky_senders WHERE (messaging_service_sid, identifier) IN (
    SELECT messaging_service_sid, identifier FROM sticky_senders WHERE used_at < $1 LIMIT $2)
