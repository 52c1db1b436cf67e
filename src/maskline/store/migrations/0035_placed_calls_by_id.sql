-- compatible: yes
-- Calls that programs placed, by the carrier's own id: some carriers name a call by nothing else.

CREATE INDEX calls_placed ON calls (carrier, provider_id) WHERE direction = 'outbound-api';
