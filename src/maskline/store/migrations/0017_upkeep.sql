-- compatible: yes
-- Tables that grow with traffic, and shrink with retention as fast. PostgreSQL looks after a table
-- when a fifth of it is dead, which lets one of many days' records grow by days: look sooner, and
-- work faster. A row's states follow each other within seconds, so that some room on its page
-- spares its indexes the change. Measured in docs/explanation/storage.md.
-- only: postgres
ALTER TABLE messages SET (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0.05,
    autovacuum_vacuum_cost_limit = 2000,
    fillfactor = 85
);
-- only: postgres
ALTER TABLE interactions SET (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0.05,
    autovacuum_vacuum_cost_limit = 2000,
    fillfactor = 70
);
-- only: postgres
ALTER TABLE calls SET (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_scale_factor = 0.05,
    autovacuum_vacuum_cost_limit = 2000,
    fillfactor = 85
);
-- only: postgres
ALTER TABLE sessions SET (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_limit = 2000
);
-- only: postgres
ALTER TABLE participants SET (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_limit = 2000
);
-- only: postgres
ALTER TABLE affinities SET (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_limit = 2000
);
-- only: postgres
ALTER TABLE alerts SET (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_limit = 2000
);
-- only: postgres
ALTER TABLE handset_messages SET (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_cost_limit = 2000
);
-- One row for every process, written four times a second.
-- only: postgres
ALTER TABLE rates SET (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 1000,
    fillfactor = 50
);
