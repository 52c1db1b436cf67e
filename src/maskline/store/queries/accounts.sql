-- name: account_add
INSERT INTO accounts ({Account}) VALUES ({Account:values}) ON CONFLICT DO NOTHING

-- name: account_get
SELECT {Account} FROM accounts WHERE sid = $1 {lock:share}

-- name: account_all
SELECT {Account} FROM accounts ORDER BY sid

-- name: accounts_hold (postgres)
-- Nobody else adds or changes one before this transaction has ended.
LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE

-- name: account_update
UPDATE accounts SET friendly_name = $2, auth_token = $3, status = $4, date_updated = $5,
    switches = $6, debugger_url = $7
WHERE sid = $1

-- name: account_debugger_url
SELECT debugger_url FROM accounts WHERE sid = $1

-- name: api_key_add
INSERT INTO api_keys ({ApiKey}) VALUES ({ApiKey:values})

-- name: api_key_get
SELECT {ApiKey} FROM api_keys WHERE sid = $1 {lock}

-- name: api_key_rename
UPDATE api_keys SET friendly_name = $3, date_updated = $4 WHERE sid = $1 AND account_sid = $2

-- name: api_key_delete
DELETE FROM api_keys WHERE sid = $1 AND account_sid = $2

-- name: api_key_page
SELECT {ApiKey} FROM api_keys WHERE account_sid = $1 {page}
