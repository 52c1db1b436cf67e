-- The console's own records, and what it looks for among all others.

-- name: console_user_add
-- `name_key` is the name without its case, which engines fold in different ways.
INSERT INTO console_users ({User}, name_key) VALUES ({User:values}, $11) ON CONFLICT DO NOTHING

-- name: console_user_get
SELECT {User} FROM console_users WHERE sid = $1

-- name: console_user_by_name
SELECT {User} FROM console_users WHERE name_key = $1

-- name: console_user_by_subject
SELECT {User} FROM console_users WHERE oidc_subject = $1

-- name: console_user_all
SELECT {User} FROM console_users ORDER BY name_key, sid

-- name: console_user_update
UPDATE console_users SET role = $2, account_sid = $3, password_hash = $4, disabled = $5,
    last_sign_in = $6, date_updated = $7
WHERE sid = $1

-- name: console_admins
-- How many can administer the console.
SELECT COUNT(*) FROM console_users WHERE role = 'admin' AND disabled = 0 AND account_sid IS NULL

-- name: console_session_add
INSERT INTO console_sessions ({SignedIn}) VALUES ({SignedIn:values})

-- name: console_session_get
SELECT {s.SignedIn}, {u.User} FROM console_sessions s JOIN console_users u ON u.sid = s.user_sid
WHERE s.token_hash = $1

-- name: console_session_seen
UPDATE console_sessions SET last_seen = $2 WHERE token_hash = $1

-- name: console_session_end
DELETE FROM console_sessions WHERE token_hash = $1

-- name: console_session_end_all
DELETE FROM console_sessions WHERE user_sid = $1 AND token_hash <> $2

-- name: console_session_expire
DELETE FROM console_sessions WHERE date_created < $1

-- name: console_link_add
INSERT INTO console_links (token_hash, user_sid, expires_at) VALUES ($1, $2, $3)

-- name: console_link_get
SELECT user_sid, expires_at FROM console_links WHERE token_hash = $1

-- name: console_link_take
DELETE FROM console_links WHERE token_hash = $1

-- name: console_link_drop
DELETE FROM console_links WHERE user_sid = $1 OR expires_at < $2

-- name: console_attempt_add
INSERT INTO console_attempts (sid, counted) VALUES ($1, $2)

-- name: console_attempt_count
SELECT COUNT(*), MIN(sid) FROM console_attempts WHERE counted = $1 AND sid >= $2

-- name: console_attempt_forget
DELETE FROM console_attempts WHERE counted = $1

-- name: console_attempt_expire
DELETE FROM console_attempts WHERE sid < $1

-- name: console_audit_add
INSERT INTO console_audit ({AuditEntry}) VALUES ({AuditEntry:values})

-- name: console_audit_page
SELECT {AuditEntry} FROM console_audit WHERE ($1 = '' OR account_sid = $1) {page}

-- name: aged_audit_remove
DELETE FROM console_audit
WHERE sid IN (SELECT sid FROM console_audit WHERE sid < $1 ORDER BY sid LIMIT $2)

-- name: picture_add
INSERT INTO handset_pictures ({Picture}) VALUES ({Picture:values})

-- name: picture_get
SELECT {Picture} FROM handset_pictures WHERE sid = $1

-- name: aged_pictures_remove
DELETE FROM handset_pictures
WHERE sid IN (SELECT sid FROM handset_pictures WHERE sid < $1 ORDER BY sid LIMIT $2)

-- name: webhook_attempt_add
-- One that is there was committed when the answer to that was lost.
INSERT INTO webhook_attempts ({WebhookAttempt}) VALUES ({WebhookAttempt:values})
ON CONFLICT DO NOTHING

-- name: webhook_attempt_get
SELECT {WebhookAttempt} FROM webhook_attempts WHERE sid = $1

-- name: webhook_attempts_of
-- What programs were told of one thing, the latest first.
SELECT {WebhookAttempt} FROM webhook_attempts WHERE resource_sid = $1 ORDER BY sid DESC LIMIT $2

-- name: webhook_attempt_page
SELECT {WebhookAttempt} FROM webhook_attempts WHERE account_sid = $1 AND resource_sid = $2 {page}

-- name: aged_webhook_attempts_remove
DELETE FROM webhook_attempts
WHERE sid IN (SELECT sid FROM webhook_attempts WHERE sid < $1 ORDER BY sid LIMIT $2)

-- name: session_account_page
SELECT {Session}, (SELECT MAX(i.sid) FROM interactions i WHERE i.session_sid = sessions.sid)
FROM sessions WHERE account_sid = $1 {page}

-- name: session_account_statuses
SELECT sid, status, service_sid FROM sessions WHERE account_sid = $1 {page}

