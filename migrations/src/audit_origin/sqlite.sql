-- From where a member of staff asked: the client's address, and by which way. Empty for citizens.
ALTER TABLE audit_entry ADD COLUMN address TEXT;
ALTER TABLE audit_entry ADD COLUMN way TEXT CHECK (way IN ('page', 'api'));

-- Old lines go, but only what the log has outlived by a year.
DROP TRIGGER audit_entry_no_delete;
CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
WHEN NOT EXISTS (SELECT 1 FROM tenant WHERE id = OLD.tenant_id AND status = 'suspended')
    AND NOT EXISTS (
        SELECT 1 FROM audit_entry newer
        WHERE newer.tenant_id = OLD.tenant_id
          AND newer.at > strftime('%Y-%m-%dT%H:%M:%S', OLD.at, '+1 year'))
BEGIN SELECT RAISE(ABORT, 'audit_entry_append_only'); END;
