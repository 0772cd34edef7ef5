-- Which list was looked at, such as the date of a day; no personal data.
ALTER TABLE audit_entry ADD COLUMN detail TEXT;
-- Whose data a list showed: ids of appointments and requests, separated by spaces.
ALTER TABLE audit_entry ADD COLUMN shown TEXT;
CREATE INDEX audit_entry_at ON audit_entry (tenant_id, at);
