-- Declined by whoever asked: the release before reads it as declined.
ALTER TABLE appointment_request ADD COLUMN withdrawn_at TIMESTAMPTZ;
