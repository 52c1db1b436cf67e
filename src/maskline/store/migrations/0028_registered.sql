-- compatible: yes
-- Numbers that are bound to a campaign are looked for every few seconds, among all there are.
CREATE INDEX numbers_campaign ON numbers (campaign_sid) WHERE campaign_sid IS NOT NULL;
