-- Double opt-in: until when an appointment waits for its address to be confirmed, and the hash of
-- the secret that confirms it.
ALTER TABLE appointment ADD COLUMN confirm_until TIMESTAMPTZ;
ALTER TABLE appointment ADD COLUMN confirm_hash BYTEA;
CREATE INDEX appointment_unconfirmed ON appointment (tenant_id, confirm_until) WHERE confirm_until IS NOT NULL;

-- Places that citizens have given back and that the public sees again only after a while.
CREATE TABLE returned_place (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    counter_id UUID NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    free_from TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, counter_id) REFERENCES counter (tenant_id, id)
);

-- Links to all appointments of one address: the hash of the secret, and the keyed hash of the address.
CREATE TABLE overview_link (
    tenant_id UUID NOT NULL REFERENCES tenant (id),
    token_hash BYTEA NOT NULL,
    email_hash BYTEA NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, token_hash)
);

-- Secrets of the town itself, such as the key that signs its mails; sealed.
CREATE TABLE town_secret (
    tenant_id UUID NOT NULL REFERENCES tenant (id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);

-- By which way a notice leaves.
ALTER TABLE outbox ADD COLUMN medium TEXT NOT NULL DEFAULT 'mail' CHECK (medium IN ('mail', 'sms', 'webhook'));

DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY['returned_place', 'overview_link', 'town_secret'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY own_tenant ON %I
             USING (tenant_id = NULLIF(current_setting(''app.tenant_id'', true), '''')::uuid)
             WITH CHECK (tenant_id = NULLIF(current_setting(''app.tenant_id'', true), '''')::uuid)',
            name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO amtstermin_app', name);
    END LOOP;
END $$;
