-- While a time is proposed to somebody it is occupied for all others.
ALTER TABLE appointment_request ADD COLUMN offer_location BLOB;
ALTER TABLE appointment_request ADD COLUMN offer_counter BLOB;
ALTER TABLE appointment_request ADD COLUMN offer_starts_at TEXT;
ALTER TABLE appointment_request ADD COLUMN offer_ends_at TEXT;
ALTER TABLE appointment_request ADD COLUMN offer_until TEXT;
-- Starts that were proposed and not taken.
ALTER TABLE appointment_request ADD COLUMN passed TEXT NOT NULL DEFAULT '[]';
CREATE INDEX appointment_request_offered ON appointment_request (tenant_id, offer_until) WHERE status = 'open';
