-- compatible: yes
-- Requests that programs were sent, for some days. `told` is what a callback said beside what its
-- interaction says by now; `params` the whole form where it is kept, freed of personal data.

CREATE TABLE webhook_attempts (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    resource_sid TEXT,
    session_sid TEXT,
    job_sid TEXT NOT NULL,
    kind TEXT NOT NULL,
    method TEXT NOT NULL,
    url TEXT NOT NULL,
    status INTEGER,
    error TEXT,
    latency_ms INTEGER NOT NULL,
    told TEXT,
    params TEXT,
    response_headers TEXT,
    response_body TEXT
) {without_rowid};
CREATE INDEX webhook_attempts_resource ON webhook_attempts (resource_sid, sid)
    WHERE resource_sid IS NOT NULL;
