-- compatible: yes
-- Short links to media that could not be sent as media, what programs say of their messages, and
-- an account's scheduled messages in the order in which they go.

CREATE TABLE media_links (
    token TEXT PRIMARY KEY,
    media_sid TEXT NOT NULL,
    expires_at BIGINT NOT NULL
) {without_rowid};
CREATE INDEX media_links_end ON media_links (expires_at);

CREATE TABLE message_feedback (
    message_sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    outcome TEXT NOT NULL,
    date_created BIGINT NOT NULL,
    date_updated BIGINT NOT NULL
) {without_rowid};

CREATE INDEX scheduled_messages_account ON scheduled_messages (account_sid, send_at, message_sid);
