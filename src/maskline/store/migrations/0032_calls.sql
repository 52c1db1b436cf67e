-- compatible: yes
-- Calls that programs place. `placed` says how each is to go, `told` counts its status callbacks.

CREATE TABLE placed_calls (
    call_sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    placed TEXT NOT NULL,
    told INTEGER NOT NULL
) {without_rowid};

-- The number of ours that a call came in at, or shows, and who answered it where a program asked.
ALTER TABLE calls ADD COLUMN number_sid TEXT;
ALTER TABLE calls ADD COLUMN answered_by TEXT;

-- How often programs replied between two numbers lately: two automata would never end.
CREATE TABLE pair_replies (
    number TEXT NOT NULL,
    person TEXT NOT NULL,
    began BIGINT NOT NULL,
    last BIGINT NOT NULL,
    replies INTEGER NOT NULL,
    PRIMARY KEY (number, person)
) {without_rowid};
CREATE INDEX pair_replies_last ON pair_replies (last);
