-- A session that a town's own provider has opened counts in that town and nowhere else.
ALTER TABLE session ADD COLUMN vouched_by UUID REFERENCES tenant (id) ON DELETE CASCADE;

-- Which account a town's provider means by one of its subjects; of the subject only a hash.
CREATE TABLE provider_identity (
    tenant_id UUID NOT NULL REFERENCES tenant (id),
    issuer TEXT NOT NULL,
    subject_hash BYTEA NOT NULL,
    account_id UUID NOT NULL REFERENCES account (id),
    linked_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, issuer, subject_hash),
    -- An address that is given to somebody else does not give them the account.
    UNIQUE (tenant_id, issuer, account_id)
);

-- Answers of a provider that were used, until they would be too old anyway.
CREATE TABLE provider_answer (
    tenant_id UUID NOT NULL REFERENCES tenant (id),
    id UUID NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

ALTER TABLE provider_identity ENABLE ROW LEVEL SECURITY;
ALTER TABLE provider_identity FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON provider_identity
    USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid);
ALTER TABLE provider_answer ENABLE ROW LEVEL SECURITY;
ALTER TABLE provider_answer FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON provider_answer
    USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, DELETE ON provider_identity, provider_answer TO amtstermin_app;
