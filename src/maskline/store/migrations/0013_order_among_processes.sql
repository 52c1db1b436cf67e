-- Finds what stands before a job of the same ordering key. An engine for one process keeps that in
-- memory, and is spared the index.
-- only: postgres
CREATE INDEX outbox_order ON outbox (ordering_key, sid)
    WHERE state = 'pending' AND ordering_key <> '';

-- Rows stay for a moment only: the table is small and churned more than any other.
-- only: postgres
ALTER TABLE outbox SET (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 50000,
    autovacuum_vacuum_cost_delay = 0
);
