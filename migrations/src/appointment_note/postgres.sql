-- What staff note for each other at an appointment, sealed; it goes with the contact data.
CREATE TABLE appointment_note (
    tenant_id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    sealed BYTEA NOT NULL,
    written_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, appointment_id),
    FOREIGN KEY (tenant_id, appointment_id) REFERENCES appointment (tenant_id, id)
);

ALTER TABLE appointment_note ENABLE ROW LEVEL SECURITY;
ALTER TABLE appointment_note FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON appointment_note
    USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON appointment_note TO amtstermin_app;
