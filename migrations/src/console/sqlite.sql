-- How a request ended, and which appointment it became.
ALTER TABLE appointment_request ADD COLUMN answered_at TEXT;
ALTER TABLE appointment_request ADD COLUMN appointment_id BLOB;
CREATE INDEX request_open ON appointment_request (tenant_id, created_at) WHERE status = 'open';

-- Open pages of the console ask whether anything has happened.
CREATE INDEX usage_event_by_time ON usage_event (tenant_id, at);
