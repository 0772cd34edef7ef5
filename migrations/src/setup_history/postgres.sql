-- Every version of a set-up, as its town file. Like the audit log it is only ever added to.
CREATE TABLE setup_version (
    tenant_id UUID NOT NULL REFERENCES tenant (id),
    version BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    actor TEXT NOT NULL,
    file TEXT NOT NULL,
    PRIMARY KEY (tenant_id, version)
);
ALTER TABLE setup_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE setup_version FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON setup_version
    USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT ON setup_version TO amtstermin_app;
