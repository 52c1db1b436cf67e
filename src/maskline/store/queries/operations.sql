-- name: traffic_add
-- Counts more in a stretch.
INSERT INTO traffic (span, start, series, label, outcome, value) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (span, start, series, label, outcome)
DO UPDATE SET value = traffic.value + excluded.value

-- name: traffic_level
-- The highest level of a stretch.
INSERT INTO traffic (span, start, series, label, outcome, value) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (span, start, series, label, outcome)
DO UPDATE SET value = excluded.value WHERE excluded.value > traffic.value

-- name: traffic_since
-- Sums and highest values of each $3 minutes.
SELECT CAST(start / $3 AS BIGINT) * $3, series, label, outcome, CAST(SUM(value) AS BIGINT),
    MAX(value)
FROM traffic WHERE span = $1 AND start >= $2
GROUP BY start / $3, series, label, outcome
ORDER BY 1, 2, 3, 4

-- name: aged_traffic_remove
DELETE FROM traffic WHERE span = $1 AND start < $2

-- name: pool_people_end
-- The person with whom a part of the walk over all people ends, which begins after another.
SELECT service_sid, identifier FROM affinities WHERE (service_sid, identifier) > ($1, $2)
ORDER BY service_sid, identifier, number_sid LIMIT 1 OFFSET $3

-- name: pool_people_last
-- The same for the last part.
SELECT service_sid, identifier FROM affinities WHERE (service_sid, identifier) > ($1, $2)
ORDER BY service_sid DESC, identifier DESC, number_sid DESC LIMIT 1

-- name: pool_busiest
-- Of the people after one and up to another: how many numbers the busiest uses, by pool and
-- dialling class.
SELECT service_sid, dial_class, MAX(used) FROM (
    SELECT a.service_sid, a.identifier, m.dial_class, COUNT(*) AS used
    FROM affinities a JOIN numbers m ON m.sid = a.number_sid
    WHERE (a.service_sid, a.identifier) > ($1, $2)
      AND (a.service_sid, a.identifier) <= ($3, $4)
      AND a.active > 0 AND m.is_reserved = 0
    GROUP BY a.service_sid, a.identifier, m.dial_class) people
GROUP BY service_sid, dial_class

-- name: pool_sizes
-- Of every pool and dialling class, all numbers and those that are not reserved.
SELECT service_sid, dial_class, COUNT(*), CAST(SUM(1 - is_reserved) AS BIGINT)
FROM numbers WHERE service_sid IS NOT NULL GROUP BY service_sid, dial_class

-- name: pool_classes
-- The same of one pool, and those that a session uses.
SELECT dial_class, COUNT(*), CAST(SUM(1 - is_reserved) AS BIGINT),
    CAST(SUM(CASE WHEN in_use > 0 THEN 1 ELSE 0 END) AS BIGINT)
FROM numbers WHERE service_sid = $1 GROUP BY dial_class ORDER BY COUNT(*) DESC, dial_class

-- name: pool_level_put
INSERT INTO pool_levels (service_sid, dial_class, hour, numbers, unreserved, busiest, peak)
VALUES ($1, $2, $3, $4, $5, $6, $6)
ON CONFLICT (service_sid, dial_class, hour) DO UPDATE SET
    numbers = excluded.numbers, unreserved = excluded.unreserved, busiest = excluded.busiest,
    peak = CASE WHEN excluded.peak > pool_levels.peak THEN excluded.peak ELSE pool_levels.peak END

-- name: pool_outlooks
-- How an account's pools were when last looked at, and sums over the peaks of the hours since $2
-- by which a line is laid through them.
SELECT s.sid, s.unique_name, l.dial_class, l.numbers, l.unreserved, l.busiest, l.hour,
    t.n, t.x, t.y, t.xy, t.xx
FROM services s JOIN (
    SELECT service_sid, dial_class, MAX(hour) AS last, COUNT(*) AS n,
        CAST(SUM(hour - $2) AS BIGINT) AS x, CAST(SUM(peak) AS BIGINT) AS y,
        CAST(SUM((hour - $2) * peak) AS BIGINT) AS xy,
        CAST(SUM((hour - $2) * (hour - $2)) AS BIGINT) AS xx
    FROM pool_levels WHERE hour >= $2
    GROUP BY service_sid, dial_class) t ON t.service_sid = s.sid
JOIN pool_levels l ON l.service_sid = s.sid AND l.dial_class = t.dial_class AND l.hour = t.last
WHERE s.account_sid = $1
ORDER BY s.sid DESC, l.dial_class

-- name: aged_pool_levels_remove
DELETE FROM pool_levels WHERE hour < $1

-- name: pool_cells
-- A pool's numbers of both kinds, a part at a time.
SELECT sid, number, kind, in_use, capabilities, is_reserved, area_code, iso_country, dial_class
FROM numbers WHERE service_sid = $1 {page}

-- name: session_rate
-- How many of a Service's latest sessions were made since then, up to so many, and the first.
SELECT COUNT(*), MIN(sid) FROM (
    SELECT sid FROM sessions WHERE service_sid = $1 AND sid >= $2 ORDER BY sid DESC LIMIT $3) latest

-- name: api_request_add
INSERT INTO api_requests ({ApiRequest}) VALUES ({ApiRequest:values})

-- name: api_request_get
SELECT {ApiRequest} FROM api_requests WHERE sid = $1

-- name: api_request_page
SELECT {ApiRequest} FROM api_requests WHERE account_sid = $1 {page}

-- name: aged_api_requests_remove
-- All but the latest $1, at most $2 at once.
DELETE FROM api_requests WHERE sid IN (
    SELECT sid FROM api_requests WHERE sid <= (
        SELECT sid FROM api_requests ORDER BY sid DESC LIMIT 1 OFFSET $1)
    ORDER BY sid LIMIT $2)

-- name: messaging_service_pooled
-- Of a Messaging Service's numbers: all, and those that are in a Proxy pool and give their inbound
-- messages to it.
SELECT COUNT(*), COALESCE(CAST(SUM(CASE WHEN service_sid IS NOT NULL AND diverted = 1
    THEN 1 ELSE 0 END) AS BIGINT), 0)
FROM numbers WHERE messaging_service_sid = $1

-- name: opt_outs_of_person
SELECT {OptOut} FROM opt_outs WHERE identifier = $1 AND account_sid = $2 ORDER BY sid DESC LIMIT $3

-- name: service_by_sid
SELECT {Service} FROM services WHERE sid = $1
