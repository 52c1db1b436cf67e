-- Whom a number answered of itself, and when: so that it does not do so again at once.

CREATE TABLE replies (
    number TEXT NOT NULL,
    person TEXT NOT NULL,
    about TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    PRIMARY KEY (number, person, about)
) {without_rowid};
CREATE INDEX replies_age ON replies (sent_at);
