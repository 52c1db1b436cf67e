-- People who want no more messages from a sender: a number, or all numbers of a Proxy or Messaging
-- Service (its SID). Beside a number stand the services that it was in then. The pair's index begins
-- with the person: most have no opt-out, and a look at the index says so.

CREATE TABLE opt_outs (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    sender TEXT NOT NULL,
    identifier TEXT NOT NULL,
    service_sid TEXT,
    messaging_service_sid TEXT,
    source TEXT NOT NULL,
    detail TEXT NOT NULL,
    date_of_consent BIGINT NOT NULL,
    date_replied BIGINT,
    date_created BIGINT NOT NULL
) {without_rowid};
CREATE UNIQUE INDEX opt_outs_pair ON opt_outs (identifier, account_sid, sender);
CREATE INDEX opt_outs_account ON opt_outs (account_sid, sid);
