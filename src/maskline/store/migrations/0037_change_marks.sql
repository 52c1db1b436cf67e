-- compatible: yes
-- How often there was a change in what processes keep in memory, so that they read it anew then, and
-- only then.

CREATE TABLE change_marks (
    name TEXT PRIMARY KEY,
    changes BIGINT NOT NULL
) {without_rowid};
