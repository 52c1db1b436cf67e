-- compatible: yes
-- What an SMPP carrier keeps: parts of long messages that wait for each other on their way in, and
-- those that receipts will name one by one on their way out.

CREATE TABLE smpp_parts (
    carrier TEXT NOT NULL,
    sender TEXT NOT NULL,
    number TEXT NOT NULL,
    reference INTEGER NOT NULL,
    total INTEGER NOT NULL,
    part INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    data_coding INTEGER NOT NULL,
    octets {blob} NOT NULL,
    is_done INTEGER NOT NULL,
    date_created BIGINT NOT NULL,
    PRIMARY KEY (carrier, sender, number, reference, total, part)
) {without_rowid};
CREATE INDEX smpp_parts_waiting ON smpp_parts (carrier) WHERE is_done = 0;
CREATE INDEX smpp_parts_age ON smpp_parts (carrier, date_created);

CREATE TABLE smpp_sent (
    carrier TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    message_sid TEXT NOT NULL,
    part INTEGER NOT NULL,
    total INTEGER NOT NULL,
    status TEXT NOT NULL,
    error_code INTEGER,
    date_created BIGINT NOT NULL,
    PRIMARY KEY (carrier, provider_id)
) {without_rowid};
CREATE INDEX smpp_sent_message ON smpp_sent (message_sid);
CREATE INDEX smpp_sent_age ON smpp_sent (carrier, date_created);
