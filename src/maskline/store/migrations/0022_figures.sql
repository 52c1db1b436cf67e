-- compatible: yes
-- What the console shows to operators and developers over time.

-- Counts of all processes together, over stretches of so many minutes: short ones are kept for a day,
-- long ones for weeks. `start` is in minutes since the epoch.
CREATE TABLE traffic (
    span INTEGER NOT NULL,
    start BIGINT NOT NULL,
    series TEXT NOT NULL,
    label TEXT NOT NULL,
    outcome TEXT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (span, start, series, label, outcome)
) {without_rowid};

-- A pool's numbers of one dialling class, once an hour: how many of them the busiest person used
-- when it was last looked at, and at most in that hour.
CREATE TABLE pool_levels (
    service_sid TEXT NOT NULL,
    dial_class TEXT NOT NULL,
    hour BIGINT NOT NULL,
    numbers BIGINT NOT NULL,
    unreserved BIGINT NOT NULL,
    busiest BIGINT NOT NULL,
    peak BIGINT NOT NULL,
    PRIMARY KEY (service_sid, dial_class, hour)
) {without_rowid};

-- The latest requests to the API, without what was private in them.
CREATE TABLE api_requests (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    caller TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    params TEXT NOT NULL,
    status INTEGER NOT NULL,
    code INTEGER,
    micros BIGINT NOT NULL
) {without_rowid};
CREATE INDEX api_requests_account ON api_requests (account_sid, sid);
