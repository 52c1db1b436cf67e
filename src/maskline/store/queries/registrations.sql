-- name: mark_get
SELECT changes FROM change_marks WHERE name = $1

-- name: mark_move
INSERT INTO change_marks (name, changes) VALUES ($1, 1)
ON CONFLICT (name) DO UPDATE SET changes = change_marks.changes + 1

-- name: registered_numbers
SELECT number, campaign_sid, a2p_status FROM numbers WHERE campaign_sid IS NOT NULL

-- name: registered_number
SELECT number, campaign_sid, a2p_status FROM numbers
WHERE number = $1 AND campaign_sid IS NOT NULL

-- name: registered_campaigns
SELECT {Campaign} FROM a2p_campaigns ORDER BY sid

-- name: registered_campaign
SELECT {Campaign} FROM a2p_campaigns WHERE sid = $1

-- name: registered_brands
SELECT {Brand} FROM a2p_brands ORDER BY sid

-- name: registered_brand
SELECT {Brand} FROM a2p_brands WHERE sid = $1

-- name: registered_pooled
SELECT {Number} FROM numbers WHERE account_sid = $1 AND service_sid IS NOT NULL ORDER BY sid
