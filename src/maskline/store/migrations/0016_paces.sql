-- Buckets that messages are counted in before their carrier is handed them, and how far their queues
-- reach. `at` and `queue_end` in microseconds.

CREATE TABLE paces (
    name TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    used BIGINT NOT NULL,
    queue_end BIGINT NOT NULL
) {without_rowid};
-- Every message that is paced changes rows in place: there must be room for that.
-- only: postgres
ALTER TABLE paces SET (fillfactor = 50, autovacuum_vacuum_cost_delay = 0);
