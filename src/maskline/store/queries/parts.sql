-- name: part_add
INSERT INTO message_parts ({MessagePart}) VALUES ({MessagePart:values}) ON CONFLICT DO NOTHING

-- name: part_group
SELECT {MessagePart} FROM message_parts
WHERE carrier = $1 AND sender = $2 AND number = $3 AND reference = $4 AND total = $5 ORDER BY part

-- name: part_group_finish
UPDATE message_parts SET is_done = 1
WHERE carrier = $1 AND sender = $2 AND number = $3 AND reference = $4 AND total = $5

-- name: part_group_drop
DELETE FROM message_parts
WHERE carrier = $1 AND sender = $2 AND number = $3 AND reference = $4 AND total = $5

-- name: part_unfinished
-- All parts of at most $3 messages that are complete, or that began to wait before $2.
SELECT {p.MessagePart} FROM message_parts p
JOIN (SELECT carrier, sender, number, reference, total FROM message_parts
      WHERE carrier = $1 AND is_done = 0
      GROUP BY carrier, sender, number, reference, total
      HAVING COUNT(*) = total OR MIN(date_created) < $2
      LIMIT $3) g
  ON p.carrier = g.carrier AND p.sender = g.sender AND p.number = g.number
 AND p.reference = g.reference AND p.total = g.total
ORDER BY p.carrier, p.sender, p.number, p.reference, p.total, p.part

-- name: part_expire
DELETE FROM message_parts WHERE carrier = $1 AND date_created < $2 AND is_done = 1
