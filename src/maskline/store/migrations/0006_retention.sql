-- The clock that removes closed sessions after their time.

CREATE INDEX sessions_ended ON sessions (account_sid, date_ended) WHERE date_ended IS NOT NULL;
