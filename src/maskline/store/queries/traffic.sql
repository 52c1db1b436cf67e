-- name: route
-- Who a call or message to $1 from $2 belongs to; without a session when the pair leads nowhere.
-- The end of a session that has one by its ttl moves on with each interaction: `slide` is how long
-- after the last one it is over. Only the newest SID tells of interactions since the row was
-- written. Before the account's own columns stands the SID under which carrier $3 handed over its
-- message $4, or its call $5, before. Whether a Messaging Service takes the number's messages stands
-- on the number itself: one more join would cost every message, for what hardly ever changes. So
-- does whether it has opt-out lists of its own: then what was said to one of its numbers holds for
-- all. The column before that says how near the partner's opt-outs come to the number that a message
-- would be sent from (`Reach`).
SELECT n.sid, n.account_sid, n.carrier, n.service_sid,
    s.callback_url, s.intercept_callback_url, s.out_of_session_callback_url, s.default_ttl,
    p.sid, p.session_sid,
    k.mode, k.ttl, k.date_started, k.date_expiry, k.expires_at,
    CASE WHEN k.date_expiry IS NULL
         THEN k.expires_at - CASE WHEN k.date_last_interaction > k.date_created
                                  THEN k.date_last_interaction ELSE k.date_created END END,
    CASE WHEN k.date_expiry IS NULL AND k.expires_at IS NOT NULL
         THEN (SELECT MAX(i.sid) FROM interactions i WHERE i.session_sid = k.sid) END,
    q.sid, q.identifier, q.proxy_identifier,
    CASE WHEN q.proxy_identifier = n.number THEN n.carrier
         ELSE (SELECT o.carrier FROM numbers o WHERE o.number = q.proxy_identifier) END,
    q.pair,
    COALESCE(
        CASE WHEN $4 <> '' THEN
            (SELECT m.sid FROM messages m
             WHERE m.direction = 'inbound' AND m.carrier = $3 AND m.provider_id = $4) END,
        CASE WHEN $5 <> '' THEN
            (SELECT c.sid FROM calls c
             WHERE c.direction = 'inbound' AND c.carrier = $3 AND c.provider_id = $5) END),
    a.status, a.switches, s.date_created, n.messaging_service_sid, n.diverted,
    CASE WHEN $4 <> '' THEN
        (SELECT MAX(CASE WHEN o.sender IN (q.proxy_identifier, n.service_sid,
                    (SELECT m.messaging_service_sid FROM numbers m
                     WHERE m.number = q.proxy_identifier))
                 OR o.messaging_service_sid =
                    (SELECT m.messaging_service_sid FROM numbers m
                     WHERE m.number = q.proxy_identifier AND m.advanced_opt_out = 1)
                 THEN 4 ELSE 0 END)
             + MAX(CASE WHEN o.messaging_service_sid =
                    (SELECT m.messaging_service_sid FROM numbers m
                     WHERE m.number = q.proxy_identifier) THEN 2 ELSE 0 END)
             + MAX(CASE WHEN o.service_sid = n.service_sid THEN 1 ELSE 0 END)
         FROM opt_outs o
         WHERE o.identifier = q.identifier AND o.account_sid = n.account_sid) END,
    n.advanced_opt_out
FROM numbers n
JOIN accounts a ON a.sid = n.account_sid
LEFT JOIN services s ON s.sid = n.service_sid
LEFT JOIN participants p ON p.proxy_identifier = n.number AND p.identifier = $2 AND p.pair = 1
LEFT JOIN sessions k ON k.sid = p.session_sid
LEFT JOIN participants q ON q.session_sid = p.session_sid AND q.sid <> p.sid AND q.pair > 0
WHERE n.number = $1

-- name: interaction_add
INSERT INTO interactions ({Interaction}) VALUES ({Interaction:values})

-- name: interaction_get
SELECT {Interaction} FROM interactions WHERE sid = $1 AND session_sid = $2

-- name: interaction_by_sid
SELECT {Interaction} FROM interactions WHERE sid = $1 {lock}

-- name: interaction_page
SELECT {Interaction} FROM interactions WHERE session_sid = $1 {page}