-- name: session_named
-- An account's sessions of that name: a Service has one at most.
SELECT {k.Session}, (SELECT MAX(i.sid) FROM interactions i WHERE i.session_sid = k.sid)
FROM services s JOIN sessions k ON k.service_sid = s.sid AND k.unique_name = $2
WHERE s.account_sid = $1 ORDER BY k.sid DESC LIMIT $3

-- name: participant_by_sid
SELECT {Participant} FROM participants WHERE sid = $1

-- name: participants_of_person
-- Where a person is or was, by the numbers that they met: an index by person alone would cost every
-- session. Of each pair there are three kinds of rows, each with an index of its own.
SELECT {p.Participant} FROM (
    SELECT DISTINCT n.number FROM services s
    JOIN affinities a ON a.service_sid = s.sid AND a.identifier = $2
    JOIN numbers n ON n.sid = a.number_sid
    WHERE s.account_sid = $1) met
JOIN participants p ON p.proxy_identifier = met.number AND p.identifier = $2 AND p.pair = 1
UNION ALL
SELECT {p.Participant} FROM (
    SELECT DISTINCT n.number FROM services s
    JOIN affinities a ON a.service_sid = s.sid AND a.identifier = $2
    JOIN numbers n ON n.sid = a.number_sid
    WHERE s.account_sid = $1) met
JOIN participants p ON p.proxy_identifier = met.number AND p.identifier = $2 AND p.pair = 2
UNION ALL
SELECT * FROM (
    SELECT {p.Participant} FROM (
        SELECT DISTINCT n.number FROM services s
        JOIN affinities a ON a.service_sid = s.sid AND a.identifier = $2
        JOIN numbers n ON n.sid = a.number_sid
        WHERE s.account_sid = $1) met
    JOIN participants p ON p.proxy_identifier = met.number AND p.identifier = $2 AND p.pair = 0
    ORDER BY p.sid DESC LIMIT $3) past

-- name: participants_on_number
-- Who uses a number of ours now, and who did.
SELECT * FROM (SELECT {Participant} FROM participants WHERE proxy_identifier = $1 AND pair = 1
    LIMIT $2) held
UNION ALL
SELECT * FROM (SELECT {Participant} FROM participants WHERE proxy_identifier = $1 AND pair = 2
    LIMIT $2) shared
UNION ALL
SELECT * FROM (SELECT {Participant} FROM participants WHERE proxy_identifier = $1 AND pair = 0
    LIMIT $2) past

-- name: message_latest
-- An account's latest legs, to be looked through for a person in no session.
SELECT {Message} FROM messages WHERE account_sid = $1 AND direction <> 'platform'
ORDER BY substr(sid, 3) DESC LIMIT $2

-- name: call_latest
SELECT {Call} FROM calls WHERE account_sid = $1 ORDER BY sid DESC LIMIT $2

-- name: call_children
SELECT {Call} FROM calls WHERE parent_call_sid = $1 ORDER BY sid

-- name: alerts_of
SELECT {Alert} FROM alerts WHERE resource_sid = $1 AND account_sid = $2 ORDER BY sid DESC LIMIT $3

-- name: alert_by_sid
SELECT {Alert} FROM alerts WHERE sid = $1

-- name: count_sessions_active
SELECT COUNT(*) FROM (
    SELECT 1 FROM services s JOIN sessions k ON k.service_sid = s.sid AND k.date_ended IS NULL
    WHERE s.account_sid = $1 LIMIT $2) found

-- name: count_messages
SELECT COUNT(*) FROM (
    SELECT 1 FROM messages WHERE account_sid = $1 AND substr(sid, 3) >= $2 LIMIT $3) found

-- name: count_calls
SELECT COUNT(*) FROM (SELECT 1 FROM calls WHERE account_sid = $1 AND sid >= $2 LIMIT $3) found

-- name: count_dead
SELECT COUNT(*) FROM (
    SELECT 1 FROM outbox WHERE account_sid = $1 AND state = 'dead' LIMIT $2) found

-- name: count_numbers
SELECT COUNT(*) FROM numbers WHERE account_sid = $1

-- name: count_services
SELECT COUNT(*) FROM services WHERE account_sid = $1

-- name: alert_codes
-- The codes of the latest alerts since $2, how often each was, and when last.
SELECT error_code, COUNT(*), MAX(sid) FROM (
    SELECT error_code, sid FROM alerts WHERE account_sid = $1 AND sid >= $2
    ORDER BY sid DESC LIMIT $3) latest
GROUP BY error_code ORDER BY COUNT(*) DESC, error_code LIMIT $4

-- name: service_pool_sizes
SELECT s.sid, s.unique_name,
    (SELECT COUNT(*) FROM numbers n WHERE n.service_sid = s.sid)
FROM services s WHERE s.account_sid = $1 ORDER BY s.sid DESC LIMIT $2

-- name: opt_out_by_sid
SELECT {OptOut} FROM opt_outs WHERE sid = $1
