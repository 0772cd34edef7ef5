-- Everybody who occurs in a log is found without reading all of it.
CREATE INDEX audit_entry_actor ON audit_entry (tenant_id, actor);
