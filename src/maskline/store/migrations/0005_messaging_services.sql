-- Messaging Services, and the numbers in them. A number's `diverted` says that its inbound messages
-- go to its Messaging Service and not to its own handling: it repeats what the service says, and is
-- kept in step with it, so that the route of a message is found without one more table.

CREATE TABLE messaging_services (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    friendly_name TEXT NOT NULL,
    inbound_request_url TEXT,
    inbound_method TEXT NOT NULL,
    fallback_url TEXT,
    fallback_method TEXT NOT NULL,
    status_callback TEXT,
    sticky_sender INTEGER NOT NULL,
    mms_converter INTEGER NOT NULL,
    smart_encoding INTEGER NOT NULL,
    scan_message_content TEXT NOT NULL,
    fallback_to_long_code INTEGER NOT NULL,
    area_code_geomatch INTEGER NOT NULL,
    synchronous_validation INTEGER NOT NULL,
    validity_period INTEGER NOT NULL,
    usecase TEXT NOT NULL,
    use_inbound_webhook_on_number INTEGER NOT NULL,
    date_created BIGINT NOT NULL,
    date_updated BIGINT NOT NULL
) {without_rowid};
CREATE INDEX messaging_services_account ON messaging_services (account_sid, sid);

ALTER TABLE numbers ADD COLUMN messaging_service_sid TEXT;
ALTER TABLE numbers ADD COLUMN messaging_since BIGINT;
ALTER TABLE numbers ADD COLUMN diverted INTEGER NOT NULL DEFAULT 0;
CREATE INDEX numbers_messaging ON numbers (messaging_service_sid, kind, sid)
    WHERE messaging_service_sid IS NOT NULL;
