-- A town that leaves is deleted as a whole. Its log and its history go last, and only once it is
-- suspended.
DROP TRIGGER audit_entry_no_delete;
CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
WHEN NOT EXISTS (SELECT 1 FROM tenant WHERE id = OLD.tenant_id AND status = 'suspended')
BEGIN SELECT RAISE(ABORT, 'audit_entry_append_only'); END;
