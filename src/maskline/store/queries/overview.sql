-- name: overview_accounts
SELECT status, COUNT(*) FROM accounts GROUP BY status ORDER BY status

-- name: overview_newest
SELECT MAX(newest) FROM (
    SELECT MAX(date_updated) AS newest FROM accounts
    UNION ALL SELECT MAX(date_updated) FROM sessions
    UNION ALL SELECT MAX(date_updated) FROM numbers) AS changes

-- name: overview_pools
-- A Service's numbers by dialling class, and how many of them its busiest person is using.
SELECT s.sid, s.unique_name, n.dial_class, COUNT(n.sid),
    COALESCE(SUM(CASE WHEN n.is_reserved = 0 THEN 1 ELSE 0 END), 0),
    COALESCE((SELECT MAX(used) FROM (
        SELECT COUNT(*) AS used FROM affinities a JOIN numbers m ON m.sid = a.number_sid
        WHERE a.service_sid = s.sid AND a.active > 0 AND m.dial_class = n.dial_class
            AND m.is_reserved = 0
        GROUP BY a.identifier) AS people), 0)
FROM services s LEFT JOIN numbers n ON n.service_sid = s.sid
GROUP BY s.sid, s.unique_name, n.dial_class ORDER BY s.sid, n.dial_class

-- name: overview_diverted
SELECT s.unique_name, m.sid, m.friendly_name, COUNT(*)
FROM numbers n JOIN services s ON s.sid = n.service_sid
JOIN messaging_services m ON m.sid = n.messaging_service_sid
WHERE n.diverted = 1
GROUP BY s.sid, s.unique_name, m.sid, m.friendly_name ORDER BY s.sid, m.sid

-- name: overview_callbacks
SELECT sid, unique_name, callback_url, intercept_callback_url, out_of_session_callback_url
FROM services
UNION ALL
SELECT sid, friendly_name, debugger_url, CAST(NULL AS TEXT), CAST(NULL AS TEXT)
FROM accounts WHERE debugger_url IS NOT NULL
ORDER BY 1

-- name: overview_given_up
SELECT kind, last_error, COUNT(*) FROM outbox WHERE state = 'dead'
GROUP BY kind, last_error ORDER BY COUNT(*) DESC, kind, last_error LIMIT $1

-- name: overview_carriers
SELECT carrier, COUNT(*) FROM numbers GROUP BY carrier ORDER BY carrier
