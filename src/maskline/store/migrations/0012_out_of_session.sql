-- What is looked up when somebody writes or calls whom no session connects with the number.

-- Who they were when they last had it. Pairs that are held are not in it, so that sessions begin as
-- fast as without.
CREATE INDEX participants_past ON participants (proxy_identifier, identifier, sid) WHERE pair = 0;
-- Their other messages that wait for the program's answer.
CREATE INDEX outbox_waiting ON outbox (ordering_key, sid) WHERE kind = 'out-of-session';

-- Where a program wants to be told what becomes of a message that it answered with.
CREATE TABLE message_statuses (
    message_sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    service_sid TEXT NOT NULL,
    urls TEXT NOT NULL
) {without_rowid};
