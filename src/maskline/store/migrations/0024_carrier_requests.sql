-- compatible: yes
-- What carriers asked of their doors, without secrets, for a few days. It is no one's account that a
-- request names, unless the number it is about is one's: "" where it is not known.
CREATE TABLE carrier_requests (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    carrier TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    query TEXT NOT NULL,
    headers TEXT NOT NULL,
    body TEXT NOT NULL,
    truncated INTEGER NOT NULL,
    status INTEGER NOT NULL,
    date_created BIGINT NOT NULL
) {without_rowid};
