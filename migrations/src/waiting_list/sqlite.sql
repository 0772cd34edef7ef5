-- Who waits for which times. While a place is offered to somebody it is occupied for all others.
CREATE TABLE waiting_wish (
    tenant_id BLOB NOT NULL REFERENCES tenant (id),
    id BLOB NOT NULL,
    basket TEXT NOT NULL,
    wish TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('waiting', 'offered', 'taken', 'left', 'ended')),
    -- Starts that were offered and not taken: none is offered twice.
    passed TEXT NOT NULL,
    -- The later appointment that is given back for an earlier one.
    appointment_id BLOB,
    offer_location BLOB,
    offer_counter BLOB,
    offer_starts_at TEXT,
    offer_ends_at TEXT,
    offer_until TEXT,
    locale TEXT NOT NULL,
    code TEXT NOT NULL,
    secret_hash BLOB NOT NULL,
    idempotency_key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, secret_hash),
    UNIQUE (tenant_id, idempotency_key),
    CHECK (status <> 'offered' OR (offer_counter IS NOT NULL AND offer_starts_at < offer_ends_at AND offer_until IS NOT NULL))
);
CREATE INDEX waiting_wish_open ON waiting_wish (tenant_id, created_at) WHERE status IN ('waiting', 'offered');
