-- Mails that are still to leave are found by what they are about: a moved or cancelled appointment
-- takes its reminders back.
CREATE INDEX outbox_waiting_of ON outbox (tenant_id, subject_id) WHERE state = 'waiting';
