-- Under the town's key: two towns cannot tell that somebody is the same, and nobody can guess.
ALTER TABLE contact ADD COLUMN email_hash BYTEA;
ALTER TABLE contact ADD COLUMN phone_hash BYTEA;
CREATE INDEX contact_by_email ON contact (tenant_id, email_hash);
CREATE INDEX contact_by_phone ON contact (tenant_id, phone_hash);
