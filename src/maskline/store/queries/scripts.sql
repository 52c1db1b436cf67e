-- name: call_script_add
INSERT INTO call_scripts ({CallScript}) VALUES ({CallScript:values}) ON CONFLICT DO NOTHING

-- name: call_script_get
SELECT {CallScript} FROM call_scripts WHERE sid = $1

-- name: call_script_newest
SELECT {CallScript} FROM call_scripts WHERE call_sid = $1 ORDER BY sid DESC LIMIT 1

-- name: call_script_following
SELECT {CallScript} FROM call_scripts WHERE follows = $1

-- name: aged_call_scripts_remove
DELETE FROM call_scripts
WHERE sid IN (SELECT sid FROM call_scripts WHERE sid < $1 ORDER BY sid LIMIT $2)
