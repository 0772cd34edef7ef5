-- Who waits for which times. While a place is offered to somebody it is occupied for all others.
CREATE TABLE waiting_wish (
    tenant_id UUID NOT NULL REFERENCES tenant (id),
    id UUID NOT NULL,
    basket JSONB NOT NULL,
    wish JSONB NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('waiting', 'offered', 'taken', 'left', 'ended')),
    -- Starts that were offered and not taken: none is offered twice.
    passed JSONB NOT NULL,
    -- The later appointment that is given back for an earlier one.
    appointment_id UUID,
    offer_location UUID,
    offer_counter UUID,
    offer_starts_at TIMESTAMPTZ,
    offer_ends_at TIMESTAMPTZ,
    offer_until TIMESTAMPTZ,
    locale TEXT NOT NULL,
    code TEXT NOT NULL,
    secret_hash BYTEA NOT NULL,
    idempotency_key TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, secret_hash),
    UNIQUE (tenant_id, idempotency_key),
    CHECK (status <> 'offered' OR (offer_counter IS NOT NULL AND offer_starts_at < offer_ends_at AND offer_until IS NOT NULL))
);
CREATE INDEX waiting_wish_open ON waiting_wish (tenant_id, created_at) WHERE status IN ('waiting', 'offered');

ALTER TABLE waiting_wish ENABLE ROW LEVEL SECURITY;
ALTER TABLE waiting_wish FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON waiting_wish
    USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON waiting_wish TO amtstermin_app;
