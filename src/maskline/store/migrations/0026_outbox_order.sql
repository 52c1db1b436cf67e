-- compatible: yes
-- Whether a job waits behind another is asked with every message. While the queue is short every
-- index looks as good as the next, and a plan made then for the one of jobs that are due read the
-- whole queue when it had grown. The question now names no state that another index has.
-- only: postgres
DROP INDEX outbox_order;

-- only: postgres
CREATE INDEX outbox_order ON outbox (ordering_key, sid) WHERE ordering_key <> '';
