-- Lists of active and of closed sessions. Which of the two a session is, and nothing that traffic
-- writes, decides in which index it stands: an interaction touches neither.

CREATE INDEX sessions_active ON sessions (service_sid, sid) WHERE date_ended IS NULL;
CREATE INDEX sessions_closed ON sessions (service_sid, sid) WHERE date_ended IS NOT NULL;
