-- compatible: yes
-- What a brand's examination came to, and when a sole proprietor was last to be sent a code.

ALTER TABLE a2p_vettings ADD COLUMN brand_score INTEGER;
ALTER TABLE a2p_brands ADD COLUMN date_passcode BIGINT;
