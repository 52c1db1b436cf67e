-- compatible: no
-- Parts of long messages that wait for each other on their way in, whichever carrier brings them one
-- by one. How octets are read is the carrier's matter: SMPP's data_coding, where SMPP brought them.

CREATE TABLE message_parts (
    carrier TEXT NOT NULL,
    sender TEXT NOT NULL,
    number TEXT NOT NULL,
    reference INTEGER NOT NULL,
    total INTEGER NOT NULL,
    part INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    coding INTEGER NOT NULL,
    octets {blob} NOT NULL,
    is_done INTEGER NOT NULL,
    date_created BIGINT NOT NULL,
    PRIMARY KEY (carrier, sender, number, reference, total, part)
) {without_rowid};
CREATE INDEX message_parts_waiting ON message_parts (carrier) WHERE is_done = 0;
CREATE INDEX message_parts_age ON message_parts (carrier, date_created);

INSERT INTO message_parts
SELECT carrier, sender, number, reference, total, part, fingerprint, data_coding, octets, is_done,
    date_created
FROM smpp_parts;
DROP TABLE smpp_parts;
