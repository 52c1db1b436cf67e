-- compatible: yes
-- A2P 10DLC: brands, their vettings, campaigns, and verifications of toll-free numbers. A number
-- repeats its Messaging Service's campaign and how far it is registered under it, and a Messaging
-- Service whether its campaign is verified, so that a message is let go without one more table.

CREATE TABLE a2p_brands (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    customer_profile_bundle_sid TEXT NOT NULL,
    a2p_profile_bundle_sid TEXT NOT NULL,
    brand_type TEXT NOT NULL,
    status TEXT NOT NULL,
    registrar TEXT NOT NULL,
    mock INTEGER NOT NULL,
    skip_automatic_sec_vet INTEGER NOT NULL,
    tcr_id TEXT,
    brand_score INTEGER,
    identity_status TEXT,
    russell_3000 INTEGER,
    government_entity INTEGER,
    tax_exempt_status TEXT,
    errors_json TEXT NOT NULL,
    tmobile_daily_cap INTEGER,
    provider_sid TEXT,
    submissions INTEGER NOT NULL,
    submitted INTEGER NOT NULL,
    date_created BIGINT NOT NULL,
    date_updated BIGINT NOT NULL
) {without_rowid};
CREATE INDEX a2p_brands_account ON a2p_brands (account_sid, sid);

CREATE TABLE a2p_vettings (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    brand_sid TEXT NOT NULL,
    vetting_provider TEXT NOT NULL,
    vetting_id TEXT,
    vetting_class TEXT NOT NULL,
    vetting_status TEXT NOT NULL,
    provider_sid TEXT,
    date_created BIGINT NOT NULL,
    date_updated BIGINT NOT NULL
) {without_rowid};
CREATE INDEX a2p_vettings_brand ON a2p_vettings (brand_sid, sid);

CREATE TABLE a2p_campaigns (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    messaging_service_sid TEXT NOT NULL,
    brand_registration_sid TEXT NOT NULL,
    registrar TEXT NOT NULL,
    campaign_status TEXT NOT NULL,
    us_app_to_person_usecase TEXT NOT NULL,
    description TEXT NOT NULL,
    message_flow TEXT NOT NULL,
    message_samples_json TEXT NOT NULL,
    has_embedded_links INTEGER NOT NULL,
    has_embedded_phone INTEGER NOT NULL,
    subscriber_opt_in INTEGER NOT NULL,
    age_gated INTEGER NOT NULL,
    direct_lending INTEGER NOT NULL,
    opt_in_message TEXT,
    opt_out_message TEXT,
    help_message TEXT,
    opt_in_keywords_json TEXT NOT NULL,
    opt_out_keywords_json TEXT NOT NULL,
    help_keywords_json TEXT NOT NULL,
    privacy_policy_url TEXT,
    terms_and_conditions_url TEXT,
    campaign_id TEXT,
    is_externally_registered INTEGER NOT NULL,
    mock INTEGER NOT NULL,
    errors_json TEXT NOT NULL,
    att_class TEXT,
    att_tpm INTEGER,
    tmobile_tier TEXT,
    tmobile_daily_cap INTEGER,
    provider_sid TEXT,
    provider_service_sid TEXT,
    submissions INTEGER NOT NULL,
    submitted INTEGER NOT NULL,
    date_created BIGINT NOT NULL,
    date_updated BIGINT NOT NULL
) {without_rowid};
CREATE UNIQUE INDEX a2p_campaigns_service ON a2p_campaigns (messaging_service_sid);
CREATE INDEX a2p_campaigns_account ON a2p_campaigns (account_sid, sid);
CREATE INDEX a2p_campaigns_brand ON a2p_campaigns (brand_registration_sid, sid);

CREATE TABLE tollfree_verifications (
    sid TEXT PRIMARY KEY,
    account_sid TEXT NOT NULL,
    tollfree_phone_number_sid TEXT NOT NULL,
    tollfree_phone_number TEXT NOT NULL,
    status TEXT NOT NULL,
    registrar TEXT NOT NULL,
    details_json TEXT NOT NULL,
    external_reference_id TEXT,
    customer_profile_sid TEXT,
    trust_product_sid TEXT,
    regulated_item_sid TEXT,
    rejections_json TEXT NOT NULL,
    edit_allowed INTEGER,
    edit_expiration BIGINT,
    provider_sid TEXT,
    submissions INTEGER NOT NULL,
    submitted INTEGER NOT NULL,
    date_created BIGINT NOT NULL,
    date_updated BIGINT NOT NULL
) {without_rowid};
CREATE INDEX tollfree_verifications_account ON tollfree_verifications (account_sid, sid);
CREATE UNIQUE INDEX tollfree_verifications_number
    ON tollfree_verifications (tollfree_phone_number_sid);

ALTER TABLE numbers ADD COLUMN campaign_sid TEXT;
ALTER TABLE numbers ADD COLUMN a2p_status TEXT NOT NULL DEFAULT '';
ALTER TABLE messaging_services ADD COLUMN us_app_to_person_registered INTEGER NOT NULL DEFAULT 0;
