-- What requests each process let pass of late: processes that share a database count them together.

CREATE TABLE rates (
    process TEXT PRIMARY KEY,
    taken {blob} NOT NULL,
    date_updated BIGINT NOT NULL
) {without_rowid};
