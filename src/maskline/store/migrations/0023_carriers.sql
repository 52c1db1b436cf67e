-- compatible: yes
-- Accounts at carriers. Numbers name one in `numbers.carrier`; the simulator has none.
CREATE TABLE carriers (
    name TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    settings TEXT NOT NULL,
    credentials TEXT NOT NULL,
    date_created BIGINT NOT NULL,
    date_updated BIGINT NOT NULL
) {without_rowid};

-- What a carrier had before it was told to send a number's traffic to us.
CREATE TABLE synced_numbers (
    number TEXT PRIMARY KEY,
    carrier TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    hooks TEXT NOT NULL,
    date_created BIGINT NOT NULL
) {without_rowid};
CREATE INDEX synced_numbers_carrier ON synced_numbers (carrier, number);
