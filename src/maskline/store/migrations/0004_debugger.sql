-- Where an account is told its alerts, and the status of the answer that an alert tells of.

ALTER TABLE accounts ADD COLUMN debugger_url TEXT;
ALTER TABLE alerts ADD COLUMN response_status INTEGER;
