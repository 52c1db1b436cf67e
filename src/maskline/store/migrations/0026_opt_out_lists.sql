-- compatible: yes
-- Advanced Opt-Out: a Messaging Service's own words and answers, in place of the server's. A number
-- repeats its service's switch, as it does `diverted`, so that the route of a message knows of it.

ALTER TABLE messaging_services ADD COLUMN advanced_opt_out INTEGER NOT NULL DEFAULT 0;
ALTER TABLE numbers ADD COLUMN advanced_opt_out INTEGER NOT NULL DEFAULT 0;

-- A list is a language's, for people everywhere ('') or of one country. Words stand between blanks.
CREATE TABLE opt_out_lists (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    messaging_service_sid TEXT NOT NULL,
    iso_country TEXT NOT NULL,
    language TEXT NOT NULL,
    opt_out_keywords TEXT NOT NULL,
    opt_in_keywords TEXT NOT NULL,
    help_keywords TEXT NOT NULL,
    opt_out_message TEXT NOT NULL,
    opt_in_message TEXT NOT NULL,
    help_message TEXT NOT NULL,
    date_created BIGINT NOT NULL,
    date_updated BIGINT NOT NULL
) {without_rowid};
CREATE UNIQUE INDEX opt_out_lists_service
    ON opt_out_lists (messaging_service_sid, iso_country, language);

-- Their words once more, as they are compared: each once for a country.
CREATE TABLE opt_out_keywords (
    messaging_service_sid TEXT NOT NULL,
    iso_country TEXT NOT NULL,
    word TEXT NOT NULL,
    keyword TEXT NOT NULL,
    list_sid TEXT NOT NULL,
    PRIMARY KEY (messaging_service_sid, iso_country, word)
) {without_rowid};
CREATE INDEX opt_out_keywords_list ON opt_out_keywords (list_sid);

-- Names that a Messaging Service's messages may come from: to any country ('') or to one.
CREATE TABLE alpha_senders (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    messaging_service_sid TEXT NOT NULL,
    alpha_sender TEXT NOT NULL,
    iso_country TEXT NOT NULL,
    carrier TEXT NOT NULL,
    date_created BIGINT NOT NULL
) {without_rowid};
CREATE UNIQUE INDEX alpha_senders_service
    ON alpha_senders (messaging_service_sid, iso_country, alpha_sender);
CREATE INDEX alpha_senders_name ON alpha_senders (account_sid, alpha_sender);

-- Messages to phones that are none any more: few, and asked for by the day.
CREATE INDEX messages_deactivated ON messages (account_sid, substr(sid, 3))
    WHERE error_code = 30005;
