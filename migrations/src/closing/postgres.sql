-- A closing as one operation. It can be undone until its mails leave.
CREATE TABLE closing (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    location_id UUID NOT NULL,
    closure JSONB NOT NULL,
    -- Whether the closure was not there before.
    added BOOLEAN NOT NULL,
    mails_at TIMESTAMPTZ NOT NULL,
    undone_at TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id)
);

-- What a closing did to one appointment: where it stood, and its number of changes afterwards.
CREATE TABLE closing_item (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    closing_id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    was JSONB NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, closing_id) REFERENCES closing (tenant_id, id),
    FOREIGN KEY (tenant_id, appointment_id) REFERENCES appointment (tenant_id, id)
);
CREATE INDEX closing_item_of ON closing_item (tenant_id, closing_id);

ALTER TABLE closing ENABLE ROW LEVEL SECURITY;
ALTER TABLE closing FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON closing
    USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON closing TO amtstermin_app;

ALTER TABLE closing_item ENABLE ROW LEVEL SECURITY;
ALTER TABLE closing_item FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON closing_item
    USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON closing_item TO amtstermin_app;