-- name: interaction_page_sent_to
SELECT {Interaction} FROM interactions
WHERE session_sid = $1 AND outbound_participant_sid = $2 AND inbound_participant_sid IS NULL
  AND type = 'message' {page}

-- name: interaction_update
UPDATE interactions SET data = $2, inbound_resource_status = $3, outbound_participant_sid = $4,
    outbound_resource_sid = $5, outbound_resource_status = $6, date_updated = $7
WHERE sid = $1

-- name: interaction_delete
DELETE FROM interactions WHERE sid = $1 AND session_sid = $2

-- name: message_deactivated
-- To whom messages of $2 to $3 (as SIDs begin) could not be sent because nobody has the number any
-- more, as was reported from $4 to $5. A recipient that is not shown whole is left out.
SELECT DISTINCT recipient FROM messages
WHERE account_sid = $1 AND error_code = 30005 AND substr(sid, 3) >= $2 AND substr(sid, 3) < $3
  AND date_updated >= $4 AND date_updated < $5 AND recipient LIKE '+%' AND recipient NOT LIKE '%X%'
ORDER BY recipient LIMIT $6

-- name: message_add
INSERT INTO messages ({Message}) VALUES ({Message:values}) ON CONFLICT DO NOTHING

-- name: leg
-- An outbound leg with its interaction and where its changes are reported, while there are such.
SELECT m.sid, m.account_sid, m.direction, m.status, m.error_code, m.num_media, s.callback_url,
    m.carrier, {i.Interaction}
FROM messages m
LEFT JOIN interactions i ON i.sid = m.interaction_sid
LEFT JOIN services s ON s.sid = i.service_sid
WHERE m.sid = $1 AND m.direction <> 'inbound' {lock:m}

-- name: message_get
SELECT {Message} FROM messages WHERE sid = $1 AND account_sid = $2 AND direction <> 'platform'

-- name: message_held
SELECT {Message} FROM messages
WHERE sid = $1 AND account_sid = $2 AND direction <> 'platform' {lock}

-- name: message_redact
UPDATE messages SET body = '', date_updated = $2 WHERE sid = $1

-- name: message_withdraw
DELETE FROM messages WHERE sid = $1 AND status = 'scheduled'

-- name: message_by_sid
SELECT {Message} FROM messages WHERE sid = $1

-- name: message_outbound_by_provider
SELECT sid FROM messages
WHERE direction <> 'inbound' AND carrier = $1 AND provider_id = $2

-- name: message_page
SELECT {Message} FROM messages
WHERE account_sid = $1 AND direction <> 'platform'
  AND ($2 = '' OR recipient = $2) AND ($3 = '' OR sender = $3)
  AND (CAST($4 AS BIGINT) = 0 OR date_created >= $4)
  AND (CAST($5 AS BIGINT) = 0 OR date_created < $5) {page:mixed}

-- name: message_status
UPDATE messages SET status = $2, error_code = $3, provider_id = COALESCE($4, provider_id),
    date_sent = COALESCE(date_sent, $5), date_updated = $6
WHERE sid = $1

-- name: message_link
UPDATE messages SET interaction_sid = $2 WHERE sid = $1

-- name: message_status_add
INSERT INTO message_statuses (message_sid, account_sid, service_sid, urls) VALUES ($1, $2, $3, $4)

-- name: message_status_of
SELECT service_sid, urls FROM message_statuses WHERE message_sid = $1

-- name: message_status_forget
DELETE FROM message_statuses WHERE message_sid = $1

-- name: message_delete
DELETE FROM messages WHERE sid = $1 AND account_sid = $2 AND direction <> 'platform'

