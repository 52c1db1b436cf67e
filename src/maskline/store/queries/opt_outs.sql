-- name: opt_out_add
INSERT INTO opt_outs ({OptOut}) VALUES ({OptOut:values})
ON CONFLICT (identifier, account_sid, sender) DO NOTHING

-- name: opt_out_get
SELECT {OptOut} FROM opt_outs WHERE sid = $1 AND account_sid = $2

-- name: opt_out_of
SELECT {OptOut} FROM opt_outs WHERE account_sid = $1 AND sender = $2 AND identifier = $3

-- name: opt_out_reach
-- How near the opt-outs of $2 come to the number $1 (`Reach`); null when there is none.
-- What was said to one number of a Messaging Service with lists of its own holds for all of them.
SELECT MAX(CASE WHEN o.sender IN (n.number, n.service_sid, n.messaging_service_sid)
             OR (n.advanced_opt_out = 1 AND o.messaging_service_sid = n.messaging_service_sid)
           THEN 4 ELSE 0 END)
    + MAX(CASE WHEN o.messaging_service_sid = n.messaging_service_sid THEN 2 ELSE 0 END)
    + MAX(CASE WHEN o.service_sid = n.service_sid THEN 1 ELSE 0 END)
FROM numbers n
JOIN opt_outs o ON o.identifier = $2 AND o.account_sid = n.account_sid
WHERE n.number = $1

-- name: opt_out_reach_of_name
-- The same for the account $1's sender of the name $2, which is in Messaging Services alone: what
-- holds for one of these holds for the name.
SELECT MAX(CASE WHEN o.sender = m.sid OR (m.advanced_opt_out = 1 AND o.messaging_service_sid = m.sid)
           THEN 4 ELSE 0 END)
    + MAX(CASE WHEN o.messaging_service_sid = m.sid THEN 2 ELSE 0 END)
FROM alpha_senders a
JOIN messaging_services m ON m.sid = a.messaging_service_sid
JOIN opt_outs o ON o.identifier = $3 AND o.account_sid = $1
WHERE a.account_sid = $1 AND a.alpha_sender = $2

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

-- name: opt_out_list_add
INSERT INTO opt_out_lists ({OptOutList}) VALUES ({OptOutList:values}) ON CONFLICT DO NOTHING

-- name: opt_out_list_get
SELECT {OptOutList} FROM opt_out_lists WHERE sid = $1 AND messaging_service_sid = $2

-- name: opt_out_list_of
SELECT {OptOutList} FROM opt_out_lists
WHERE messaging_service_sid = $1 AND iso_country = $2 AND language = $3

-- name: opt_out_list_page
SELECT {OptOutList} FROM opt_out_lists
WHERE messaging_service_sid = $1 AND (CAST($2 AS BIGINT) = 0 OR iso_country = $3) {page}

-- name: opt_out_list_update
UPDATE opt_out_lists SET opt_out_keywords = $2, opt_in_keywords = $3, help_keywords = $4,
    opt_out_message = $5, opt_in_message = $6, help_message = $7, date_updated = $8
WHERE sid = $1

-- name: opt_out_list_delete
DELETE FROM opt_out_lists WHERE sid = $1

-- name: opt_out_list_delete_all
DELETE FROM opt_out_lists WHERE messaging_service_sid = $1

-- name: listed_word_add
INSERT INTO opt_out_keywords ({ListedWord}) VALUES ({ListedWord:values})

-- name: listed_word_all
SELECT {ListedWord} FROM opt_out_keywords WHERE messaging_service_sid = $1 AND iso_country = $2

-- name: listed_word_forget
DELETE FROM opt_out_keywords WHERE list_sid = $1

-- name: listed_word_forget_all
DELETE FROM opt_out_keywords WHERE messaging_service_sid = $1

-- name: listed_word_find
-- What the word $2 does to people of the country $3, and the answer: by a list of that country, else
-- by one for all.
SELECT w.keyword, CASE w.keyword WHEN 'opt-out' THEN l.opt_out_message
                                 WHEN 'opt-in' THEN l.opt_in_message
                                 ELSE l.help_message END
FROM opt_out_keywords w
JOIN opt_out_lists l ON l.sid = w.list_sid
WHERE w.messaging_service_sid = $1 AND w.word = $2 AND w.iso_country IN ('', $3)
ORDER BY w.iso_country DESC LIMIT 1
