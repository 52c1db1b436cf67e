-- Messages that programs send through the Messages API, by a number or by a Messaging Service.

ALTER TABLE messages ADD COLUMN messaging_service_sid TEXT;

-- Those that wait for their hour. `draft` is what is to be sent then; the message's own row says that
-- it is scheduled. They are no jobs: a job is due within the hour, and a queue that is bounded must
-- not be filled by what is due in a month.
CREATE TABLE scheduled_messages (
    message_sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    send_at BIGINT NOT NULL,
    draft TEXT NOT NULL
) {without_rowid};
CREATE INDEX scheduled_messages_due ON scheduled_messages (send_at, message_sid);

-- When a number was last chosen by its Messaging Service, so that the load is spread.
CREATE TABLE sender_uses (
    number_sid TEXT PRIMARY KEY,
    used_at BIGINT NOT NULL
) {without_rowid};

-- The number that a person gets a Messaging Service's messages from.
CREATE TABLE sticky_senders (
    messaging_service_sid TEXT NOT NULL,
    identifier TEXT NOT NULL,
    number_sid TEXT NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (messaging_service_sid, identifier)
) {without_rowid};
CREATE INDEX sticky_senders_number ON sticky_senders (number_sid);
CREATE INDEX sticky_senders_used ON sticky_senders (used_at);
