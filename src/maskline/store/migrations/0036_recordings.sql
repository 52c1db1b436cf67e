-- compatible: yes
-- What is known of recordings of calls, whose files lie with the carriers.

CREATE TABLE recordings (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    call_sid TEXT NOT NULL,
    carrier TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    url TEXT NOT NULL,
    status TEXT NOT NULL,
    channels INTEGER NOT NULL,
    source TEXT NOT NULL,
    track TEXT NOT NULL,
    duration BIGINT,
    error_code INTEGER,
    start_time BIGINT,
    date_created BIGINT NOT NULL,
    date_updated BIGINT NOT NULL,
    UNIQUE (call_sid, provider_id)
) {without_rowid};
CREATE INDEX recordings_account ON recordings (account_sid, sid);
