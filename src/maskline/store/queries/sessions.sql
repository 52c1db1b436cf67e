-- name: session_add
INSERT INTO sessions ({Session}) VALUES ({Session:values}) ON CONFLICT DO NOTHING

-- name: session_get
-- Like the other reads with the newest interaction, which is not written into the row.
SELECT {Session}, (SELECT MAX(i.sid) FROM interactions i WHERE i.session_sid = sessions.sid)
FROM sessions WHERE sid = $1 AND service_sid = $2 {lock}

-- name: session_by_name
SELECT {Session}, (SELECT MAX(i.sid) FROM interactions i WHERE i.session_sid = sessions.sid)
FROM sessions WHERE service_sid = $1 AND unique_name = $2 {lock}

-- name: session_by_sid
SELECT {Session}, (SELECT MAX(i.sid) FROM interactions i WHERE i.session_sid = sessions.sid)
FROM sessions WHERE sid = $1 {lock}

-- name: session_page
SELECT {Session}, (SELECT MAX(i.sid) FROM interactions i WHERE i.session_sid = sessions.sid)
FROM sessions WHERE service_sid = $1 {page}

-- name: session_closed_page
SELECT {Session}, (SELECT MAX(i.sid) FROM interactions i WHERE i.session_sid = sessions.sid)
FROM sessions WHERE service_sid = $1 AND date_ended IS NOT NULL {page}

-- name: session_active_page
SELECT sid, status FROM sessions WHERE service_sid = $1 AND date_ended IS NULL {page}

-- name: session_overdue
-- Sessions whose rows say that they are over by $1; a later interaction may have moved the end.
SELECT {Session}, (SELECT MAX(i.sid) FROM interactions i WHERE i.session_sid = sessions.sid)
FROM sessions WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 {lock:skip}

-- name: session_update
UPDATE sessions SET status = $2, closed_reason = $3, ttl = $4, date_expiry = $5,
    date_started = $6, date_ended = $7,
    date_last_interaction = CASE WHEN date_last_interaction > $8 THEN date_last_interaction
                                 ELSE COALESCE($8, date_last_interaction) END,
    expires_at = $9, date_updated = $10, date_reopened = $11
WHERE sid = $1

-- name: session_touch
-- An interaction took place: the session is in progress and its ttl starts anew. Written for the
-- first one, and for one that finds another ttl in force. The later time wins, in whatever order a
-- batch writes.
UPDATE sessions SET status = 'in-progress', date_started = COALESCE(date_started, $2),
    date_last_interaction = CASE WHEN date_last_interaction > $2 THEN date_last_interaction
                                 ELSE $2 END,
    expires_at = CASE WHEN date_last_interaction > $2 THEN expires_at ELSE $3 END,
    date_updated = CASE WHEN date_updated > $2 THEN date_updated ELSE $2 END
WHERE sid = $1 AND status IN ('open', 'in-progress')

-- name: session_delete
DELETE FROM sessions WHERE sid = $1

-- name: session_delete_participants
DELETE FROM participants WHERE session_sid = $1

-- name: session_delete_interactions
DELETE FROM interactions WHERE session_sid = $1

-- name: participant_add
-- Touches no row when the pair is held by another participant.
INSERT INTO participants ({Participant}) VALUES ({Participant:values})
ON CONFLICT (proxy_identifier, identifier) WHERE pair = 1 DO NOTHING

-- name: participant_get
SELECT {Participant} FROM participants WHERE sid = $1 AND session_sid = $2

-- name: participant_by_identifier
SELECT {Participant} FROM participants WHERE session_sid = $1 AND identifier = $2

-- name: participant_page
SELECT {Participant} FROM participants WHERE session_sid = $1 {page}

-- name: participant_of_session
-- Locked, since another session's end may have one of them inherit a pair.
SELECT {Participant} FROM participants WHERE session_sid = $1 ORDER BY sid {lock}

-- name: participant_remove
UPDATE participants SET pair = 0, date_deleted = $2, date_updated = $2 WHERE sid = $1

-- name: participant_set_pair
UPDATE participants SET pair = $2, date_updated = $3 WHERE sid = $1

-- name: participant_pair_holder
SELECT {Participant} FROM participants
WHERE proxy_identifier = $1 AND identifier = $2 AND pair = 1

-- name: participant_pair_yield
-- Who holds the pair shares it from now on.
UPDATE participants SET pair = 2, date_updated = $3
WHERE proxy_identifier = $1 AND identifier = $2 AND pair = 1

-- name: participant_pair_inherit
-- Of those who share the pair, the one that held it last holds it again. That it still shares it is
-- looked at twice, for one whose session is closed at the same moment.
UPDATE participants SET pair = 1, date_updated = $3
WHERE sid = (SELECT sid FROM participants
             WHERE proxy_identifier = $1 AND identifier = $2 AND pair = 2
             ORDER BY date_updated DESC, sid DESC LIMIT 1) AND pair = 2

-- name: participant_on_carriers
-- Who holds a pair on a number of a carrier in the list $1, which begins and ends with a comma.
SELECT {p.Participant} FROM participants p
JOIN numbers n ON n.number = p.proxy_identifier AND $1 LIKE '%,' || n.carrier || ',%'
WHERE p.pair = 1 AND (p.proxy_identifier, p.identifier) > ($2, $3)
ORDER BY p.proxy_identifier, p.identifier LIMIT $4

-- name: participant_give
-- Touches no row when the pair is held by another participant.
UPDATE participants SET proxy_identifier = $2, proxy_identifier_sid = $3, pair = 1,
    date_updated = $4
WHERE sid = $1 AND NOT EXISTS (
    SELECT 1 FROM participants o
    WHERE o.proxy_identifier = $2 AND o.pair = 1
      AND o.identifier = (SELECT m.identifier FROM participants m WHERE m.sid = $1))

-- name: participant_shares
SELECT {Participant} FROM participants WHERE sid = $1 AND pair = 2 {lock}

-- name: participant_last_of
-- Who a person was in the newest session that they had a number in, and have no more.
SELECT {Participant} FROM participants
WHERE proxy_identifier = $1 AND identifier = $2 AND pair = 0 AND service_sid = $3
ORDER BY sid DESC LIMIT 1
