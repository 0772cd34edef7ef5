-- While a time is proposed to somebody it is occupied for all others.
ALTER TABLE appointment_request ADD COLUMN offer_location UUID;
ALTER TABLE appointment_request ADD COLUMN offer_counter UUID;
ALTER TABLE appointment_request ADD COLUMN offer_starts_at TIMESTAMPTZ;
ALTER TABLE appointment_request ADD COLUMN offer_ends_at TIMESTAMPTZ;
ALTER TABLE appointment_request ADD COLUMN offer_until TIMESTAMPTZ;
-- Starts that were proposed and not taken.
ALTER TABLE appointment_request ADD COLUMN passed JSONB NOT NULL DEFAULT '[]';
CREATE INDEX appointment_request_offered ON appointment_request (tenant_id, offer_until) WHERE status = 'open';
