-- compatible: yes
-- What calls were told to do by programs' documents, for two days: carriers come back to a place in it.
-- `follows` is the place that a document answers, so that who asks twice is told the same.
CREATE TABLE call_scripts (
    sid TEXT PRIMARY KEY,
    call_sid TEXT NOT NULL,
    response TEXT NOT NULL,
    dialled_sid TEXT,
    follows TEXT UNIQUE,
    date_created BIGINT NOT NULL
) {without_rowid};
CREATE INDEX call_scripts_call ON call_scripts (call_sid, sid);
