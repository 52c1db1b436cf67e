-- compatible: yes
-- The console: who may sign in, who is signed in, and what they did.

CREATE TABLE console_users (
    sid TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    role TEXT NOT NULL,
    account_sid TEXT,
    password_hash TEXT,
    oidc_subject TEXT,
    disabled INTEGER NOT NULL,
    last_sign_in BIGINT,
    date_created BIGINT NOT NULL,
    date_updated BIGINT NOT NULL
) {without_rowid};
CREATE UNIQUE INDEX console_users_name ON console_users (name_key);
CREATE UNIQUE INDEX console_users_subject ON console_users (oidc_subject)
    WHERE oidc_subject IS NOT NULL;

-- Cookies and links are kept as their SHA-256: whoever reads the table can't sign in with it.
CREATE TABLE console_sessions (
    token_hash TEXT PRIMARY KEY,
    user_sid TEXT NOT NULL,
    last_seen BIGINT NOT NULL,
    date_created BIGINT NOT NULL
) {without_rowid};
CREATE INDEX console_sessions_user ON console_sessions (user_sid);
CREATE INDEX console_sessions_age ON console_sessions (date_created);

CREATE TABLE console_links (
    token_hash TEXT PRIMARY KEY,
    user_sid TEXT NOT NULL,
    expires_at BIGINT NOT NULL
) {without_rowid};

-- Attempts to sign in, under what they are counted by.
CREATE TABLE console_attempts (
    sid TEXT NOT NULL,
    counted TEXT NOT NULL,
    PRIMARY KEY (counted, sid)
) {without_rowid};

CREATE TABLE console_audit (
    sid TEXT PRIMARY KEY,
    user_sid TEXT,
    user_name TEXT NOT NULL,
    what TEXT NOT NULL,
    subject TEXT,
    detail TEXT NOT NULL,
    address TEXT NOT NULL,
    account_sid TEXT,
    date_created BIGINT NOT NULL
) {without_rowid};

-- Pictures that were put into simulated handsets.
CREATE TABLE handset_pictures (
    sid TEXT PRIMARY KEY,
    content_type TEXT NOT NULL,
    content {blob} NOT NULL
) {without_rowid};

-- What the console looks for beyond what the APIs do: an account's sessions of all Services, and
-- what the debugger was told of one thing.
CREATE INDEX sessions_account ON sessions (account_sid, sid);
CREATE INDEX alerts_resource ON alerts (resource_sid, sid) WHERE resource_sid IS NOT NULL;
