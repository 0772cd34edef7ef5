-- What was told about an appointment is looked for whether it has left or not. The index before,
-- outbox_waiting_of, knows only what waits, and only where the statement itself says so, not a value
-- that goes with it; it goes one release later.
CREATE INDEX outbox_of ON outbox (tenant_id, subject_id);
