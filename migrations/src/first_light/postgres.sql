-- The whole schema on PostgreSQL. Every tenant table leads its keys with tenant_id, so that it can
-- be distributed by it.

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE county (
    key TEXT PRIMARY KEY,
    name TEXT NOT NULL
);

CREATE TABLE tenant (
    id UUID PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    county_key TEXT NOT NULL REFERENCES county (key),
    status TEXT NOT NULL CHECK (status IN ('onboarding', 'live', 'suspended')),
    setup_version BIGINT NOT NULL,
    setup JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE tenant_host (
    tenant_id UUID NOT NULL REFERENCES tenant (id),
    host TEXT PRIMARY KEY
);

CREATE TABLE tenant_key (
    tenant_id UUID NOT NULL REFERENCES tenant (id),
    version INTEGER NOT NULL,
    wrapped BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, version)
);

CREATE TABLE account (
    id UUID PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE session (
    token_hash BYTEA PRIMARY KEY,
    account_id UUID NOT NULL REFERENCES account (id),
    expires_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE membership (
    tenant_id UUID NOT NULL REFERENCES tenant (id),
    account_id UUID NOT NULL REFERENCES account (id),
    role TEXT NOT NULL CHECK (role IN ('reader', 'clerk', 'admin')),
    PRIMARY KEY (tenant_id, account_id)
);

CREATE TABLE audit_entry (
    tenant_id UUID NOT NULL REFERENCES tenant (id),
    id UUID NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject_id UUID,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE service (
    tenant_id UUID NOT NULL REFERENCES tenant (id),
    id UUID NOT NULL,
    slug TEXT NOT NULL,
    position INTEGER NOT NULL,
    definition JSONB NOT NULL,
    retired_at TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, slug)
);

CREATE TABLE location (
    tenant_id UUID NOT NULL REFERENCES tenant (id),
    id UUID NOT NULL,
    slug TEXT NOT NULL,
    position INTEGER NOT NULL,
    definition JSONB NOT NULL,
    retired_at TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, slug)
);

CREATE TABLE counter (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    location_id UUID NOT NULL,
    slug TEXT NOT NULL,
    position INTEGER NOT NULL,
    definition JSONB NOT NULL,
    retired_at TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, location_id, slug),
    FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id)
);

CREATE TABLE appointment (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    location_id UUID NOT NULL,
    counter_id UUID NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    status TEXT NOT NULL
        CHECK (status IN ('booked', 'arrived', 'called', 'served', 'missed', 'cancelled')),
    channel TEXT NOT NULL CHECK (channel IN ('online', 'phone', 'counter', 'walk-in')),
    reserve BOOLEAN NOT NULL,
    basket JSONB NOT NULL,
    locale TEXT NOT NULL,
    code TEXT NOT NULL,
    secret_hash BYTEA NOT NULL,
    idempotency_key TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    sequence INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, code),
    UNIQUE (tenant_id, secret_hash),
    UNIQUE (tenant_id, idempotency_key),
    FOREIGN KEY (tenant_id, counter_id) REFERENCES counter (tenant_id, id),
    FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id),
    CHECK (starts_at < ends_at),
    -- No counter is ever booked twice.
    CONSTRAINT appointment_counter_once EXCLUDE USING gist (
        tenant_id WITH =,
        counter_id WITH =,
        tstzrange(starts_at, ends_at) WITH &&
    ) WHERE (status IN ('booked', 'arrived', 'called', 'served'))
);
CREATE INDEX appointment_by_start ON appointment (tenant_id, starts_at);

CREATE TABLE appointment_request (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    location_id UUID,
    basket JSONB NOT NULL,
    wishes JSONB NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'accepted', 'declined')),
    locale TEXT NOT NULL,
    code TEXT NOT NULL,
    secret_hash BYTEA NOT NULL,
    idempotency_key TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, code),
    UNIQUE (tenant_id, secret_hash),
    UNIQUE (tenant_id, idempotency_key),
    FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id)
);

CREATE TABLE contact (
    tenant_id UUID NOT NULL REFERENCES tenant (id),
    subject_id UUID NOT NULL,
    sealed BYTEA NOT NULL,
    PRIMARY KEY (tenant_id, subject_id)
);

CREATE TABLE usage_event (
    tenant_id UUID NOT NULL REFERENCES tenant (id),
    id UUID NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    location_id UUID,
    basket JSONB NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE outbox (
    tenant_id UUID NOT NULL REFERENCES tenant (id),
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    subject_id UUID NOT NULL,
    sealed BYTEA NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'dead')),
    attempts INTEGER NOT NULL,
    due_at TIMESTAMPTZ NOT NULL,
    claimed_until TIMESTAMPTZ,
    last_error TEXT,
    message_id TEXT NOT NULL,
    traceparent TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    sent_at TIMESTAMPTZ,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'waiting';

-- Roles belong to the whole cluster, so they may be there already. amtstermin_app is what the
-- server connects as; the other two own one function each and nobody connects as them.
DO $$
DECLARE
    name TEXT;
