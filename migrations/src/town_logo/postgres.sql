-- Pictures that a town has uploaded, by a name made of the content. Never changed: versions of the
-- set-up name them; they go with the town.
CREATE TABLE town_logo (
    tenant_id UUID NOT NULL REFERENCES tenant (id),
    name TEXT NOT NULL,
    content BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
ALTER TABLE town_logo ENABLE ROW LEVEL SECURITY;
ALTER TABLE town_logo FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON town_logo
    USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, DELETE ON town_logo TO amtstermin_app;
