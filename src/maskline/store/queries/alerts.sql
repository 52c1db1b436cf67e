-- name: alert_add
INSERT INTO alerts ({Alert}) VALUES ({Alert:values})

-- name: alert_get
SELECT {Alert} FROM alerts WHERE sid = $1 AND account_sid = $2

-- name: alert_about_page
SELECT {Alert} FROM alerts
WHERE account_sid = $1 AND resource_sid IN ($2, $3)
  AND ($4 = '' OR ($4 = 'error') = (log_level = 'error'))
  AND (CAST($5 AS BIGINT) = 0 OR date_generated >= $5)
  AND (CAST($6 AS BIGINT) = 0 OR date_generated < $6) {page}

-- name: alert_page
SELECT {Alert} FROM alerts
WHERE account_sid = $1 AND ($2 = '' OR log_level = $2)
  AND (CAST($3 AS BIGINT) = 0 OR date_generated >= $3)
  AND (CAST($4 AS BIGINT) = 0 OR date_generated < $4) {page}
