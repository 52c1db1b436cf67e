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
