-- When a session was last re-opened: its ttl counts from then, or from its last interaction.

ALTER TABLE sessions ADD COLUMN date_reopened BIGINT;
