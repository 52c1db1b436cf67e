-- The tables of the masking core. {without_rowid} clusters a SQLite table by its key, which is
-- ordered in time, so that inserts append; it is empty on engines that have no such choice.

CREATE TABLE accounts (
    sid TEXT PRIMARY KEY,
    friendly_name TEXT NOT NULL,
    auth_token TEXT NOT NULL,
    status TEXT NOT NULL,
    date_created BIGINT NOT NULL,
    date_updated BIGINT NOT NULL
) {without_rowid};

CREATE TABLE api_keys (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL REFERENCES accounts (sid) ON DELETE CASCADE,
    friendly_name TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    date_created BIGINT NOT NULL,
    date_updated BIGINT NOT NULL
) {without_rowid};
CREATE INDEX api_keys_account ON api_keys (account_sid, sid);

CREATE TABLE services (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    unique_name TEXT NOT NULL,
    chat_instance_sid TEXT,
    callback_url TEXT,
    intercept_callback_url TEXT,
    out_of_session_callback_url TEXT,
    default_ttl BIGINT NOT NULL,
    geo_match_level TEXT NOT NULL,
    number_selection_behavior TEXT NOT NULL,
    date_created BIGINT NOT NULL,
    date_updated BIGINT NOT NULL
) {without_rowid};
CREATE UNIQUE INDEX services_name ON services (account_sid, unique_name);
CREATE INDEX services_account ON services (account_sid, sid);

-- A deleted Service answers differently from one that never was.
CREATE TABLE deleted_services (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    date_deleted BIGINT NOT NULL
) {without_rowid};

CREATE TABLE numbers (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    friendly_name TEXT NOT NULL,
    carrier TEXT NOT NULL,
    iso_country TEXT NOT NULL,
    dial_class TEXT NOT NULL,
    area_code TEXT NOT NULL,
    capabilities INTEGER NOT NULL,
    reach INTEGER NOT NULL,
    service_sid TEXT,
    is_reserved INTEGER NOT NULL,
    in_use INTEGER NOT NULL,
    pool_created BIGINT,
    pool_updated BIGINT,
    date_created BIGINT NOT NULL,
    date_updated BIGINT NOT NULL
) {without_rowid};
CREATE UNIQUE INDEX numbers_number ON numbers (number);
CREATE INDEX numbers_account ON numbers (account_sid, sid);
CREATE INDEX numbers_service ON numbers (service_sid, kind, sid) WHERE service_sid IS NOT NULL;
-- The allocator walks these from the least loaded number on.
CREATE INDEX numbers_class ON numbers (service_sid, is_reserved, dial_class, reach, in_use)
    WHERE service_sid IS NOT NULL;
CREATE INDEX numbers_area ON numbers (service_sid, is_reserved, area_code, reach, in_use)
    WHERE service_sid IS NOT NULL;

CREATE TABLE number_hooks (
    sid TEXT PRIMARY KEY,
    hooks TEXT NOT NULL
) {without_rowid};

CREATE TABLE sessions (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    service_sid TEXT NOT NULL,
    unique_name TEXT,
    status TEXT NOT NULL,
    closed_reason TEXT,
    mode TEXT NOT NULL,
    ttl BIGINT NOT NULL,
    date_expiry BIGINT,
    date_started BIGINT,
    date_ended BIGINT,
    date_last_interaction BIGINT,
    expires_at BIGINT,
    date_created BIGINT NOT NULL,
    date_updated BIGINT NOT NULL
) {without_rowid};
CREATE UNIQUE INDEX sessions_name ON sessions (service_sid, unique_name)
    WHERE unique_name IS NOT NULL;
