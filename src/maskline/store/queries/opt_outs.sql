-- name: opt_out_add
INSERT INTO opt_outs ({OptOut}) VALUES ({OptOut:values})
ON CONFLICT (identifier, account_sid, sender) DO NOTHING

-- name: opt_out_get
SELECT {OptOut} FROM opt_outs WHERE sid = $1 AND account_sid = $2

-- name: opt_out_of
SELECT {OptOut} FROM opt_outs WHERE account_sid = $1 AND sender = $2 AND identifier = $3

-- name: opt_out_reach
-- How near the opt-outs of $2 come to the number $1 (`Reach`); null when there is none.
SELECT MAX(CASE WHEN o.sender IN (n.number, n.service_sid, n.messaging_service_sid)
           THEN 4 ELSE 0 END)
    + MAX(CASE WHEN o.messaging_service_sid = n.messaging_service_sid THEN 2 ELSE 0 END)
    + MAX(CASE WHEN o.service_sid = n.service_sid THEN 1 ELSE 0 END)
FROM numbers n
JOIN opt_outs o ON o.identifier = $2 AND o.account_sid = n.account_sid
WHERE n.number = $1

-- name: opt_out_newest
SELECT MAX(sid) FROM opt_outs

-- name: opt_out_replied
UPDATE opt_outs SET date_replied = $2 WHERE sid = $1

-- name: opt_out_delete
DELETE FROM opt_outs WHERE sid = $1 AND account_sid = $2

-- name: opt_out_end
-- Ends those of the senders $3, $4 and $5, and those that were given in the services $6 and $7.
DELETE FROM opt_outs
WHERE account_sid = $1 AND identifier = $2
  AND (sender IN ($3, $4, $5) OR service_sid = $6 OR messaging_service_sid = $7)

-- name: opt_out_page
SELECT {OptOut} FROM opt_outs
WHERE account_sid = $1 AND ($2 = '' OR sender = $2) AND ($3 = '' OR identifier = $3)
  AND ($4 = '' OR source = $4) AND (CAST($5 AS BIGINT) = 0 OR date_of_consent >= $5)
  AND (CAST($6 AS BIGINT) = 0 OR date_of_consent < $6) {page}