-- name: reply_take
-- Touches no row when the number has answered the person after $5.
INSERT INTO replies (number, person, about, sent_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (number, person, about) DO UPDATE SET sent_at = excluded.sent_at
WHERE replies.sent_at <= $5

-- name: reply_forget
DELETE FROM replies WHERE sent_at <= $1

-- name: pair_reply_get
SELECT began, last, replies FROM pair_replies WHERE number = $1 AND person = $2 {lock}

-- name: pair_reply_put
INSERT INTO pair_replies (number, person, began, last, replies) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (number, person) DO UPDATE SET
    began = excluded.began, last = excluded.last, replies = excluded.replies

-- name: pair_reply_forget
DELETE FROM pair_replies WHERE (number, person) IN (
    SELECT number, person FROM pair_replies WHERE last < $1 LIMIT $2)

-- name: media_add
INSERT INTO media ({Media}) VALUES ({Media:values})

-- name: media_of
SELECT {Media} FROM media WHERE message_sid = $1 ORDER BY position

-- name: media_get
SELECT {Media} FROM media WHERE sid = $1 AND message_sid = $2 AND account_sid = $3

-- name: media_delete_of
DELETE FROM media WHERE message_sid = $1

-- name: media_delete
DELETE FROM media WHERE sid = $1 AND message_sid = $2 AND account_sid = $3

-- name: media_link_add
INSERT INTO media_links ({MediaLink}) VALUES ({MediaLink:values})

-- name: media_link_get
SELECT m.url FROM media_links l JOIN media m ON m.sid = l.media_sid
WHERE l.token = $1 AND l.expires_at > $2

-- name: media_link_forget
DELETE FROM media_links WHERE token IN (
    SELECT token FROM media_links WHERE expires_at <= $1 LIMIT $2)

-- name: feedback_put
INSERT INTO message_feedback ({Feedback}) VALUES ({Feedback:values})
ON CONFLICT (message_sid) DO UPDATE SET outcome = excluded.outcome,
    date_updated = excluded.date_updated

-- name: feedback_of
SELECT {Feedback} FROM message_feedback WHERE message_sid = $1

-- name: feedback_delete_of
DELETE FROM message_feedback WHERE message_sid = $1

-- name: call_add
INSERT INTO calls ({Call}) VALUES ({Call:values}) ON CONFLICT DO NOTHING

-- name: call_get
SELECT {Call} FROM calls WHERE sid = $1 AND account_sid = $2 {lock}

-- name: call_by_sid
SELECT {Call} FROM calls WHERE sid = $1 {lock}

-- name: call_and_placed
SELECT {Call}, (SELECT placed FROM placed_calls WHERE call_sid = calls.sid)
FROM calls WHERE sid = $1 {lock}

-- name: call_child
SELECT {Call} FROM calls WHERE parent_call_sid = $1 ORDER BY sid DESC LIMIT 1 {lock}

-- name: call_dialled
SELECT {Call} FROM calls WHERE parent_call_sid = $1 AND provider_id = $2 {lock}

-- name: call_inbound
SELECT {Call} FROM calls WHERE direction = 'inbound' AND carrier = $1 AND provider_id = $2 {lock}

-- name: call_placed
SELECT {Call} FROM calls
WHERE direction = 'outbound-api' AND carrier = $1 AND provider_id = $2 ORDER BY sid DESC LIMIT 1
{lock}

-- name: call_live
SELECT {Call} FROM calls
WHERE carrier = $1 AND status IN ('queued', 'initiated', 'ringing', 'in-progress') ORDER BY sid
{lock}

-- name: call_page
SELECT {Call} FROM calls
WHERE account_sid = $1 AND ($2 = '' OR called = $2) AND ($3 = '' OR caller = $3)
  AND ($4 = '' OR status = $4) AND ($5 = '' OR parent_call_sid = $5)
  AND (CAST($6 AS BIGINT) = 0 OR start_time >= $6)
  AND (CAST($7 AS BIGINT) = 0 OR start_time < $7)
  AND (CAST($8 AS BIGINT) = 0 OR end_time >= $8)
  AND (CAST($9 AS BIGINT) = 0 OR end_time < $9) {page}

-- name: call_link
UPDATE calls SET interaction_sid = $2 WHERE sid = $1

-- name: call_update
UPDATE calls SET status = $2, start_time = $3, end_time = $4, duration = $5,
    provider_id = COALESCE($6, provider_id), date_updated = $7, answered_by = $8
WHERE sid = $1

-- name: call_silent
SELECT {Call} FROM calls
WHERE status IN ('queued', 'initiated', 'ringing', 'in-progress') AND carrier <> $1
  AND ((status <> 'in-progress' AND date_updated < $2) OR date_updated < $3)
  AND status <> 'queued' AND date_created > $4
ORDER BY date_updated LIMIT $5

-- name: call_delete
DELETE FROM calls WHERE sid = $1 AND account_sid = $2
