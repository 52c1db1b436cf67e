-- compatible: yes
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

-- TwiML applications: what a number's program is, told once for many numbers.
CREATE TABLE applications (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    friendly_name TEXT NOT NULL,
    voice_url TEXT NOT NULL,
    voice_method TEXT NOT NULL,
    voice_fallback_url TEXT NOT NULL,
    voice_fallback_method TEXT NOT NULL,
    voice_caller_id_lookup INTEGER NOT NULL,
    status_callback TEXT NOT NULL,
    status_callback_method TEXT NOT NULL,
    sms_url TEXT NOT NULL,
    sms_method TEXT NOT NULL,
    sms_fallback_url TEXT NOT NULL,
    sms_fallback_method TEXT NOT NULL,
    sms_status_callback TEXT NOT NULL,
    message_status_callback TEXT NOT NULL,
    public_application_connect_enabled INTEGER NOT NULL,
    date_created BIGINT NOT NULL,
    date_updated BIGINT NOT NULL
) {without_rowid};
CREATE INDEX applications_account ON applications (account_sid, sid);