CREATE INDEX sessions_service ON sessions (service_sid, sid);
-- The clock that closes sessions; a closed one has no end to come.
CREATE INDEX sessions_end ON sessions (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE participants (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    service_sid TEXT NOT NULL,
    session_sid TEXT NOT NULL,
    identifier TEXT NOT NULL,
    friendly_name TEXT,
    proxy_identifier TEXT NOT NULL,
    proxy_identifier_sid TEXT NOT NULL,
    pair INTEGER NOT NULL,
    date_deleted BIGINT,
    date_created BIGINT NOT NULL,
    date_updated BIGINT NOT NULL
) {without_rowid};
-- The pair rule: a number leads a person to one session. No code path can break it.
CREATE UNIQUE INDEX participants_pair ON participants (proxy_identifier, identifier)
    WHERE pair = 1;
CREATE UNIQUE INDEX participants_session ON participants (session_sid, identifier);

-- What a person's past with a number was: which are free for them, and how long ago they met.
CREATE TABLE affinities (
    service_sid TEXT NOT NULL,
    identifier TEXT NOT NULL,
    number_sid TEXT NOT NULL,
    active INTEGER NOT NULL,
    last_used BIGINT NOT NULL,
    PRIMARY KEY (service_sid, identifier, number_sid)
) {without_rowid};
CREATE INDEX affinities_free ON affinities (service_sid, identifier, last_used) WHERE active = 0;
CREATE INDEX affinities_number ON affinities (number_sid);

CREATE TABLE interactions (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    service_sid TEXT NOT NULL,
    session_sid TEXT NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    num_media INTEGER NOT NULL,
    inbound_participant_sid TEXT,
    inbound_resource_sid TEXT,
    inbound_resource_status TEXT,
    outbound_participant_sid TEXT,
    outbound_resource_sid TEXT,
    outbound_resource_status TEXT,
    date_created BIGINT NOT NULL,
    date_updated BIGINT NOT NULL
) {without_rowid};
CREATE INDEX interactions_session ON interactions (session_sid, sid);

CREATE TABLE messages (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    direction TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL,
    error_code INTEGER,
    num_media INTEGER NOT NULL,
    num_segments INTEGER NOT NULL,
    carrier TEXT NOT NULL,
    provider_id TEXT,
    interaction_sid TEXT,
    date_created BIGINT NOT NULL,
    date_sent BIGINT,
    date_updated BIGINT NOT NULL
) {without_rowid};
-- A carrier may hand over the same message twice; the second is recognised here.
CREATE UNIQUE INDEX messages_inbound ON messages (carrier, provider_id)
    WHERE direction = 'inbound' AND provider_id IS NOT NULL;
CREATE INDEX messages_outbound ON messages (carrier, provider_id)
    WHERE direction <> 'inbound' AND provider_id IS NOT NULL;
-- Without the letters: texts and media messages in one order.
CREATE INDEX messages_account ON messages (account_sid, substr(sid, 3));

CREATE TABLE media (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    message_sid TEXT NOT NULL,
    position INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    url TEXT NOT NULL,
    date_created BIGINT NOT NULL
) {without_rowid};
CREATE INDEX media_message ON media (message_sid, position);

CREATE TABLE calls (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    parent_call_sid TEXT,
    direction TEXT NOT NULL,
    caller TEXT NOT NULL,
    called TEXT NOT NULL,
    status TEXT NOT NULL,
    carrier TEXT NOT NULL,
    provider_id TEXT,
    interaction_sid TEXT,
    start_time BIGINT,
    end_time BIGINT,
    duration INTEGER,
    date_created BIGINT NOT NULL,
    date_updated BIGINT NOT NULL
) {without_rowid};
CREATE UNIQUE INDEX calls_inbound ON calls (carrier, provider_id)
    WHERE direction = 'inbound' AND provider_id IS NOT NULL;
CREATE INDEX calls_account ON calls (account_sid, sid);
CREATE INDEX calls_parent ON calls (parent_call_sid) WHERE parent_call_sid IS NOT NULL;
-- Calls that a crash may have cut off.
CREATE INDEX calls_live ON calls (carrier, sid)
    WHERE status IN ('queued', 'initiated', 'ringing', 'in-progress');

CREATE TABLE outbox (
    sid TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    account_sid TEXT NOT NULL,
    ordering_key TEXT NOT NULL,
    payload {blob} NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at BIGINT NOT NULL,
    owner TEXT NOT NULL,
    last_error TEXT NOT NULL,
    date_created BIGINT NOT NULL
) {without_rowid};
CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'pending';
CREATE INDEX outbox_dead ON outbox (account_sid, sid) WHERE state = 'dead';

CREATE TABLE alerts (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    service_sid TEXT,
    resource_sid TEXT,
    error_code INTEGER NOT NULL,
    log_level TEXT NOT NULL,
    alert_text TEXT NOT NULL,
    request_method TEXT,
    request_url TEXT,
    request_variables TEXT,
    request_headers TEXT,
    response_headers TEXT,
    response_body TEXT,
    date_generated BIGINT NOT NULL,
    date_created BIGINT NOT NULL
) {without_rowid};
CREATE INDEX alerts_account ON alerts (account_sid, sid);

-- What the simulated handsets sent and received. It is the simulator's own ledger, apart from
-- messages, so that a message that was sent twice shows twice.
CREATE TABLE handset_messages (
    sid TEXT PRIMARY KEY,
    handset TEXT NOT NULL,
    direction TEXT NOT NULL,
    peer TEXT NOT NULL,
    body TEXT NOT NULL,
    media TEXT NOT NULL,
    reference TEXT NOT NULL,
    date_created BIGINT NOT NULL
) {without_rowid};
CREATE INDEX handset_messages_handset ON handset_messages (handset, sid);
CREATE UNIQUE INDEX handset_messages_reference ON handset_messages (handset, reference)
    WHERE reference <> '';
