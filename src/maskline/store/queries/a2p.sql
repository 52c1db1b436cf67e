-- name: brand_add
INSERT INTO a2p_brands ({Brand}) VALUES ({Brand:values})

-- name: brand_get
SELECT {Brand} FROM a2p_brands WHERE sid = $1 AND account_sid = $2 {lock}

-- name: brand_peek
SELECT {Brand} FROM a2p_brands WHERE sid = $1 {lock}

-- name: brand_page
SELECT {Brand} FROM a2p_brands WHERE account_sid = $1 {page}

-- name: brand_update
UPDATE a2p_brands SET
    account_sid = $2, customer_profile_bundle_sid = $3, a2p_profile_bundle_sid = $4, brand_type
    = $5, status = $6, registrar = $7, date_created = $8, date_updated = $9, mock = $10,
    skip_automatic_sec_vet = $11, tcr_id = $12, brand_score = $13, identity_status = $14,
    russell_3000 = $15, government_entity = $16, tax_exempt_status = $17, errors_json = $18,
    tmobile_daily_cap = $19, provider_sid = $20, submissions = $21, submitted = $22,
    date_passcode = $23
WHERE sid = $1

-- name: vetting_add
INSERT INTO a2p_vettings ({Vetting}) VALUES ({Vetting:values})

-- name: vetting_get
SELECT {Vetting} FROM a2p_vettings WHERE sid = $1 AND brand_sid = $2 {lock}

-- name: vetting_page
SELECT {Vetting} FROM a2p_vettings
WHERE brand_sid = $1 AND ($2 = '' OR vetting_provider = $2) {page}

-- name: vetting_update
UPDATE a2p_vettings SET
    account_sid = $2, brand_sid = $3, vetting_provider = $4, vetting_id = $5, vetting_class =
    $6, vetting_status = $7, date_created = $8, date_updated = $9, provider_sid = $10,
    brand_score = $11
WHERE sid = $1

-- name: campaign_add
INSERT INTO a2p_campaigns ({Campaign}) VALUES ({Campaign:values})

-- name: campaign_get
SELECT {Campaign} FROM a2p_campaigns WHERE sid = $1 AND account_sid = $2 {lock}

-- name: campaign_peek
SELECT {Campaign} FROM a2p_campaigns WHERE sid = $1

-- name: campaign_page
SELECT {Campaign} FROM a2p_campaigns WHERE account_sid = $1 {page}

-- name: campaign_update
UPDATE a2p_campaigns SET
    account_sid = $2, messaging_service_sid = $3, brand_registration_sid = $4, registrar = $5,
    campaign_status = $6, us_app_to_person_usecase = $7, description = $8, message_flow = $9,
    message_samples_json = $10, has_embedded_links = $11, has_embedded_phone = $12, date_created
    = $13, date_updated = $14, subscriber_opt_in = $15, age_gated = $16, direct_lending = $17,
    opt_in_message = $18, opt_out_message = $19, help_message = $20, opt_in_keywords_json = $21,
    opt_out_keywords_json = $22, help_keywords_json = $23, privacy_policy_url = $24,
    terms_and_conditions_url = $25, campaign_id = $26, is_externally_registered = $27, mock =
    $28, errors_json = $29, att_class = $30, att_tpm = $31, tmobile_tier = $32,
    tmobile_daily_cap = $33, provider_sid = $34, provider_service_sid = $35, submissions = $36,
    submitted = $37
WHERE sid = $1

-- name: campaign_delete
DELETE FROM a2p_campaigns WHERE sid = $1

-- name: tollfree_add
INSERT INTO tollfree_verifications ({TollfreeVerification}) VALUES ({TollfreeVerification:values})

-- name: tollfree_get
SELECT {TollfreeVerification} FROM tollfree_verifications WHERE sid = $1 AND account_sid = $2 {lock}

-- name: tollfree_peek
SELECT {TollfreeVerification} FROM tollfree_verifications WHERE sid = $1 {lock}

-- name: tollfree_page
SELECT {TollfreeVerification} FROM tollfree_verifications
WHERE account_sid = $1 AND ($2 = '' OR tollfree_phone_number_sid = $2) AND ($3 = '' OR status = $3)
  AND ($4 = '' OR external_reference_id = $4)
  AND ($5 = '' OR $5 LIKE '%' || trust_product_sid || '%') {page}

-- name: tollfree_of_number
SELECT {TollfreeVerification} FROM tollfree_verifications WHERE tollfree_phone_number_sid = $1

-- name: tollfree_unverified
-- $2: area codes, with blanks between them.
SELECT {n.Number} FROM numbers n
WHERE n.account_sid = $1 AND n.kind = 'phone' AND n.number LIKE '+1__________'
  AND $2 LIKE '%' || substr(n.number, 3, 3) || '%'
  AND NOT EXISTS (SELECT 1 FROM tollfree_verifications v WHERE v.tollfree_phone_number_sid = n.sid)
ORDER BY CASE WHEN n.service_sid IS NULL THEN 1 ELSE 0 END, n.number LIMIT $3

-- name: tollfree_update
UPDATE tollfree_verifications SET
    account_sid = $2, tollfree_phone_number_sid = $3, tollfree_phone_number = $4, status = $5,
    registrar = $6, details_json = $7, date_created = $8, date_updated = $9,
    external_reference_id = $10, customer_profile_sid = $11, trust_product_sid = $12,
    regulated_item_sid = $13, rejections_json = $14, edit_allowed = $15, edit_expiration = $16,
    provider_sid = $17, submissions = $18, submitted = $19
WHERE sid = $1

-- name: tollfree_delete
DELETE FROM tollfree_verifications WHERE sid = $1

-- name: campaign_of_service
SELECT {Campaign} FROM a2p_campaigns WHERE messaging_service_sid = $1

-- name: campaign_of_brand
SELECT {Campaign} FROM a2p_campaigns WHERE brand_registration_sid = $1 ORDER BY sid

-- name: campaign_numbers
SELECT {Number} FROM numbers WHERE messaging_service_sid = $1 ORDER BY sid

-- name: campaign_number_count
SELECT COUNT(*) FROM numbers WHERE messaging_service_sid = $1 AND campaign_sid = $2

-- name: campaign_bind
UPDATE numbers SET campaign_sid = $2, a2p_status = $3 WHERE sid = $1

-- name: number_unbind
UPDATE numbers SET campaign_sid = NULL, a2p_status = '' WHERE sid = $1 AND campaign_sid IS NOT NULL

-- name: number_unbind_all
UPDATE numbers SET campaign_sid = NULL, a2p_status = ''
WHERE messaging_service_sid = $1 AND campaign_sid IS NOT NULL

-- name: campaign_mark
UPDATE messaging_services SET us_app_to_person_registered = $2 WHERE sid = $1
