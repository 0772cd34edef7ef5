-- What was told about an appointment is looked for whether it has left or not. The index before knew
-- only what waits, and only where the statement itself says so, not a value that goes with it.
CREATE INDEX outbox_of ON outbox (tenant_id, subject_id);
DROP INDEX outbox_waiting_of;