BEGIN
    FOREACH name IN ARRAY ARRAY['amtstermin_app', 'amtstermin_directory', 'amtstermin_outbox'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END LOOP;
END $$;

-- No row crosses a tenant: row-level security, for the owner too.
DO $$
DECLARE
    name TEXT;
    key TEXT;
BEGIN
    FOR name, key IN
        SELECT t.table_name, CASE t.table_name WHEN 'tenant' THEN 'id' ELSE 'tenant_id' END
        FROM information_schema.tables t
        WHERE t.table_schema = current_schema()
          AND (t.table_name = 'tenant' OR t.table_name IN (
              SELECT c.table_name FROM information_schema.columns c
              WHERE c.table_schema = current_schema() AND c.column_name = 'tenant_id'))
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY own_tenant ON %I
             USING (%I = NULLIF(current_setting(''app.tenant_id'', true), '''')::uuid)
             WITH CHECK (%I = NULLIF(current_setting(''app.tenant_id'', true), '''')::uuid)',
            name, key, key);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO amtstermin_app', name);
    END LOOP;
END $$;
-- An audit line is only ever added.
REVOKE UPDATE, DELETE ON audit_entry FROM amtstermin_app;
GRANT SELECT, INSERT ON county TO amtstermin_app;
GRANT SELECT, INSERT, UPDATE ON account TO amtstermin_app;
GRANT SELECT, INSERT, DELETE ON session TO amtstermin_app;
GRANT SELECT ON seaql_migrations TO amtstermin_app;

-- First of the two looks across tenants: which town a host name or slug means.
GRANT SELECT (id, slug, county_key, status, setup) ON tenant TO amtstermin_directory;
GRANT SELECT ON tenant_host, county TO amtstermin_directory;
CREATE POLICY directory ON tenant FOR SELECT TO amtstermin_directory USING (true);
CREATE POLICY directory ON tenant_host FOR SELECT TO amtstermin_directory USING (true);
CREATE FUNCTION tenant_directory()
RETURNS TABLE (id UUID, slug TEXT, name TEXT, county TEXT, status TEXT, host TEXT)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT t.id, t.slug, t.setup #>> '{town,name}', c.name, t.status, h.host
    FROM tenant t
    JOIN county c ON c.key = t.county_key
    LEFT JOIN tenant_host h ON h.tenant_id = t.id
    ORDER BY t.slug, h.host
$$;

-- Second: which mails are due. It shows ids only; the mail itself is read in its town's scope.
GRANT SELECT (tenant_id, id, state, due_at, claimed_until) ON outbox TO amtstermin_outbox;
GRANT UPDATE (claimed_until) ON outbox TO amtstermin_outbox;
CREATE POLICY claim_read ON outbox FOR SELECT TO amtstermin_outbox USING (true);
CREATE POLICY claim_write ON outbox FOR UPDATE TO amtstermin_outbox USING (true);
CREATE FUNCTION claim_outbox(now TIMESTAMPTZ, lease_until TIMESTAMPTZ, most INTEGER)
RETURNS TABLE (tenant_id UUID, id UUID)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    UPDATE outbox SET claimed_until = claim_outbox.lease_until
    FROM (
        SELECT due.tenant_id, due.id FROM outbox due
        WHERE due.state = 'waiting' AND due.due_at <= claim_outbox.now
          AND (due.claimed_until IS NULL OR due.claimed_until <= claim_outbox.now)
        ORDER BY due.due_at
        LIMIT claim_outbox.most
        FOR UPDATE SKIP LOCKED
    ) claimed
    WHERE outbox.tenant_id = claimed.tenant_id AND outbox.id = claimed.id
    RETURNING outbox.tenant_id, outbox.id
$$;

-- Handing a function to another role asks for membership in it and for CREATE on the schema.
DO $$
DECLARE
    owners TEXT := 'amtstermin_directory, amtstermin_outbox';
    place TEXT := quote_ident(current_schema());
BEGIN
    EXECUTE format('GRANT %s TO %I', owners, current_user);
    EXECUTE format('GRANT CREATE ON SCHEMA %s TO %s', place, owners);
    EXECUTE format('GRANT USAGE ON SCHEMA %s TO amtstermin_app, %s', place, owners);
    ALTER FUNCTION tenant_directory() OWNER TO amtstermin_directory;
    ALTER FUNCTION claim_outbox(TIMESTAMPTZ, TIMESTAMPTZ, INTEGER) OWNER TO amtstermin_outbox;
    EXECUTE format('REVOKE CREATE ON SCHEMA %s FROM %s', place, owners);
END $$;
REVOKE ALL ON FUNCTION tenant_directory() FROM PUBLIC;
REVOKE ALL ON FUNCTION claim_outbox(TIMESTAMPTZ, TIMESTAMPTZ, INTEGER) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant_directory() TO amtstermin_app;
GRANT EXECUTE ON FUNCTION claim_outbox(TIMESTAMPTZ, TIMESTAMPTZ, INTEGER) TO amtstermin_app;
