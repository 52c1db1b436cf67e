-- name: carrier_request_add
INSERT INTO carrier_requests ({CarrierRequest}) VALUES ({CarrierRequest:values})

-- name: carrier_request_get
SELECT {CarrierRequest} FROM carrier_requests
WHERE sid = $1 AND (CAST($2 AS TEXT) = '' OR account_sid = $2)

-- name: carrier_request_page
SELECT {CarrierRequest} FROM carrier_requests
WHERE ($1 = '' OR account_sid = $1) AND ($2 = '' OR carrier = $2)
  AND (CAST($3 AS BIGINT) = 0 OR status >= $3) {page}

-- name: number_owner
SELECT account_sid FROM numbers WHERE number = $1

-- name: aged_carrier_requests_remove
DELETE FROM carrier_requests
WHERE sid IN (SELECT sid FROM carrier_requests WHERE sid < $1 ORDER BY sid LIMIT $2)
